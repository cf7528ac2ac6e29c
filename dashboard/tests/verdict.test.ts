import { describe, expect, it } from "vitest";

import { type Facts, verdict, whyOpen, type Worker } from "../src/pure/verdict";

const WORKER: Worker = {
  worker: "vm-1",
  state: "closed",
  tier: "transformer",
  stale: false,
  opened_at: null,
  streak: 0,
  limits: { slow_ms: 500, open_after: 3, fast_ms: 200, close_after: 5 },
  refusals: [],
};
const OPEN: Worker = {
  ...WORKER,
  worker: "vm-2",
  state: "open",
  tier: "light",
  opened_at: "2026-11-21T10:00:00Z",
  streak: 2,
};
const NOW = Date.parse("2026-11-21T10:12:00Z");
const WELL: Facts = {
  store: "up",
  broker: "up",
  workers: [WORKER],
  lag: { accepted: 0, triaged: 0 },
  triagedPerMinute: 0,
  outbox: { failing: 0, dead: 0 },
  dead: 0,
  drift: null,
};

describe("the verdict", () => {
  it("is that all is well where nothing is wrong, on an idle system too", () => {
    expect(verdict(WELL, NOW)).toEqual({ state: "well", title: "All is well", findings: [] });
  });

  it.each<[string, Partial<Facts>, "bad" | "warn", RegExp]>([
    ["a database that is down", { store: "down", workers: [] }, "bad", /database does not answer/],
    ["a broker that is down", { broker: "down" }, "warn", /Redis.*none is lost/],
    ["no worker", { workers: [] }, "bad", /No worker is alive/],
    ["none but silent workers", { workers: [{ ...WORKER, stale: true }] }, "bad", /No worker is alive/],
    ["an open breaker", { workers: [WORKER, OPEN] }, "warn", /breaker of vm-2 is open for 12 min: .*too slow/],
    ["several open breakers", { workers: [WORKER, OPEN, OPEN] }, "warn", /2 of 3 breakers are open/],
    ["a worker without the transformer", { workers: [{ ...WORKER, tier: "light" }] }, "warn", /light model alone/],
    ["tickets nobody triages", { lag: { accepted: 500 } }, "warn", /500 tickets wait for triage.*none/],
    ["a long way to go", { lag: { triaged: 500 }, triagedPerMinute: 100 }, "warn", /wait for dispatch, some 5 min/],
    ["a dead ticket", { dead: 1 }, "bad", /1 ticket was given up/],
    ["alerts given up", { outbox: { failing: 0, dead: 2 } }, "bad", /2 alerts were given up/],
    ["an alert that fails", { outbox: { failing: 1, dead: 0 } }, "warn", /1 alert fails/],
    ["much drift", { drift: 0.3 }, "warn", /drift 0\.30/],
    [
      "a model that is missing",
      { workers: [{ ...WORKER, refusals: [{ version: "light-1", reason: "no such file" }] }] },
      "warn",
      /vm-1 cannot load the model light-1: no such file/,
    ],
  ])("names %s, and says what to do", (_, part, weight, what) => {
    const told = verdict({ ...WELL, ...part }, NOW);
    expect(told).toMatchObject({ state: weight, title: "One thing needs attention" });
    expect(told.findings[0]!.what).toMatch(what);
    expect(told.findings[0]!.todo).not.toBe("");
  });

  it("does not speak of what is small or passes in a moment", () => {
    const part: Partial<Facts> = { lag: { accepted: 900, triaged: 90 }, triagedPerMinute: 2_000, drift: 0.2 };
    expect(verdict({ ...WELL, ...part }, NOW).state).toBe("well");
    expect(verdict({ ...WELL, workers: [WORKER, { ...OPEN, stale: true }] }, NOW).state).toBe("well");
  });

  it("puts what is worst first, and takes its weight", () => {
    const told = verdict({ ...WELL, broker: "down", dead: 3 }, NOW);
    expect(told).toMatchObject({ state: "bad", title: "2 things need attention" });
    expect(told.findings.map((one) => one.weight)).toEqual(["bad", "warn"]);
  });
});

describe("why a breaker is open", () => {
  it("is told with its limits, its time, and how far it is from closing", () => {
    const why = whyOpen(OPEN, NOW);
    expect(why).toBe(
      "Open for 12 min: 3 runs in a row took longer than 500 ms. It closes after 5 probes in a row below 200 ms; 2 so far.",
    );
  });

  it("is nothing while it is closed", () => {
    expect(whyOpen(WORKER, NOW)).toBeNull();
  });
});
