import { describe, expect, it } from "vitest";

import { Refused } from "../src/api/client";
import type { TicketPage, TicketRow } from "../src/api/types";
import { Board, MOST_CHANGED } from "../src/live/board";
import { Hub } from "../src/live/hub";
import { Fake, row, settled } from "./fake";

const page = (tickets: TicketRow[], next: string | null = null, position = "0-0"): TicketPage => ({ tickets, next, position, total: 9 });

/** A board that shows `pages` one after the other (an error is thrown), and `held` where it asks for tickets by id. */
async function begun(pages: (TicketPage | Error)[], held = new Map<string, TicketRow>(), order: "newest" | "urgent" = "newest") {
  const outside = new Fake();
  const asked: string[][] = [];
  let totals = 0;
  const hub = new Hub({ position: () => new Promise(() => undefined), refused: () => undefined }, outside);
  hub.start();
  const board = new Board(
    {
      order,
      page: () => {
        const next = pages.shift()!;
        return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
      },
      some: (ids) => {
        asked.push([...ids]);
        return Promise.resolve(ids.flatMap((id) => held.get(id) ?? []));
      },
      total: () => Promise.resolve(100 + ++totals),
    },
    hub,
    outside,
  );
  board.open();
  await settled();
  return { board, hub, outside, asked, held, shown: () => board.read().rows.list.map((one) => `${one.ticket_id}:${one.state}`) };
}

describe("the board", () => {
  it("hears what happens from where its page was true", async () => {
    const { outside } = await begun([page([], null, "0-31")]);
    expect(outside.urls).toEqual(["/events?after=0-31"]);
  });
  it("has the stream go back where that stands beyond its page", async () => {
    const { board, outside, shown, held } = await begun([page([], null, "0-5"), page([], null, "0-6")]);
    outside.say("x", 8);
    board.end();
    board.open(); // joins at 8, but its page is as old as 6
    await settled();
    expect(outside.urls).toEqual(["/events?after=0-5", "/events?after=0-6"]);
    held.set("between", row("between", 3));
    outside.say("between", 7);
    await outside.pass();
    expect(shown()).toEqual(["between:waiting"]);
  });
  it("asks again for what changed while a page was on its way", async () => {
    const old = row("a", 1);
    const { board, outside, shown, held } = await begun([page([row("z", 9)], "more"), page([old])]);
    void board.more();
    held.set("a", row("a", 1, { state: "resolved" }));
    outside.say("a");
    await outside.pass();
    expect(shown()).toEqual(["z:waiting", "a:resolved"]);
  });
  it("goes on by itself where a page that is not the last one holds nothing", async () => {
    const { board, shown } = await begun([page([], "on"), page([], "further"), page([row("a", 1)], "more"), page([row("b", 0)])]);
    await settled();
    expect(shown()).toEqual(["a:waiting"]);
    await board.more();
    expect(shown()).toEqual(["a:waiting", "b:waiting"]);
  });
  it("gathers what changed, and asks once for each", async () => {
    const { outside, asked, shown } = await begun([page([row("a", 1)])], new Map([["b", row("b", 2)]]));
    for (const id of ["b", "a", "b", "b"]) outside.say(id);
    await outside.pass();
    expect(asked).toEqual([["b", "a"]]);
    expect(shown()).toEqual(["b:waiting"]); // a does not fit the filters any more
  });
  it("asks in addresses that a proxy takes", async () => {
    const { outside, asked } = await begun([page([])]);
    for (let number = 0; number < 250; number++) outside.say(`${"x".repeat(120)}${number}`);
    await outside.pass();
    expect(new Set(asked.flat()).size).toBe(250);
    expect(Math.max(...asked.map((ids) => ids.join("&id=").length))).toBeLessThan(6_100);
  });
  it("counts while it is paused, and catches up", async () => {
    const { board, outside, asked, shown } = await begun([page([])], new Map([["b", row("b", 2)]]));
    outside.say("a"); // not asked for yet when it is paused
    board.pause(true);
    for (const id of ["b", "b", "c"]) outside.say(id);
    await outside.pass();
    expect([board.read().waits, asked.length]).toEqual([3, 0]);
    board.pause(false);
    await outside.pass();
    expect([board.read().waits, shown()]).toEqual([0, ["b:waiting"]]);
  });
  it("begins anew after a pause in which more changed than it keeps", async () => {
    const { board, outside, asked, shown } = await begun([page([row("a", 1)]), page([row("b", 2)])]);
    board.pause(true);
    for (let number = 0; number < MOST_CHANGED + 10; number++) outside.say(`t${number}`);
    await outside.pass();
    expect([board.read().waits, shown()]).toEqual([MOST_CHANGED, ["a:waiting"]]);
    board.pause(false);
    await outside.pass();
    expect([board.read().waits, asked, shown()]).toEqual([0, [], ["b:waiting"]]);
  });
  it("tries by itself again where the server was away, and not where it refused", async () => {
    const away = await begun([new Refused(503, "away"), page([row("a", 1)])]);
    expect(away.board.read().failed?.message).toBe("away");
    await away.outside.pass(2_500);
    expect([away.board.read().failed, away.shown()]).toEqual([null, ["a:waiting"]]);
    const wrong = await begun([new Refused(422, "wrong"), page([row("a", 1)])]);
    await wrong.outside.pass(60_000);
    expect([wrong.board.read().failed?.message, wrong.shown()]).toEqual(["wrong", []]);
  });
  it("counts on by itself, and has the total told again once things have changed", async () => {
    const { board, outside } = await begun([page([])], new Map([["a", row("a", 1)]]));
    for (const id of ["a", "b", "c"]) outside.say(id);
    await outside.pass(1_000);
    expect(board.read().total).toBe(10);
    await outside.pass(5_000);
    expect(board.read().total).toBe(101);
  });
  it("rolls a refused guess back to what the server holds, even while it is paused", async () => {
    const { board, shown } = await begun([page([row("a", 1), row("b", 2)])], new Map([["a", row("a", 1, { state: "assigned" })]]));
    board.pause(true);
    board.guess(["a", "b", "unknown"], { state: "resolved" });
    expect(shown()).toEqual(["b:resolved", "a:resolved"]);
    await board.again(["a"]);
    expect(shown()).toEqual(["b:resolved", "a:assigned"]);
  });
  it("leaves what lies beyond the last page to the next one", async () => {
    const old = row("old", 1);
    const { board, outside, shown } = await begun([page([row("new", 9)], "more"), page([old])], new Map([["old", old]]));
    outside.say("old");
    await outside.pass();
    expect(shown()).toEqual(["new:waiting"]);
    await board.more();
    expect(shown()).toEqual(["new:waiting", "old:waiting"]);
  });
  it("moves a row by its S where that is the order, out of sight as well", async () => {
    const scored = (id: string, urgency_score: number) => row(id, 1, { urgency_score });
    const held = new Map([["b", scored("b", 0.95)], ["a", scored("a", 0.1)]]);
    const { outside, shown } = await begun([page([scored("a", 0.9), scored("b", 0.8)], "more")], held, "urgent");
    outside.say("b");
    await outside.pass();
    expect(shown()).toEqual(["b:waiting", "a:waiting"]);
    outside.say("a");
    await outside.pass();
    expect(shown()).toEqual(["b:waiting"]); // it comes with the next page
  });
});
