/** The few icons there are, drawn on a grid of 24 by strokes; for the eye alone, so hidden from screen readers. */

const PATHS = {
  tickets: "M4 6h16v4a2 2 0 0 0 0 4v4H4v-4a2 2 0 0 0 0-4z M14 6v12",
  flood: "M3 17l5-6 4 3 8-9 M15 5h5v5 M3 21h18",
  incidents: "M12 3 2.5 20h19z M12 10v4 M12 17v.01",
  agents:
    "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8z M2.5 21a6.5 6.5 0 0 1 13 0 M16 3.5a4 4 0 0 1 0 7 M18 14.5a6.5 6.5 0 0 1 3.5 6.5",
  health: "M3 12h4l3 8 4-16 3 8h4",
  settings: "M4 7h10 M18 7h2 M4 17h2 M10 17h10 M16 5v4 M8 15v4",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8z M12 2v2 M12 20v2 M2 12h2 M20 12h2 M5 5l1.5 1.5 M17.5 17.5 19 19 M19 5l-1.5 1.5 M6.5 17.5 5 19",
  moon: "M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z",
  auto: "M12 3a9 9 0 1 0 0 18z M12 3a9 9 0 0 1 0 18",
  help: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.4-1 .9-1 1.7 M12 16.5v.01",
  leave: "M14 8V5H5v14h9v-3 M9 12h12 M18 9l3 3-3 3",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14z M20 20l-4-4",
  pause: "M8 5v14 M16 5v14",
  play: "M7 5v14l11-7z",
  columns: "M4 5h16v14H4z M10 5v14 M15 5v14",
  save: "M12 4v11 M8 11l4 4 4-4 M4 20h16",
  empty: "M4 13h4l2 3h4l2-3h4 M4 13l3-8h10l3 8v6H4z",
  down: "M12 4v15 M6 13l6 6 6-6",
  grip: "M9 6v.01 M15 6v.01 M9 12v.01 M15 12v.01 M9 18v.01 M15 18v.01",
  filter: "M4 6h16 M7 12h10 M10 18h4",
  assign: "M10 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8z M3 21a7 7 0 0 1 11-5.7 M15 19h6 M18 16v6",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z M5 21a7 7 0 0 1 14 0",
  close: "M6 6l12 12 M18 6L6 18",
  alert: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M12 7.5v5 M12 16v.01",
  broken:
    "M4 4l16 16 M8.5 8.6A6 6 0 0 0 6 12 M2 9a12 12 0 0 1 4-3 M12 5a13 13 0 0 1 10 4 M15 10a6 6 0 0 1 3 2 M12 18v.01",
  check: "M4 12.5l5 5L20 6.5",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M12 7v5l3.5 2",
  undo: "M8 5 4 9l4 4 M4 9h10a6 6 0 0 1 0 12H9",
  up: "M12 20V5 M6 11l6-6 6 6",
  back: "M15 5l-7 7 7 7",
  link: "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1.2 1.2 M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1.2-1.2",
  unlink: "M15.5 14.9l3.5-3.5a4 4 0 0 0-5.7-5.7l-1.2 1.2 M8.5 9.1 5 12.6a4 4 0 0 0 5.7 5.7l1.2-1.2 M4 4l16 16",
  merge: "M6 3v4a6 6 0 0 0 6 6h7 M6 21v-4a4 4 0 0 1 4-4 M15 9l4 4-4 4",
  edit: "M4 20l1-4L16 5l3 3L8 19z M14 7l3 3",
  triage: "M12 3l2 5 5 2-5 2-2 5-2-5-5-2 5-2z M18.5 16l1 2.5 2.5 1-2.5 1-1 2.5-1-2.5-2.5-1 2.5-1z",
  reply: "M4 5h16v11H9l-5 4z",
  bell: "M6 16v-5a6 6 0 0 1 12 0v5l2 2H4z M10 21h4",
  dot: "M12 13a1 1 0 1 0 0-2 1 1 0 0 0 0 2z",
  more: "M5 12h.01 M12 12h.01 M19 12h.01",
  clip: "M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7l-8.4 8.4a1.6 1.6 0 0 1-2.4-2.3L14 7.8",
  move: "M4 8h14 M14 4l4 4-4 4 M20 16H6 M10 12l-4 4 4 4",
  remove: "M4 7h16 M9 7V4h6v3 M6 7l1 13h10l1-13 M10 11v5 M14 11v5",
  load: "M12 15V4 M8 8l4-4 4 4 M4 20h16",
  key: "M8 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8z M12 12h9 M18 12v4 M15 12v2",
  chevron: "M6 9l6 6 6-6",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.75}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
