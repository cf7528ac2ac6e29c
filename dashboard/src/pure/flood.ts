/** The figures of a flood, from buckets of tickets over time. */

export interface Bucket {
  /** ISO 8601. */
  readonly at: string;
  readonly tickets: number;
  /** Of these; never more. */
  readonly suppressed: number;
}

export interface Lines {
  /** Epoch seconds. */
  readonly at: number[];
  /** Tickets a minute that are routed, and those that are suppressed. */
  readonly routed: number[];
  readonly suppressed: number[];
}

/** Buckets of so many seconds as tickets a minute. */
export function perMinute(buckets: readonly Bucket[], seconds: number): Lines {
  const scale = (tickets: number) => (tickets * 60) / seconds;
  return {
    at: buckets.map((bucket) => Date.parse(bucket.at) / 1_000),
    routed: buckets.map((bucket) => scale(bucket.tickets - bucket.suppressed)),
    suppressed: buckets.map((bucket) => scale(bucket.suppressed)),
  };
}

export function sums(buckets: readonly Bucket[]): { tickets: number; suppressed: number } {
  return {
    tickets: buckets.reduce((sum, bucket) => sum + bucket.tickets, 0),
    suppressed: buckets.reduce((sum, bucket) => sum + bucket.suppressed, 0),
  };
}

export type Pace = "unknown" | "calm" | "busy" | "flood";

/** From these multiples of the base rate on. A few tickets more than usual in a quiet minute are no flood. */
const BUSY = 2;
const FLOOD = 5;
const FEW = 5;

/** How the tickets of the last minute compare with what is usual; `times` is null where the base rate says nothing. */
export function pace(now: number, base: number | null): { times: number | null; pace: Pace } {
  if (base === null || base <= 0) return { times: null, pace: "unknown" };
  const times = now / base;
  if (now <= FEW || times < BUSY) return { times, pace: "calm" };
  return { times, pace: times < FLOOD ? "busy" : "flood" };
}

/** "6.2×", "48×". */
export function multiple(times: number): string {
  return `${times.toLocaleString(undefined, { maximumFractionDigits: times < 10 ? 1 : 0 })}×`;
}
