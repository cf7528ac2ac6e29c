import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { type Happening, KINDS, sentence, tell, tellMany } from "../src/pure/happenings";
import { runs } from "../src/pure/runs";

function happening(kind: string, part: Partial<Happening> = {}): Happening {
  return { kind, at: "2026-02-21T15:00:00Z", actor: "dispatcher", ticket_id: "T-1", incident_id: null, agent_id: null, data: {}, ...part };
}

const onTicket = (kind: string, part?: Partial<Happening>) => sentence(tell(happening(kind, part), "ticket"));
const onIncident = (kind: string, part?: Partial<Happening>) => sentence(tell(happening(kind, part), "incident"));

describe("an event in words", () => {
  it("names who acted and upon whom", () => {
    expect(onTicket("ticket.assign", { agent_id: "ada" })).toBe("Assigned to ada by the dispatcher");
    expect(onTicket("ticket.resolve", { actor: "key:k1" })).toBe("Resolved by key k1");
    expect(onTicket("ticket.accept", { actor: "source:zendesk" })).toBe("Accepted from zendesk");
  });

  it("tells a ticket that was handed over from one that was put back", () => {
    expect(onTicket("ticket.reassign", { agent_id: "ada", actor: "local" })).toBe("Handed over to ada by this machine");
    expect(onTicket("ticket.reassign", { agent_id: "ada", data: { queued: true, team: "night" }, actor: "local" })).toBe(
      "Put back into the queue, for team night by this machine",
    );
  });

  it("says what the model said", () => {
    const data = { tier: "light", category: "Billing", urgency: 0.825, degraded: true };
    expect(onTicket("ticket.triage", { data, actor: "triage" })).toBe("Read by the light model: Billing, S 0.82, in a hurry, to be read again");
  });

  it("says what ties a ticket to its incident, and why it is routed all the same", () => {
    const link = { incident_id: "inc-1", data: { kind: "semantic", similarity: 0.7312 } };
    expect(onTicket("ticket.link", link)).toBe("Linked to inc-1 as a report of the same cause, similarity 0.73");
    expect(onIncident("ticket.link", link)).toBe("T-1 linked to the incident as a report of the same cause, similarity 0.73");
    expect(onTicket("ticket.link", { incident_id: "inc-1", data: { kind: "exact", exception: "legal_threat" } })).toBe(
      "Linked to inc-1 as an exact copy, but routed on its own: it threatens legal steps",
    );
    expect(onTicket("ticket.queue", { incident_id: "inc-1", data: { kind: "exact", exception: "danger" } })).toBe(
      "Linked to inc-1 as an exact copy, but routed on its own: it speaks of danger to people",
    );
    expect(onTicket("ticket.link", { incident_id: "inc-1", actor: "key:k1" })).toBe("Linked to inc-1 by hand, by key k1");
  });

  it("says what was corrected", () => {
    const data = { category: "Legal", said_category: "Billing", urgency: 0.9, said_urgency: 0.4, not_duplicate: null };
    expect(onTicket("ticket.feedback", { data, actor: "local" })).toBe("Corrected by this machine: category Billing → Legal, S 0.40 → 0.90");
  });

  it("names the ticket only where there are many", () => {
    expect(onIncident("ticket.resolve", { incident_id: "inc-1" })).toBe("T-1 resolved by the dispatcher");
    expect(onIncident("incident.open", { ticket_id: null, data: { tickets: 26 } })).toBe("Opened with 26 tickets");
  });

  it.each(KINDS)("has a sentence for %s with nothing but its kind", (kind) => {
    for (const on of ["ticket", "incident"] as const) {
      const said = sentence(tell(happening(kind, { ticket_id: null }), on));
      expect(said).toMatch(/^\S.{3,}/u);
      expect(said).not.toMatch(/undefined|null|NaN|\[object/u);
    }
  });

  it("reads a kind that it does not know", () => {
    expect(onTicket("ticket.hand_over", { actor: "local" })).toBe("Hand over by this machine");
    expect(onTicket("odd", { actor: "local" })).toBe("Odd by this machine");
  });

  it("knows every kind that the server writes", () => {
    const written = JSON.parse(readFileSync(new URL("../openapi.json", import.meta.url), "utf8"));
    const kinds: string[] = written.components.schemas.EventOut.properties.kind.enum;
    expect(kinds.length).toBeGreaterThan(40);
    expect(kinds.filter((kind) => !KINDS.includes(kind))).toEqual([]);
  });

  it("counts what happened to many members of an incident", () => {
    const link = happening("ticket.suppress", { incident_id: "inc-1", data: { kind: "exact", similarity: 1 } });
    expect(sentence(tellMany(link, 2_000, "incident"))).toBe("2,000 tickets held back: the incident stands for them");
    expect(sentence(tellMany(happening("ticket.offer", { agent_id: "ada" }), 5, "ticket"))).toBe(
      "Offered to ada by the dispatcher, and 4 more like this",
    );
  });
});

describe("a run of events", () => {
  it("is neighbours of one kind; nothing is lost, and the order stays", () => {
    const events = ["a", "a", "b", "b", "b", "b", "b", "a"].map((kind, index) => happening(kind, { at: String(index) }));
    const found = runs(events);
    expect(found.map((run) => run.all.length)).toEqual([1, 1, 5, 1]);
    expect(found.flatMap((run) => run.all)).toEqual(events);
  });

  it("is not of two actors", () => {
    const events = ["x", "x", "y", "y"].map((actor) => happening("a", { actor }));
    expect(runs(events, 2).map((run) => run.first.actor)).toEqual(["x", "y"]);
  });
});
