/** Times as people read them. Everything on the wire is ISO 8601 in UTC; what is shown is local. */

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** How long before (or after) `now`, both in epoch milliseconds: "now", "5m ago", "in 2h"; in the pages' own language,
 *  for it stands within their sentences. */
export function relative(at: number, now: number, locale = "en"): string {
  const seconds = Math.round((at - now) / 1_000);
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "always", style: "narrow" });
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  }
  return Math.abs(seconds) < 10 ? "now" : format.format(seconds, "second");
}

/** Date and time in the reader's zone, with the zone's name. */
export function absolute(at: number, locale?: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, {
    dateStyle: "medium",
    timeStyle: "long",
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(at);
}

/** The time of day, or the day of the month where that is all that is wanted; in the reader's zone. */
export function clock(at: number, day = false, locale?: string): string {
  const said: Intl.DateTimeFormatOptions = day
    ? { month: "short", day: "numeric" }
    : { hour: "numeric", minute: "2-digit" };
  return new Intl.DateTimeFormat(locale, said).format(at);
}

/** How long that is, in at most two units: "45 s", "12 min", "3 h 5 min", "2 d 4 h"; what is below nothing
 * is nothing. */
export function lasting(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${Math.floor(hours / 24)} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
