import { describe, expect, it } from "vitest";

import { Gather } from "../src/live/gather";
import { HIDDEN, Hub } from "../src/live/hub";
import { SILENCE, Stream } from "../src/live/stream";
import { Fake, settled } from "./fake";

function follow(outside: Fake) {
  const told: string[] = [];
  const stream = new Stream(
    "0-4",
    { event: (one) => told.push(one.ticket_id!), link: (link) => told.push(link), refused: () => told.push("refused") },
    outside,
  );
  return { stream, told };
}

describe("the stream", () => {
  it("is opened anew after the last event seen when the browser gives up", async () => {
    const outside = new Fake();
    const { told } = follow(outside);
    const first = outside.source;
    first.onopen!();
    outside.say("t1", 9);
    first.readyState = 2;
    first.onerror!();
    await outside.pass();
    expect(outside.urls).toEqual(["/events?after=0-4", "/events?after=0-9"]);
    expect(told).toEqual(["connecting", "open", "t1", "lost", "refused", "connecting"]);
  });
  it("is left to the browser while that tries by itself", async () => {
    const outside = new Fake();
    follow(outside);
    outside.source.readyState = 0;
    outside.source.onerror!();
    await outside.pass(SILENCE / 2);
    expect(outside.urls).toHaveLength(1);
  });
  it("is opened anew when not even a heartbeat is heard", async () => {
    const outside = new Fake();
    const { told } = follow(outside);
    const first = outside.source;
    first.onopen!();
    outside.say("t1", 7);
    await outside.pass(SILENCE - 1_000);
    first.alive();
    await outside.pass(SILENCE - 1_000);
    expect(first.closed).toBe(false);
    await outside.pass(2_000);
    expect(first.closed).toBe(true);
    expect(outside.urls.at(-1)).toBe("/events?after=0-7");
    expect(told.slice(-2)).toEqual(["lost", "connecting"]);
  });
  it("is silent once it is closed", async () => {
    const outside = new Fake();
    const { stream } = follow(outside);
    stream.close();
    await outside.pass(10 * SILENCE);
    expect([outside.urls.length, outside.source.closed]).toEqual([1, true]);
  });
});

describe("the hub", () => {
  function begun(positions: (string | Error)[] = ["0-5"]) {
    const outside = new Fake();
    let refused = 0;
    const hub = new Hub(
      {
        position: () => {
          const next = positions.shift() ?? new Error("no more");
          return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
        },
        refused: () => void (refused += 1),
      },
      outside,
    );
    const listen = () => {
      const heard: string[] = [];
      return { heard, joined: hub.join({ event: (one) => heard.push(one.ticket_id!), begun: () => heard.push("begun") }) };
    };
    return { hub, outside, listen, refused: () => refused };
  }

  it("is one stream for all, from where the server stands", async () => {
    const { hub, outside, listen } = begun();
    const [a, b] = [listen(), listen()];
    hub.start();
    await settled();
    outside.say("t1", 6);
    const c = listen();
    outside.say("t2", 7);
    b.joined.leave();
    outside.say("t3", 8);
    expect(outside.urls).toEqual(["/events?after=0-5"]);
    expect([a.heard, b.heard, c.heard]).toEqual([["begun", "t1", "t2", "t3"], ["begun", "t1", "t2"], ["t2", "t3"]]);
  });
  it("begins where somebody read before it stood anywhere", async () => {
    const { hub, outside, listen } = begun();
    const { joined } = listen();
    hub.start();
    joined.from("0-3");
    await settled();
    expect(outside.urls).toEqual(["/events?after=0-3"]);
  });
  it("goes back where a listener read from an earlier place, and only there", async () => {
    const { hub, outside, listen } = begun(["0-5"]);
    hub.start();
    await settled();
    outside.say("t1", 6);
    const early = listen(); // stands at 6, and hears all from there
    outside.say("t2", 7);
    early.joined.from("0-6");
    early.joined.from("0-9");
    expect(outside.urls).toHaveLength(1);
    early.joined.from("0-2");
    expect(outside.urls.slice(1)).toEqual(["/events?after=0-2"]);
    expect(outside.sources[0]!.closed).toBe(true);
  });
  it("tries again when the server cannot say where it stands", async () => {
    const { hub, outside, refused } = begun([new Error("down"), "0-8"]);
    hub.start();
    await settled();
    expect([hub.link(), refused()]).toEqual(["lost", 1]);
    await outside.pass();
    expect(outside.urls).toEqual(["/events?after=0-8"]);
  });
  it("lets go a while after nobody sees the page, and goes on after the last event", async () => {
    const { hub, outside, listen } = begun();
    const { heard } = listen();
    hub.start();
    await settled();
    outside.say("t1", 6);
    hub.seen(false);
    await outside.pass(HIDDEN / 2);
    hub.seen(true);
    outside.source.alive();
    await outside.pass(HIDDEN / 2);
    outside.source.alive();
    expect(outside.urls).toHaveLength(1);
    hub.seen(false);
    for (let i = 0; i < 5; i++) {
      outside.source.alive();
      await outside.pass(HIDDEN / 4);
    }
    expect(outside.source.closed).toBe(true);
    hub.seen(true);
    expect(outside.urls).toEqual(["/events?after=0-5", "/events?after=0-6"]);
    outside.say("t2", 7);
    expect(heard).toEqual(["begun", "t1", "t2"]);
  });
  it("begins anew after it was stopped, and tells its listeners so", async () => {
    const { hub, outside, listen } = begun(["0-5", "0-9"]);
    const { heard } = listen();
    hub.start();
    await settled();
    hub.stop();
    expect(outside.source.closed).toBe(true);
    hub.start();
    await settled();
    expect(outside.urls).toEqual(["/events?after=0-5", "/events?after=0-9"]);
    expect(heard).toEqual(["begun", "begun"]);
  });
});

describe("gathering", () => {
  it("runs once for many causes, never twice at a time, and again for what came meanwhile", async () => {
    const outside = new Fake();
    const ends: (() => void)[] = [];
    const gather = new Gather(() => new Promise<void>((done) => void ends.push(done)), 500, outside);
    for (let i = 0; i < 9; i++) gather.note();
    await outside.pass(499);
    expect(ends).toHaveLength(0);
    await outside.pass(1);
    gather.note();
    await outside.pass(5_000);
    expect(ends).toHaveLength(1);
    ends[0]!();
    await outside.pass(500);
    expect(ends).toHaveLength(2);
    ends[1]!();
    gather.end();
    gather.note();
    await outside.pass(5_000);
    expect(ends).toHaveLength(2);
  });
});
