import { describe, expect, it } from "vitest";

import { diff, fold } from "../src/pure/diff";
import * as duration from "../src/pure/duration";
import { read } from "../src/pure/json";
import { fromField, toField } from "../src/pure/moment";
import { EVERY, routingOf } from "../src/pure/rules";
import { taxonomyOf } from "../src/pure/taxonomy";
import { routeWords, ruleWords, silenceWords, slaWords } from "../src/pure/rulewords";

describe("spans of time", () => {
  it.each([
    [45, "45s"],
    [900, "15m"],
    [5_400, "90m"],
    [28_800, "8h"],
    [172_800, "2d"],
    [0, "0s"],
    [1.5, "1.5s"],
  ])("%d seconds are written %s, and read again", (seconds, text) => {
    expect(duration.format(seconds)).toBe(text);
    expect(duration.parse(text)).toBe(seconds);
  });
  it.each(["", "15", "m", "-1m", "400d", "1h30m", "1e3s"])("%j is none", (text) => {
    expect(duration.parse(text)).toBeNull();
  });
});

describe("moments in a field", () => {
  it("come back as they went, to the minute", () => {
    expect(fromField(toField("2026-11-21T20:05:00Z"))).toBe("2026-11-21T20:05:00Z");
  });
  it("are nothing where nothing is given", () => {
    expect([toField(null), toField("soon"), fromField("")]).toEqual(["", "", null]);
  });
});

describe("JSON", () => {
  it("says on which line each part stands", () => {
    const found = read('{\n  "rule": [\n    {"name": "a"},\n    {\n      "name": "b"\n    }\n  ]\n}');
    expect(found).toMatchObject({ value: { rule: [{ name: "a" }, { name: "b" }] } });
    if (!("lines" in found)) throw new Error("not read");
    expect([...found.lines]).toEqual([
      ["", 1],
      ["rule", 2],
      ["rule.0", 3],
      ["rule.0.name", 3],
      ["rule.1", 4],
      ["rule.1.name", 5],
    ]);
  });
  it.each([
    ['{\n  "a": 1,\n}', 3, 1, "a name in quotes"],
    ['{\n  "a": [1, 2\n}', 3, 1, "a comma or ]"],
    ['{"a": 1', 1, 8, "a comma or }"],
    ["{'a': 1}", 1, 2, "double quotes"],
    ['{"a": undefined}', 1, 7, "cannot stand here"],
    ['{"a": 1,\n "a": 2}', 2, 2, "there twice"],
    ['{"a": 1} {}', 1, 10, "the end"],
    ["", 1, 1, "a value"],
  ])("says where %j breaks", (text, line, column, message) => {
    const found = read(text);
    expect(found).toMatchObject({ line, column });
    expect("message" in found && found.message).toContain(message);
  });
  it("takes what JSON.parse takes, and nothing else", () => {
    const parts = ["{", "}", "[", "]", ",", ":", '"a"', '"\\u00e4"', "-1.5e3", "01", "true", "nul", " ", "\n", '"\n"'];
    let seed = 7;
    for (let turn = 0; turn < 3_000; turn += 1) {
      let text = "";
      for (let size = turn % 9; size >= 0; size -= 1) {
        seed = (seed * 48_271) % 2_147_483_647;
        text += parts[seed % parts.length];
      }
      let right = true;
      try {
        JSON.parse(text);
      } catch {
        right = false;
      }
      const twice = "message" in read(text) && /there twice/u.test((read(text) as { message: string }).message);
      expect("value" in read(text) || twice, text).toBe(right);
    }
  });
});

describe("what changed", () => {
  const cases: [string, string][] = [
    ["a\nb\nc", "a\nc\nd"],
    ["", "a"],
    ["a\na\na", "a\na"],
    ["x\ny\nz", "z\ny\nx"],
  ];
  it.each(cases)("from %j to %j gives both texts back", (before, after) => {
    const lines = diff(before, after);
    const side = (left: string) =>
      lines
        .filter((line) => line.kind !== left)
        .map((line) => line.text)
        .join("\n");
    expect(side("new")).toBe(before);
    expect(side("gone")).toBe(after);
  });
  it("is as little as can be", () => {
    expect(diff("a\nb\nc\nd", "a\nc\nd").filter((line) => line.kind !== "same")).toEqual([{ kind: "gone", text: "b" }]);
  });
  it("leaves out what is far from it", () => {
    const lines = Array.from({ length: 20 }, (_, index) => String(index));
    const folded = fold(diff(lines.join("\n"), lines.toSpliced(10, 1, "ten").join("\n")), 1);
    expect(folded).toEqual([
      { kind: "gap", lines: 9 },
      { kind: "same", text: "9" },
      { kind: "gone", text: "10" },
      { kind: "new", text: "ten" },
      { kind: "same", text: "11" },
      { kind: "gap", lines: 8 },
    ]);
    expect(fold(diff("a", "a"))).toEqual([]);
  });
});

