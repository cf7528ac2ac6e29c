/** Spans of time as the rules write them: "45s", "30m", "8h", "2d". */

const UNITS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
const LONGEST = 365 * UNITS.d;
const WRITTEN = /^([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*([smhd])$/u;

/** The shortest writing with whole numbers, in the largest unit that has one: 900 is "15m", 5400 is "90m". */
export function format(seconds: number): string {
  for (const unit of ["d", "h", "m"] as const) {
    if (seconds > 0 && seconds % UNITS[unit] === 0) return `${seconds / UNITS[unit]}${unit}`;
  }
  return `${seconds}s`;
}

/** Seconds; null for what is no span of time, or longer than a year. */
export function parse(text: string): number | null {
  const found = WRITTEN.exec(text.trim());
  if (found === null) return null;
  const seconds = Number(found[1]) * UNITS[found[2] as keyof typeof UNITS];
  return seconds <= LONGEST ? seconds : null;
}
