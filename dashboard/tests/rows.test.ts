import { describe, expect, it } from "vitest";

import { ORDERS } from "../src/pure/filters";
import { comparePositions } from "../src/pure/positions";
import { apply, compare, empty, placeOf } from "../src/pure/rows";
import { row } from "./fake";

describe.each(ORDERS)("rows by %s", (order) => {
  const scores = [null, 0.2, 0.9, 0.5, 0.9];
  const made = (i: number) => row(`t${(i * 7) % 101}`, (i * 7) % 13, { urgency_score: scores[(i * 3) % 5]! });

  it("stand once each and in order, whatever comes in whatever order", () => {
    let rows = empty(order);
    const given = Array.from({ length: 300 }, (_, i) => made(i));
    for (let at = 0; at < given.length; at += 17) {
      rows = apply(rows, given.slice(at, at + 17), at % 3 === 0 ? [`t${at % 101}`] : []);
      expect([...rows.list].sort((a, b) => compare(order, a, b))).toEqual(rows.list);
      expect(rows.list.map((one) => one.ticket_id).sort()).toEqual([...rows.byId.keys()].sort());
    }
    expect(new Set(rows.list.map((one) => one.ticket_id)).size).toBe(rows.list.length);
  });
  it("are found where they stand, or would", () => {
    const rows = apply(empty(order), [1, 3, 5].map((minute) => row(`t${minute}`, minute, { urgency_score: minute / 10 })));
    const asked = [5, 3, 4, 0].map((minute) => row(`t${minute}`, minute, { urgency_score: minute / 10 }));
    expect(asked.map((one) => placeOf(rows, one))).toEqual([0, 1, 1, 3]);
  });
  it("are replaced and taken out by name", () => {
    const rows = apply(empty(order), [row("a", 1), row("b", 2)]);
    expect(apply(rows, [row("a", 1, { state: "resolved" })], ["a", "b"]).list).toEqual([row("a", 1, { state: "resolved" })]);
  });
});

describe("the order", () => {
  const ids = (rows: { ticket_id: string }[]) => rows.map((one) => one.ticket_id);
  it("urgent: S downwards, none last, then who has waited longest; and a row moves when its S does", () => {
    const rows = apply(empty("urgent"), [row("none", 0), row("late", 9, { urgency_score: 0.8 }), row("low", 1, { urgency_score: 0.1 }), row("soon", 2, { urgency_score: 0.8 })]);
    expect(ids([...rows.list])).toEqual(["soon", "late", "low", "none"]);
    expect(ids([...apply(rows, [row("low", 1, { urgency_score: 0.9 })]).list])).toEqual(["low", "soon", "late", "none"]);
  });
  it("takes a second without a fraction for the beginning of that second", () => {
    const whole = row("a", 0, { accepted_at: "2026-01-01T00:00:05Z" });
    const later = row("b", 0, { accepted_at: "2026-01-01T00:00:05.100000Z" });
    expect(ids([...apply(empty(), [whole, later]).list])).toEqual(["b", "a"]);
  });
  it("of places in the stream is that of numbers, past what a number holds", () => {
    const given = ["0-9", "0-10", "2-1", "900719925474099300-1", "900719925474099301-1"];
    expect([...given].reverse().sort(comparePositions)).toEqual(given);
    expect(comparePositions("0-7", "0-7")).toBe(0);
  });
});
