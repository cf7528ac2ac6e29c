/** The growth of an incident, to be drawn. */

interface Bucket {
  readonly at: string;
  readonly tickets: number;
}

/** Epoch seconds and tickets; before the first stretch as many empty ones (it had no ticket then) as make `least`. */
export function drawn(buckets: readonly Bucket[], seconds: number, least: number): [at: number[], tickets: number[]] {
  const first = buckets[0];
  if (first === undefined) return [[], []];
  const begin = Date.parse(first.at) / 1_000;
  const empty = Array.from(
    { length: Math.max(0, least - buckets.length) },
    (_, index) => begin - (index + 1) * seconds,
  ).reverse();
  return [
    [...empty, ...buckets.map((one) => Date.parse(one.at) / 1_000)],
    [...empty.map(() => 0), ...buckets.map((one) => one.tickets)],
  ];
}
