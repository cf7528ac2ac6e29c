import { describe, expect, it } from "vitest";

import { restore } from "../src/pure/columns";
import { cell, csv } from "../src/pure/csv";
import { format, NONE, parse } from "../src/pure/filters";
import { absolute, relative } from "../src/pure/time";

describe("CSV", () => {
  it.each(["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", " =1", "＝1"])("takes the formula out of %j", (text) => {
    expect(cell(text).replace(/^"/u, "").startsWith("'")).toBe(true);
  });
  it("leaves numbers and plain words as they are", () => {
    expect(cell(-0.5)).toBe("-0.5");
    expect(cell("Checkout - down")).toBe("Checkout - down");
    expect(cell(null)).toBe("");
  });
  it("quotes what would break a row", () => {
    expect(csv([["a,b", 'say "x"', "two\nlines"]])).toBe('"a,b","say ""x""","two\nlines"\r\n');
  });
});

describe("filters in the address", () => {
  it("come back as they went", () => {
    const filters = { ...NONE, text: "a&b=c", category: ["Billing", "Über, uns"], state: ["waiting" as const], from: 0.25, agent: "a 1" };
    expect(parse(format(filters))).toEqual(filters);
  });
  it("are nothing where nothing is chosen", () => {
    expect(format(NONE)).toBe("");
    expect(parse("")).toEqual(NONE);
  });
  it("leave out what makes no sense", () => {
    expect(parse("state=nonsense&tier=huge&from=7&to=x&category=&agent=")).toEqual(NONE);
    expect(parse("from=0.9&to=0.1")).toMatchObject({ from: 0.1, to: 0.9 });
  });
});

describe("columns that were kept", () => {
  const known = ["a", "b", "c"];
  it.each([null, "{", "[]", '{"order":[1],"hidden":[]}'])("begin anew from %j", (kept) => {
    expect(restore(kept, known, ["c"])).toEqual({ order: known, hidden: ["c"] });
  });
  it("lose what is gone and gain what is new", () => {
    expect(restore('{"order":["b","old","b"],"hidden":["old","a"]}', known, [])).toEqual({ order: ["b", "a", "c"], hidden: ["a"] });
  });
});

describe("times", () => {
  const now = Date.parse("2026-03-01T12:00:00Z");
  it.each([
    [-3_000, "now"],
    [-42_000, "42s ago"],
    [-5 * 60_000, "5m ago"],
    [-26 * 3_600_000, "1d ago"],
    [2 * 3_600_000, "in 2h"],
  ])("%d ms away read %s", (away, said) => {
    expect(relative(now + away, now, "en")).toBe(said);
  });
  it("name their zone", () => {
    expect(absolute(now, "en-GB", "Europe/Berlin")).toContain("13:00:00");
  });
});
