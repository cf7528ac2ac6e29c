/** Working hours as the API writes them: a zone, and the shifts of each day as text, "09:00-12:30, 13:30-18:00". */

import { count } from "./words";

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
type Weekday = (typeof WEEKDAYS)[number];
export type Hours = Readonly<Record<string, unknown>>;

const SHIFT = /^([0-9]{2}):([0-5][0-9])-([0-9]{2}):([0-5][0-9])$/u;
const DAY = 1_440;

/** Minutes after midnight, first and end, in order; null for what is no list of shifts within a day. */
export function shifts(text: string): [number, number][] | null {
  if (text.trim() === "") return [];
  const made: [number, number][] = [];
  for (const part of text.split(",")) {
    const found = SHIFT.exec(part.trim());
    if (found === null) return null;
    const [from, to] = [Number(found[1]) * 60 + Number(found[2]), Number(found[3]) * 60 + Number(found[4])];
    if (from >= to || to > DAY) return null;
    made.push([from, to]);
  }
  made.sort((a, b) => a[0] - b[0]);
  return made.every(([from], index) => index === 0 || made[index - 1]![1] <= from) ? made : null;
}

/** The wall clock of a zone: weekday (0 is Monday) and minutes after midnight; null for an unknown zone. */
export function wall(at: number, zone: string): { weekday: number; minutes: number } | null {
  try {
    const parts = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    }).formatToParts(at);
    const get = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
    const weekday = WEEKDAYS.indexOf(get("weekday").slice(0, 3).toLowerCase() as Weekday);
    return { weekday, minutes: Number(get("hour")) * 60 + Number(get("minute")) };
  } catch {
    return null;
  }
}

/** On a clock of 24 hours: "09:05". */
function timeOfDay(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

/** Where somebody stands in his week by the clock on his wall. Holidays are not known here: `open` is the
 * server's word. */
export function standing(hours: Hours, at: number, open: boolean): { local: string; words: string } | null {
  const zone = typeof hours["zone"] === "string" ? hours["zone"] : "UTC";
  const now = wall(at, zone);
  if (now === null) return null;
  const of = (day: number) => {
    const text = hours[WEEKDAYS[day % 7]!];
    return (typeof text === "string" ? shifts(text) : null) ?? [];
  };
  const local = timeOfDay(now.minutes);
  if (open) {
    const end = of(now.weekday).find(([from, to]) => from <= now.minutes && now.minutes < to)?.[1];
    return { local, words: end === undefined ? "working" : end === DAY ? "until midnight" : `until ${timeOfDay(end)}` };
  }
  const holidays = hours["country"] !== undefined || hours["holidays"] !== undefined;
  for (let ahead = 0; ahead < 8; ahead += 1) {
    const next = of(now.weekday + ahead).find(([from]) => ahead > 0 || from > now.minutes);
    if (next === undefined) continue;
    const day = ahead === 0 ? "today" : ahead === 1 ? "tomorrow" : WEEKDAYS[(now.weekday + ahead) % 7]!;
    const name = day.length === 3 ? day[0]!.toUpperCase() + day.slice(1) : day;
    return { local, words: `off, back ${name} ${timeOfDay(next[0])}${holidays ? " unless a holiday" : ""}` };
  }
  return { local, words: "off" };
}

/** The hours in short: "Mon–Fri 09:00-17:00 · Europe/Berlin". Days with the same shifts stand together. */
export function summary(hours: Hours): string {
  const runs: { from: Weekday; to: Weekday; text: string }[] = [];
  let before = "";
  for (const day of WEEKDAYS) {
    const text = typeof hours[day] === "string" ? (hours[day] as string) : "";
    const last = runs.at(-1);
    if (text !== "" && text === before && last !== undefined) last.to = day;
    else if (text !== "") runs.push({ from: day, to: day, text });
    before = text;
  }
  const name = (day: Weekday) => day[0]!.toUpperCase() + day.slice(1);
  const days = runs.map(
    (run) => `${run.from === run.to ? name(run.from) : `${name(run.from)}–${name(run.to)}`} ${run.text}`,
  );
  const closed = [
    typeof hours["country"] === "string"
      ? ["holidays of", hours["country"], hours["subdivision"]].filter(Boolean).join(" ")
      : null,
    Array.isArray(hours["holidays"]) && hours["holidays"].length > 0 ? count(hours["holidays"].length, "date") : null,
  ].filter((part) => part !== null);
  return [
    ...days,
    String(hours["zone"] ?? "UTC"),
    ...(closed.length > 0 ? [`closed on ${closed.join(" and ")}`] : []),
  ].join(" · ");
}
