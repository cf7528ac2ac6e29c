/** A browser whose time stands still until `pass`, and tickets and events for it. */

import type { EventOut, TicketRow } from "../src/api/types";
import type { Outside, Source } from "../src/live/stream";

export function row(id: string, minute: number, part: Partial<TicketRow> = {}): TicketRow {
  return {
    ticket_id: id, subject: id, excerpt: "", state: "waiting", category: null, urgency_score: null, confidence: null,
    needs_review: false, tier: null, language: null, incident_id: null, agent_id: null, team: null, customer: null,
    source: null, accepted_at: new Date(minute * 60_000).toISOString(), resolved_at: null, ...part,
  };
}

export function event(id: string): EventOut {
  return { kind: "ticket.triage", at: "", actor: "", ticket_id: id, incident_id: null, agent_id: null, data: {} };
}

export const settled = () => new Promise((done) => setTimeout(done, 0));

type FakeSource = Source & { url: string; readyState: number; closed: boolean; alive(): void };

export class Fake implements Outside {
  sources: FakeSource[] = [];
  private now = 0;
  private timers: { at: number; run: () => void }[] = [];

  open(url: string): Source {
    let alive = (): void => undefined;
    const source: FakeSource = {
      url, readyState: 1, closed: false, onopen: null, onerror: null, onmessage: null,
      addEventListener: (_, heard) => void (alive = heard),
      alive: () => alive(),
      close: () => void (source.closed = true),
    };
    this.sources.push(source);
    return source;
  }

  after(milliseconds: number, run: () => void): () => void {
    const timer = { at: this.now + milliseconds, run };
    this.timers.push(timer);
    return () => void (this.timers = this.timers.filter((one) => one !== timer));
  }

  /** What is due within so long happens, in order. */
  async pass(milliseconds = 2_000): Promise<void> {
    const until = this.now + milliseconds;
    for (;;) {
      await settled();
      const due = this.timers.filter((one) => one.at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.timers = this.timers.filter((one) => one !== due);
      this.now = Math.max(this.now, due.at);
      due.run();
    }
    this.now = until;
  }

  get source(): FakeSource {
    return this.sources.at(-1)!;
  }

  get urls(): string[] {
    return this.sources.map((one) => one.url);
  }

  say(id: string, seq = 1): void {
    this.source.onmessage!({ data: JSON.stringify(event(id)), lastEventId: `0-${seq}` });
  }
}
