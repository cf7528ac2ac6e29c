import { describe, expect, it } from "vitest";

import { NO_TEAM, queues, type Standing, teams, totals, type Wanted } from "../src/pure/board";
import { handOver } from "../src/pure/handover";
import { shifts, standing, summary } from "../src/pure/hours";

const agent = (id: string, told: Partial<Standing> = {}): Standing => ({
  id,
  name: null,
  team: null,
  status: "online",
  absence: null,
  capacity: 3,
  load: 1,
  free: 2,
  skills: {},
  languages: [],
  ...told,
});
const ALL: Wanted = { text: "", team: null, free: false };

describe("the board", () => {
  const agents = [
    agent("c", { team: "tier 2", languages: ["de"] }),
    agent("b", { absence: "away", free: 0 }),
    agent("a", { name: "Zoe", skills: { Billing: 1 } }),
    agent("d", { name: "Ann" }),
  ];
  const shown = (wanted: Partial<Wanted>) =>
    teams(agents, { ...ALL, ...wanted }).map((one) => [one.team, one.agents.map(({ id }) => id).join("")]);
  it("groups by team, who is there first", () => {
    expect(shown({})).toEqual([
      ["tier 2", "c"],
      [NO_TEAM, "dab"],
    ]);
  });
  it("narrows by words, team and room", () => {
    expect(shown({ text: "zoe billing" })).toEqual([[NO_TEAM, "a"]]);
    expect(shown({ text: "DE" })).toEqual([["tier 2", "c"]]);
    expect(shown({ team: "tier 2" })).toEqual([["tier 2", "c"]]);
    expect(shown({ free: true })).toEqual([
      ["tier 2", "c"],
      [NO_TEAM, "da"],
    ]);
  });
  it("adds up", () => {
    expect(totals(agents)).toEqual({ there: 3, all: 4, load: 4, free: 6 });
  });
});

describe("what waits", () => {
  it("names who could take it: every skill that is asked for, in the team that must have it", () => {
    const agents = [
      agent("a", { skills: { Billing: 1 } }),
      agent("b", { skills: { Billing: 0.4, law: 1 }, team: "x", free: 0 }),
    ];
    const waiting = [
      { category: "Billing", team: null },
      { category: "Billing", team: null },
      { category: "Legal", team: "x" },
      { category: "Billing", team: "x" },
    ];
    const found = queues(waiting, agents, { Legal: ["Billing", "law"] });
    expect(
      found.map(({ category, team, tickets, able, free }) => [category, team, tickets.length, able, free]),
    ).toEqual([
      ["Billing", null, 2, 2, 2],
      ["Billing", "x", 1, 1, 0],
      ["Legal", "x", 1, 1, 0],
    ]);
  });
});

describe("working hours", () => {
  const hours = { zone: "Europe/Berlin", mon: "09:00-12:30, 13:30-18:00", tue: "09:00-17:00", wed: "09:00-17:00" };
  const monday = (time: string) => Date.parse(`2026-03-02T${time}:00+01:00`);
  it.each([
    ["10:00", true, "10:00", "until 12:30"],
    ["13:00", false, "13:00", "off, back today 13:30"],
    ["20:00", false, "20:00", "off, back tomorrow 09:00"],
    ["10:00", false, "10:00", "off, back today 13:30"],
  ])("at %s, open %s", (time, open, local, words) => {
    expect(standing(hours, monday(time), open)).toEqual({ local, words });
  });
  it("look a whole week ahead", () => {
    const wednesday = Date.parse("2026-03-04T20:00:00+01:00");
    expect(standing(hours, wednesday, false)?.words).toBe("off, back Mon 09:00");
    expect(standing({ ...hours, country: "DE" }, wednesday, false)?.words).toBe("off, back Mon 09:00 unless a holiday");
  });
  it("say nothing of a zone that the browser does not know", () => {
    expect(standing({ ...hours, zone: "Mars/Olympus" }, monday("10:00"), true)).toBeNull();
  });
  it("read as short as they are", () => {
    expect(summary(hours)).toBe("Mon 09:00-12:30, 13:30-18:00 · Tue–Wed 09:00-17:00 · Europe/Berlin");
    expect(summary({ zone: "UTC", mon: "09:00-10:00", wed: "09:00-10:00" })).toBe(
      "Mon 09:00-10:00 · Wed 09:00-10:00 · UTC",
    );
  });
  it("name what is closed besides", () => {
    expect(
      summary({ zone: "UTC", mon: "09:00-10:00", country: "DE", subdivision: "BE", holidays: ["2026-12-24"] }),
    ).toBe("Mon 09:00-10:00 · UTC · closed on holidays of DE BE and 1 date");
  });
  it.each(["9-17", "09:00-08:00", "09:00-25:00", "09:00-12:00, 11:00-13:00", "09:00-09:00"])(
    "%s are no shifts",
    (text) => {
      expect(shifts(text)).toBeNull();
    },
  );
  it("take several shifts in any order, and none", () => {
    expect(shifts("13:30-24:00, 09:00-12:30")).toEqual([
      [540, 750],
      [810, 1_440],
    ]);
    expect(shifts(" ")).toEqual([]);
  });
});

describe("a ticket in other hands", () => {
  const ticket = { ticket_id: "t", agent_id: "a" as string | null, state: "assigned", team: null as string | null };
  const hands = {
    agents: [agent("a"), agent("b", { load: 3, free: 0 }), agent("c", { absence: "away", free: 0 })],
    held: [ticket],
    waiting: [],
  };
  const loads = (found: { agents: readonly Standing[] }) => found.agents.map(({ load, free }) => [load, free]);
  it("moves with its load", () => {
    const found = handOver(hands, "t", { agent_id: "b" });
    expect(loads(found)).toEqual([
      [0, 3],
      [4, 0],
      [1, 0],
    ]);
    expect(found.held).toEqual([{ ...ticket, agent_id: "b" }]);
  });
  it("goes back to the queue, for a team", () => {
    const found = handOver(hands, "t", { team: "law" });
    expect(loads(found)).toEqual([
      [0, 3],
      [3, 0],
      [1, 0],
    ]);
    expect(found).toMatchObject({
      held: [],
      waiting: [{ ticket_id: "t", agent_id: null, state: "waiting", team: "law" }],
    });
    expect(loads(handOver(found, "t", { agent_id: "c" }))).toEqual([
      [0, 3],
      [3, 0],
      [2, 0],
    ]);
  });
  it("stays where it is with who has it, or where nobody knows it", () => {
    expect(handOver(hands, "t", { agent_id: "a" })).toBe(hands);
    expect(handOver(hands, "x", { agent_id: "a" })).toBe(hands);
  });
});
