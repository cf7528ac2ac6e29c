/** Where a text is marked: what the spans of the deciding words make of it. */

export interface Span {
  /** In UTF-16 code units, as strings count here. */
  readonly start: number;
  readonly end: number;
}

export interface Marked<Why> {
  readonly text: string;
  /** What marks it; empty between the marks. */
  readonly why: readonly Why[];
}

/** The text in pieces that together are the text again. What lies outside of it is passed over. */
export function pieces<Why>(text: string, marks: readonly (Span & { readonly why: Why })[]): Marked<Why>[] {
  const fitting = marks.filter((mark) => mark.start >= 0 && mark.start < mark.end && mark.start < text.length);
  const edges = new Set([0, text.length]);
  for (const mark of fitting) {
    edges.add(mark.start);
    edges.add(Math.min(mark.end, text.length));
  }
  const places = [...edges].sort((a, b) => a - b);
  return places.slice(0, -1).map((from, index) => ({
    text: text.slice(from, places[index + 1]),
    why: fitting.filter((mark) => mark.start <= from && mark.end > from).map((mark) => mark.why),
  }));
}

/** The beginning of a text: so many characters and lines at most, ended at a blank where one is near. The whole, where
 * it is hardly longer. */
export function beginning(text: string, characters: number, lines: number): string {
  let end = Math.min(text.length, characters);
  let seen = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < end; at = text.indexOf("\n", at + 1)) {
    seen += 1;
    if (seen === lines) end = at;
  }
  if (text.length - end < characters / 10 && seen < lines) return text;
  if (/\S/u.test(text.charAt(end))) {
    const blank = text.slice(0, end).search(/\s\S*$/u);
    if (blank > end - 80) end = blank;
  }
  const last = text.charCodeAt(end - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? end - 1 : end); // not in the middle of a character
}
