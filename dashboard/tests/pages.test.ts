import { describe, expect, it } from "vitest";

import { readOn } from "../src/live/timeline";
import { can, expected, nextOf } from "../src/pure/acts";
import { attachments, size } from "../src/pure/attachments";
import { STATES } from "../src/pure/filters";
import { choose, format, parse } from "../src/pure/incidents";
import { back, leave, listed, look, returning } from "../src/pure/beside";
import { drawn } from "../src/pure/growth";
import { beginning, pieces } from "../src/pure/marks";
import { merged } from "../src/pure/merge";
import { count } from "../src/pure/words";
import { lasting } from "../src/pure/time";

describe("marked words", () => {
  const text = "Das Café 🎉 brennt, sofort helfen";

  it("are what stands between their places, and all together are the text", () => {
    const at = text.indexOf("brennt");
    const found = pieces(text, [{ start: at, end: at + 6, why: "danger" }]);
    expect(found.map((piece) => piece.text).join("")).toBe(text);
    expect(found.filter((piece) => piece.why.length > 0)).toEqual([{ text: "brennt", why: ["danger"] }]);
  });

  it("may lie upon each other", () => {
    const found = pieces("abcdef", [
      { start: 0, end: 4, why: 1 },
      { start: 2, end: 6, why: 2 },
    ]);
    expect(found.map((piece) => [piece.text, piece.why])).toEqual([["ab", [1]], ["cd", [1, 2]], ["ef", [2]]]);
  });

  it("outside of the text are passed over", () => {
    const odd = [{ start: 4, end: 2, why: 0 }, { start: -2, end: 1, why: 0 }, { start: 90, end: 99, why: 0 }];
    expect(pieces("abc", odd)).toEqual([{ text: "abc", why: [] }]);
    expect(pieces("abc", [{ start: 1, end: 99, why: 7 }]).at(-1)).toEqual({ text: "bc", why: [7] });
    expect(pieces("", [])).toEqual([]);
  });
});

describe("the beginning of a text", () => {
  it("is the whole where it is short, or hardly longer", () => {
    expect(beginning("short", 100, 5)).toBe("short");
    expect(beginning("x".repeat(105), 100, 5)).toHaveLength(105);
  });
  it("ends after so many characters or lines, before a word", () => {
    expect(beginning("word ".repeat(100), 101, 5)).toBe("word ".repeat(20).trimEnd());
    expect(beginning("line\n".repeat(100), 10_000, 3)).toBe("line\nline\nline");
  });
  it("never ends within a character", () => {
    const cut = beginning("🎉".repeat(300), 101, 5);
    expect(cut).toBe("🎉".repeat(50));
  });
});

describe("acts", () => {
  it("offer something next for whatever is not over, and to open again what is", () => {
    for (const state of STATES) {
      if (state === "accepted" || state === "dead") expect(nextOf(state)).toBe(null);
      else expect(nextOf(state)).not.toBe(null);
    }
    expect(nextOf("offered")).toBe("accept");
    expect(nextOf("resolved")).toBe("reopen");
  });
  it("do not begin what has begun", () => {
    expect(can("start", "in_progress")).toBe(false);
    expect(can("decline", "in_progress")).toBe(false);
  });
  it("hand over to an agent, or to the queue", () => {
    expect(expected("reassign", "ada")).toBe("assigned");
    expect(expected("reassign")).toBe("waiting");
  });
});

function incident(id: string, part: object = {}) {
  return {
    id, title: "Checkout is down", keywords: ["checkout"], severity: "minor" as const, state: "open" as const,
    opened_at: "2026-02-21T15:00:00Z", reported_at: "2026-02-21T15:00:00Z", closed_at: null, reopened_at: null,
    tickets: 10, suppressed: 9, customers: 5, representative: "T-1", follows: null, merged_into: null, owner: null, ...part,
  };
}

