/** Places in `/events`, "<transaction>-<row>": digits without leading zeros, of any length. */

/** Below 0 where a comes before b. */
export function comparePositions(a: string, b: string): number {
  const [left, right] = [a.split("-"), b.split("-")];
  return compareDigits(left[0] ?? "", right[0] ?? "") || compareDigits(left[1] ?? "", right[1] ?? "");
}

function compareDigits(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
