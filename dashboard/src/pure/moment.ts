/** Moments in a field of the kind `datetime-local`, which knows no zone: the reader's own is meant. */

/** Local date and time to the minute, "2026-11-21T21:00"; nothing for what is no moment. */
export function toField(iso: string | null | undefined): string {
  const at = iso ? new Date(iso) : null;
  if (at === null || Number.isNaN(at.getTime())) return "";
  const two = (part: number) => String(part).padStart(2, "0");
  const day = `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The moment in UTC; null for an empty or unfinished field. */
export function fromField(text: string): string | null {
  const at = text === "" ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? null : new Date(at).toISOString().replace(".000Z", "Z");
}
