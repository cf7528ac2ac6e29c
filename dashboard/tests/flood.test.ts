import { describe, expect, it } from "vitest";

import { multiple, pace, perMinute, sums } from "../src/pure/flood";
import { stacked } from "../src/pure/stack";
import { lasting } from "../src/pure/time";
import { percent, shortened } from "../src/pure/words";

const BUCKETS = [
  { at: "2026-11-21T10:00:00Z", tickets: 10, suppressed: 4 },
  { at: "2026-11-21T10:05:00Z", tickets: 0, suppressed: 0 },
  { at: "2026-11-21T10:10:00Z", tickets: 50, suppressed: 50 },
];

describe("arrivals", () => {
  it("become tickets a minute, whatever the buckets' length", () => {
    expect(perMinute(BUCKETS, 300)).toEqual({
      at: [1_795_255_200, 1_795_255_500, 1_795_255_800],
      routed: [1.2, 0, 0],
      suppressed: [0.8, 0, 10],
    });
    expect(perMinute(BUCKETS, 30).routed).toEqual([12, 0, 0]);
  });

  it("are summed over the window", () => {
    expect(sums(BUCKETS)).toEqual({ tickets: 60, suppressed: 54 });
    expect(sums([])).toEqual({ tickets: 0, suppressed: 0 });
  });

  it("are a flood from five times the usual on, and never for a handful of tickets", () => {
    expect(pace(40, 4)).toEqual({ times: 10, pace: "flood" });
    expect(pace(12, 4).pace).toBe("busy");
    expect(pace(7, 4).pace).toBe("calm");
    expect(pace(5, 0.1)).toEqual({ times: 50, pace: "calm" });
  });

  it("are compared with nothing while no base rate is known", () => {
    expect(pace(400, null)).toEqual({ times: null, pace: "unknown" });
    expect(pace(400, 0)).toEqual({ times: null, pace: "unknown" });
  });
});

describe("what is written", () => {
  it("rounds multiples and shares as far as they matter", () => {
    expect(multiple(6.24)).toBe("6.2×");
    expect(multiple(48.4)).toBe("48×");
    expect(percent(37, 100)).toBe("37 %");
    expect(percent(1, 1_000)).toBe("< 1 %");
    expect(percent(0, 10)).toBe("0 %");
    expect(percent(0, 0)).toBe("–");
  });

  it("leaves out the middle of a long id", () => {
    expect(shortened("HD-4711")).toBe("HD-4711");
    expect(shortened("sim-01a2008a-5d43-7633-9290-88365e7faf38-000144")).toBe("sim-01a2…000144");
  });

  it("says how long in at most two units", () => {
    expect([-3, 0, 59.4, 60, 3_599, 3_600, 3_660, 86_400, 97_200].map(lasting)).toEqual([
      "0 s",
      "0 s",
      "59 s",
      "1 min",
      "59 min",
      "1 h",
      "1 h 1 min",
      "1 d",
      "1 d 3 h",
    ]);
  });
});

describe("stacked series", () => {
  it("stand upon those before; what is not known adds nothing", () => {
    expect(
      stacked([
        [1, 2, null],
        [3, null, 4],
      ]),
    ).toEqual([
      [1, 2, 0],
      [4, 2, 4],
    ]);
    expect(stacked([])).toEqual([]);
  });
});
