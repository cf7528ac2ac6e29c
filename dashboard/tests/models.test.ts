import { describe, expect, it } from "vitest";

import { compared, driftInWords, headline, mix } from "../src/pure/models";

describe("a model's figures", () => {
  it("are those measured on tickets held out", () => {
    const figures = {
      held_out: { rows: 807, accuracy: 0.9, macro_f1: 0.88, calibration_error: 0.01 },
      urgency_held_out: { rmse: 0.16 },
    };
    expect(headline(figures)).toEqual({
      accuracy: 0.9,
      macroF1: 0.88,
      calibrationError: 0.01,
      urgencyRmse: 0.16,
      rows: 807,
    });
  });

  it.each([
    null,
    undefined,
    3,
    {},
    { held_out: null },
    { held_out: { accuracy: "high" } },
    { held_out: { accuracy: Number.NaN } },
  ])("may be missing: %j", (figures) => {
    expect(headline(figures)).toEqual({
      accuracy: null,
      macroF1: null,
      calibrationError: null,
      urgencyRmse: null,
      rows: null,
    });
  });
});

describe("drift", () => {
  it("is told in words", () => {
    expect([null, 0, 0.1, 0.11, 0.25, 0.26].map(driftInWords)).toEqual([
      "not known yet",
      "little",
      "little",
      "some",
      "some",
      "much",
    ]);
  });

  it("shows every category that is either seen or known, the largest first", () => {
    expect(mix({ Billing: 0.3, Other: 0.7 }, { Billing: 0.6, Legal: 0.4 })).toEqual([
      { category: "Other", now: 0.7, trained: null },
      { category: "Billing", now: 0.3, trained: 0.6 },
      { category: "Legal", now: 0, trained: 0.4 },
    ]);
  });
});

describe("a model in shadow", () => {
  const found = {
    tickets: 400,
    enough: true,
    agreement: 0.93,
    urgency_gap: 0.081,
    active_alerts: 7,
    shadow_alerts: 9,
    category: { active: 1, shadow: 4 },
  };

  it("is compared in words", () => {
    expect(compared(found)).toBe(
      "On 400 tickets both agree on the category of 93 %, and their S differs by 0.08 on average. " +
        "It would have caused 9 alerts where 7 were. " +
        "Of 5 tickets that people spoke of and only one had right, it was right on 4.",
    );
  });

  it("is not judged by what nobody said, and not promoted too early", () => {
    const said = compared({ ...found, enough: false, category: { active: 0, shadow: 0 } });
    expect(said).not.toContain("people");
    expect(said).toContain("not enough to promote it yet");
    expect(compared({ ...found, tickets: 0, agreement: null, urgency_gap: null })).toBe("It has seen no ticket yet.");
  });
});