describe("the routing for forms", () => {
  it("has every field, lists and seconds", () => {
    const found = routingOf({
      rule: [{ name: "a", match: { tier: "gold", urgency: { at_least: 0.8 } }, skills: "law" }],
      alerts: { route: [{ name: "r", to: "chat", group_wait: "10s" }] },
      assignment: { languages: false },
    });
    expect(found?.rule[0]).toMatchObject({
      match: { ...EVERY, tier: ["gold"], urgency: { at_least: 0.8, below: null } },
      skills: ["law"],
      team: null,
    });
    expect(found?.alerts.route[0]).toMatchObject({ to: ["chat"], group_wait: 10, goes_on: false, kinds: [] });
    expect(found).toMatchObject({
      assignment: { languages: false },
      sla: [],
      calendars: {},
      alerts: { otherwise: "everybody" },
    });
  });
  it("stays as it is once it is whole", () => {
    const whole = routingOf({ sla: [{ name: "s", resolution: 60, match: {} }] });
    expect(routingOf({ ...whole })).toEqual(whole);
  });
  it.each([
    { rule: {} },
    { rule: [7] },
    { rule: [{ name: 7 }] },
    { alerts: [] },
    { sla: [{ name: "s", resolution: "soon" }] },
    { calendars: { a: [] } },
  ])("is none where it is out of shape: %j", (content) => {
    expect(routingOf(content)).toBeNull();
  });
  it("reads in plain words", () => {
    const whole = routingOf({
      rule: [
        {
          name: "a",
          match: { category: ["Billing", "Legal"], tier: "gold", urgency: { at_least: 0.8 } },
          team: "key",
          priority: 0.3,
        },
        { name: "b" },
      ],
      sla: [
        { name: "s", first_response: "15m", calendar: "office", match: {}, escalate: true },
        { name: "t", resolution: 60 },
      ],
      alerts: {
        route: [
          {
            name: "r",
            kinds: ["no_agent"],
            at_least_weight: "error",
            to: ["chat", "oncall"],
            quiet: "nights",
            quiet_unless: 0.95,
            goes_on: true,
          },
        ],
        silence: [{ name: "x", until: "2026-11-22T02:00:00Z" }],
      },
    })!;
    expect(whole.rule.map(ruleWords)).toEqual([
      "Billing or Legal, tier gold, S from 0.8 → team key · priority +0.3",
      "every ticket → nothing yet",
    ]);
    expect(whole.sla.map(slaWords)).toEqual([
      "every ticket → answered in 15m · by office · a breach escalates",
      "for rules to name → solved in 1m · day and night",
    ]);
    expect(whole.alerts.route.map(routeWords)).toEqual([
      "no agent, error or worse → chat, oncall · quiet in nights unless S from 0.95 · goes on",
    ]);
    expect(whole.alerts.silence.map((one) => silenceWords(one, (iso) => iso.slice(0, 10)))).toEqual([
      "all alerts → until 2026-11-22",
    ]);
  });
});

describe("the taxonomy for its form", () => {
  it("has every field", () => {
    expect(
      taxonomyOf({
        category: [{ name: "Delivery", examples: ["where is it?"] }],
        fallback: "General",
        review_below: 0.4,
      }),
    ).toEqual({
      category: [
        {
          name: "Delivery",
          description: "",
          examples: ["where is it?"],
          sla: { first_response_minutes: null, resolution_minutes: null },
          skills: {},
        },
      ],
      fallback: "General",
      review_below: 0.4,
    });
  });
  it.each([
    {},
    { category: [{}] },
    { category: ["a"] },
    { category: [{ name: "a", examples: [1] }] },
    { category: [{ name: "a", skills: { x: "y" } }] },
    { category: [], fallback: 1 },
  ])("is none where it is out of shape: %j", (content) => {
    expect(taxonomyOf(content)).toBeNull();
  });
});
