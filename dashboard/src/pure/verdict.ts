/** How the system is, in words: what is wrong, worst first, and what to do about it. */

import { lasting } from "./time";
import { count } from "./words";

type Weight = "bad" | "warn";

interface Finding {
  readonly weight: Weight;
  readonly what: string;
  readonly todo: string;
}

export interface Verdict {
  readonly state: "well" | Weight;
  readonly title: string;
  readonly findings: readonly Finding[];
}

export interface Worker {
  readonly worker: string;
  readonly state: "closed" | "open";
  readonly tier: "light" | "transformer";
  readonly stale: boolean;
  readonly opened_at: string | null;
  readonly streak: number;
  readonly limits: {
    readonly slow_ms: number;
    readonly open_after: number;
    readonly fast_ms: number;
    readonly close_after: number;
  };
  readonly refusals: readonly { readonly version: string | null; readonly reason: string }[];
}

export interface Facts {
  readonly store: "up" | "down";
  readonly broker: "up" | "down";
  readonly workers: readonly Worker[];
  /** Tickets that wait for the step or are in it: `accepted` for triage, `triaged` for dispatch. */
  readonly lag: Readonly<Record<string, number>>;
  readonly triagedPerMinute: number;
  readonly outbox: { readonly failing: number; readonly dead: number };
  readonly dead: number;
  /** Population stability index of the categories; null where it cannot be told. */
  readonly drift: number | null;
}

/** From this index on tickets are hardly what the model was trained on; below the other they are. */
export const MUCH_DRIFT = 0.25;
export const SOME_DRIFT = 0.1;

const MUCH_LAG = 100;
const LONG_LAG_MINUTES = 1;

const BY_NAME: Readonly<Record<string, string>> = { accepted: "triage", triaged: "dispatch" };

/** What a step is called by people; the API names the stream that it reads. */
export function stepName(stream: string): string {
  return BY_NAME[stream] ?? stream;
}

/** Why a worker's breaker is open and what would close it; null while it is closed. `now` in epoch milliseconds. */
export function whyOpen(worker: Worker, now: number): string | null {
  if (worker.state === "closed") return null;
  const { limits } = worker;
  return (
    `Open${duration(worker, now)}: ${limits.open_after} runs in a row took longer than ${limits.slow_ms} ms. ` +
    `It closes after ${limits.close_after} probes in a row below ${limits.fast_ms} ms; ${worker.streak} so far.`
  );
}

/** `now` in epoch milliseconds. */
export function verdict(facts: Facts, now: number): Verdict {
  const found = [...reach(facts), ...engines(facts, now), ...lags(facts), ...given(facts), ...models(facts)];
  const findings = [...found.filter((one) => one.weight === "bad"), ...found.filter((one) => one.weight === "warn")];
  if (findings.length === 0) return { state: "well", title: "All is well", findings };
  const many = findings.length === 1 ? "One thing needs" : `${findings.length} things need`;
  return { state: findings[0]!.weight, title: `${many} attention`, findings };
}

function reach({ store, broker }: Facts): Finding[] {
  const found: Finding[] = [];
  if (store === "down") {
    found.push({
      weight: "bad",
      what: "The database does not answer. New tickets are refused with 503.",
      todo: "See that it runs and that DATABASE_URL is right. Senders try again by themselves.",
    });
  }
  if (broker === "down") {
    found.push({
      weight: "warn",
      what: "Redis does not answer. Tickets are kept and triaged late; none is lost.",
      todo: "See that it runs and that REDIS_URL is right.",
    });
  }
  return found;
}

function engines({ store, workers }: Facts, now: number): Finding[] {
  if (store === "down") return []; // what workers tell comes through it
  const alive = workers.filter((worker) => !worker.stale);
  if (alive.length === 0) {
    return [
      {
        weight: "bad",
        what: "No worker is alive. Tickets are taken in and wait.",
        todo: "Start one: smart-support worker.",
      },
    ];
  }
  const open = alive.filter((worker) => worker.state === "open");
  const found: Finding[] = [];
  if (open.length > 0) {
    const [first] = open;
    const who =
      open.length === 1
        ? `The breaker of ${first!.worker} is open${duration(first!, now)}`
        : `${open.length} of ${alive.length} breakers are open`;
    found.push({
      weight: "warn",
      what: `${who}: the transformer is too slow, so the light model answers.`,
      todo: "It closes by itself once probes are fast again. If it stays open, give the worker more CPU, or start another one.",
    });
  }
  const light = alive.filter((worker) => worker.state === "closed" && worker.tier === "light");
  if (light.length > 0) {
    const who =
      light.length === alive.length ? "Every worker triages" : `${light.length} of ${alive.length} workers triage`;
    found.push({
      weight: "warn",
      what: `${who} with the light model alone.`,
      todo: "MODEL_FALLBACK=1 asks for that; otherwise see in the worker's log why the transformer was not loaded.",
    });
  }
  return found;
}

function lags({ lag, triagedPerMinute }: Facts): Finding[] {
  return Object.entries(lag).flatMap(([stream, waiting]) => {
    const minutes = triagedPerMinute > 0 ? waiting / triagedPerMinute : Number.POSITIVE_INFINITY;
    if (waiting <= MUCH_LAG || minutes < LONG_LAG_MINUTES) return [];
    const step = stepName(stream);
    const pace = Number.isFinite(minutes)
      ? `, some ${lasting(minutes * 60)} at this pace`
      : " and none was triaged in the last minute";
    const todo = step === "triage" ? "Start more workers." : "See that a dispatcher runs; one leads at a time.";
    return [{ weight: "warn" as const, what: `${waiting.toLocaleString()} tickets wait for ${step}${pace}.`, todo }];
  });
}

function given({ outbox, dead }: Facts): Finding[] {
  const found: Finding[] = [];
  if (dead > 0) {
    found.push({
      weight: "bad",
      what: `${count(dead, "ticket was", "tickets were")} given up after failing again and again.`,
      todo: "Read why under Dead tickets, mend it, and let them try again.",
    });
  }
  if (outbox.dead > 0) {
    found.push({
      weight: "bad",
      what: `${count(outbox.dead, "alert was", "alerts were")} given up and reached nobody.`,
      todo: "Read the error under Alert outbox, mend the destination, and retry.",
    });
  }
  if (outbox.failing > 0) {
    found.push({
      weight: "warn",
      what: `${count(outbox.failing, "alert fails", "alerts fail")} and will be tried again.`,
      todo: "Read the error under Alert outbox; if the destination is up, nothing needs to be done.",
    });
  }
  return found;
}

function models({ drift, workers }: Facts): Finding[] {
  const found: Finding[] = workers
    .filter((worker) => !worker.stale)
    .flatMap(({ worker, refusals }) =>
      refusals.map(({ version, reason }) => ({
        weight: "warn" as const,
        what: `${worker} cannot load ${version === null ? "the program's own model" : `the model ${version}`}: ${reason}`,
        todo: "Put the model where that process reads it, or let another one triage: smart-support models.",
      })),
    );
  if (drift !== null && drift > MUCH_DRIFT) {
    found.push({
      weight: "warn",
      what: `Tickets are no longer what the model was trained on (drift ${drift.toFixed(2)}).`,
      todo: "Correct some tickets, and train a model from your own: smart-support train.",
    });
  }
  return found;
}

function duration({ opened_at: at }: Worker, now: number): string {
  return at === null ? "" : ` for ${lasting((now - Date.parse(at)) / 1_000)}`;
}
