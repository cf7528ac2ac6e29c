/** Series over time that are drawn one upon the other. */

/** A value that is not known is null; nothing is drawn there. */
export type Values = readonly (number | null)[];

/** Each series raised by those before it, so that the last is the sum of all; null counts as 0. */
export function stacked(series: readonly Values[]): number[][] {
  const made: number[][] = [];
  for (const values of series) {
    const below = made.at(-1);
    made.push(values.map((value, index) => (value ?? 0) + (below?.[index] ?? 0)));
  }
  return made;
}
