import { afterEach, describe, expect, it, vi } from "vitest";

import { actOnMany } from "../src/api/bulk";
import { client, Refused } from "../src/api/client";
import { found } from "../src/pure/agents";
import { all, NOTHING, through, toggled } from "../src/pure/choice";
import { chunks } from "../src/pure/chunks";
import { moved } from "../src/pure/columns";
import { everything } from "../src/pure/everything";
import { format, narrowed, NONE, parse } from "../src/pure/filters";

describe("choosing rows", () => {
  const order = ["a", "b", "c", "d", "e"];
  it("goes from the last one to this one, either way, and keeps what was chosen", () => {
    const one = toggled(NOTHING, "d");
    expect([...through(one, order, "b").ids].sort()).toEqual(["b", "c", "d"]);
    expect([...through(toggled(one, "a"), order, "b").ids].sort()).toEqual(["a", "b", "d"]);
  });
  it("a range that has lost its beginning is one row", () => {
    expect([...through({ ids: new Set(), from: "gone" }, order, "c").ids]).toEqual(["c"]);
    expect([...through(NOTHING, order, "c").ids]).toEqual(["c"]);
  });
  it("twice is not at all; all is all", () => {
    expect(toggled(toggled(NOTHING, "a"), "a").ids.size).toBe(0);
    expect([...all(order).ids]).toEqual(order);
  });
});

describe("the order of columns", () => {
  const columns = { order: ["a", "b", "c"], hidden: ["c"] };
  it.each([
    ["a", 1, "bac"],
    ["c", -1, "acb"],
    ["a", 9, "bca"],
    ["a", -1, "abc"],
    ["unknown", 1, "abc"],
  ])("%s by %d is %s", (name, by, order) => {
    expect(moved(columns, name, by)).toEqual({ order: [...order], hidden: ["c"] });
  });
});

describe("agents to choose from", () => {
  const agent = (id: string, free: number, skill: number, team: string | null = null) => ({ id, name: null, team, free, skills: { Legal: skill } });
  const given = [agent("full", 0, 1), agent("many", 5, 0.1), agent("knows", 1, 0.9, "Law")];
  const ids = (text: string, category: string | null) => found(given, text, category).map((one) => one.id);
  it("who has room comes first, then who knows the category, then who has most room", () => {
    expect(ids("", "Legal")).toEqual(["knows", "many", "full"]);
    expect(ids("", null)).toEqual(["many", "knows", "full"]);
  });
  it("every word typed has to occur", () => {
    expect(ids("LAW kn", null)).toEqual(["knows"]);
    expect(ids("law full", null)).toEqual([]);
  });
});

describe("the whole list", () => {
  const pages = (...all: number[][]) => {
    const left = [...all];
    return () => {
      const items = left.shift()!;
      return Promise.resolve({ items, next: left.length > 0 ? "more" : null });
    };
  };
  const read = (page: ReturnType<typeof pages>, most = 99, stopped = () => false) => {
    const told: number[] = [];
    return everything<number>(page, String, most, (count) => told.push(count), stopped).then((items) => ({ items, told }));
  };
  it("is read to its end, each once", async () => {
    expect(await read(pages([1, 2], [2, 3], [4]))).toEqual({ items: [1, 2, 3, 4], told: [2, 3, 4] });
  });
  it("ends where there are enough, or somebody stops it", async () => {
    expect((await read(pages([1, 2], [3, 4], [5]), 3)).items).toEqual([1, 2, 3]);
    expect((await read(pages([1, 2], [3, 4]), 99, () => true)).items).toEqual([1, 2]);
  });
});

describe("an act on many tickets", () => {
  const ids = Array.from({ length: 250 }, (_, i) => `t${i}`);
  const post = (answer: (ids: string[], call: number) => unknown) => {
    let calls = 0;
    return vi.spyOn(client, "POST").mockImplementation(((_: string, { body }: { body: { ticket_ids: string[] } }) =>
      Promise.resolve({ data: answer(body.ticket_ids, ++calls) })) as never);
  };
  afterEach(() => vi.restoreAllMocks());

  it("is told in parts, each once, and says how far it is", async () => {
    const told: string[] = [];
    const counts: number[] = [];
    post((some) => (told.push(...some), { done: some.slice(1), refused: [{ ticket_id: some[0]!, status: 409, detail: "no" }] }));
    const outcome = await actOnMany(ids, { act: "resolve" }, (count) => counts.push(count));
    expect(told).toEqual(ids);
    expect([outcome.done.length, outcome.refused.map((one) => one.ticket_id), counts]).toEqual([247, ["t0", "t100", "t200"], [100, 200, 250]]);
  });
  it("stops where a call fails: the rest is refused, with what was said", async () => {
    post((some, call) => {
      if (call === 2) throw new Refused(503, "away");
      return { done: some, refused: [] };
    });
    const outcome = await actOnMany(ids, { act: "resolve" }, () => undefined);
    expect([outcome.done.length, outcome.refused.length, outcome.refused[149]]).toEqual([100, 150, { ticket_id: "t249", status: 503, detail: "away" }]);
  });
});

describe("parts and filters", () => {
  it("parts hold all, in order", () => {
    expect(chunks([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(chunks([], 2)).toEqual([]);
  });
  it("the order is in the address, and narrows nothing", () => {
    const urgent = { ...NONE, order: "urgent" as const };
    expect(format(urgent)).toBe("order=urgent");
    expect(parse("order=urgent")).toEqual(urgent);
    expect(parse("order=sideways")).toEqual(NONE);
    expect([narrowed(urgent), narrowed({ ...NONE, agent: "-" })]).toEqual([false, true]);
  });
});