describe("the list of incidents", () => {
  const all = [
    incident("inc-1", { state: "resolved", severity: "critical" }),
    incident("inc-2", { severity: "minor" }),
    incident("inc-3", { severity: "critical", state: "growing", title: "Login fails" }),
    incident("inc-4", { severity: "minor", opened_at: "2026-02-21T16:00:00Z" }),
  ];
  const ids = (search: string) => choose(all, parse(search)).map((one) => one.id);

  it("begins with what is open, the worst first, then the newest", () => {
    expect(ids("")).toEqual(["inc-3", "inc-4", "inc-2", "inc-1"]);
  });
  it("is narrowed by state, severity and words", () => {
    expect(ids("show=ended")).toEqual(["inc-1"]);
    expect(ids("show=open&severity=critical")).toEqual(["inc-3"]);
    expect(ids("q=LOGIN fai")).toEqual(["inc-3"]);
    expect(ids("q=inc-2")).toEqual(["inc-2"]);
  });
  it("is what its address says", () => {
    for (const search of ["", "show=open&severity=critical&severity=minor&q=a+b"]) expect(format(parse(search))).toBe(search);
    expect(format(parse("show=odd&severity=odd"))).toBe("");
  });
});

describe("a merge", () => {
  it("is told before it is made", () => {
    const plan = merged(incident("inc-1"), incident("inc-2", { tickets: 1 }));
    expect(plan.against).toBe(null);
    expect(plan.says[0]).toBe("1 ticket of inc-2 move to inc-1, which then has up to 11 tickets.");
  });
  it("does not put what goes on into what has ended", () => {
    expect(merged(incident("inc-1", { state: "resolved" }), incident("inc-2")).against).toContain("inc-2 go on");
  });
});

describe("words", () => {
  it("count", () => {
    expect([count(1, "ticket"), count(0, "ticket"), count(2, "reply", "replies")]).toEqual(["1 ticket", "0 tickets", "2 replies"]);
  });
  it("tell a span in two units at most", () => {
    expect([0, 40, 125, 7_200, 90_061].map(lasting)).toEqual(["0 s", "40 s", "2 min", "2 h", "1 d 1 h"]);
  });
  it("list what was attached, whatever the metadata holds", () => {
    expect(attachments({ attachments: [{ name: "a.pdf", type: "application/pdf", size: 1_400 }, 7, {}] })).toEqual([
      { name: "a.pdf", type: "application/pdf", size: 1_400 },
      { name: "(no name)", type: null, size: null },
    ]);
    for (const odd of [null, 1, [], {}, { attachments: "a" }]) expect(attachments(odd)).toEqual([]);
    expect([512, 1_400, 12_000_000].map(size)).toEqual(["512 B", "1.4 kB", "12 MB"]);
  });
});

describe("a timeline", () => {
  const all = Array.from({ length: 25 }, (_, index) => ({ position: `0-${index + 1}` }));
  const read = async (after: string) => {
    const from = after === "0-0" ? 0 : all.findIndex((one) => one.position === after) + 1;
    const events = all.slice(from, from + 10);
    return { events, next: from + 10 < all.length ? events.at(-1)?.position : null } as never;
  };

  it("is read to its end, and then only further", async () => {
    const known = await readOn(undefined, read);
    expect(known).toEqual({ events: all, more: false });
    const later = { position: "0-26" };
    const asked: string[] = [];
    const after = await readOn(known, async (position) => {
      asked.push(position);
      return { events: [later], next: null } as never;
    });
    expect(asked).toEqual(["0-25"]);
    expect(after.events).toEqual([...all, later]);
  });
});

describe("what is drawn of a growth", () => {
  const buckets = [
    { at: "2026-02-21T15:00:00Z", tickets: 4 },
    { at: "2026-02-21T15:01:00Z", tickets: 2 },
  ];
  it("begins before the first ticket, with nothing", () => {
    const [at, tickets] = drawn(buckets, 60, 4);
    expect(tickets).toEqual([0, 0, 4, 2]);
    expect(at.map((one, index) => (index === 0 ? 60 : one - at[index - 1]!))).toEqual([60, 60, 60, 60]);
    expect(drawn(buckets, 60, 1)[1]).toEqual([4, 2]);
    expect(drawn([], 60, 4)).toEqual([[], []]);
  });
});

describe("the list that somebody came from", () => {
  it("is kept, with what it was narrowed to", () => {
    expect([listed(), back()]).toEqual([null, "/tickets"]);
    leave(["T-2", "T-1"], "q=vat");
    expect([listed(), back()]).toEqual([["T-2", "T-1"], "/tickets?q=vat"]);
  });

  it("has the ticket that was looked at last, for whoever comes back to it", () => {
    leave(["T-2", "T-1"], "q=vat");
    look("T-1");
    expect(returning("q=vat")).toBe("T-1");
    expect(returning("")).toBeNull();
    look("T-9");
    expect(returning("q=vat")).toBeNull();
  });
});
