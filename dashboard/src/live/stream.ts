/** `/events` over an EventSource that heals.
 *
 * The browser itself takes a broken connection up again, with Last-Event-ID. It gives up for good where the answer is
 * no stream (503, 401, a proxy's page), and it never notices a connection that hangs (a laptop that slept, a router
 * that forgot): then this opens a new one, after the last event seen, so nothing is missed.
 */

import type { EventOut } from "../api/types";

export type Link = "connecting" | "open" | "lost";

/** As much of an EventSource as is used: a test makes its own. */
export interface Source {
  onopen: (() => void) | null;
  onerror: (() => void) | null;
  onmessage: ((message: { data: string; lastEventId: string }) => void) | null;
  /** The server's heartbeat, every 15 s. */
  addEventListener(type: "alive", heard: () => void): void;
  readonly readyState: number;
  close(): void;
}

export interface Outside {
  open(url: string): Source;
  after(milliseconds: number, run: () => void): () => void;
}

export const BROWSER: Outside = {
  open: (url) => new EventSource(url) as unknown as Source,
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

const CLOSED = 2;
export const FIRST_WAIT = 1_000;
export const LONGEST_WAIT = 30_000;
/** Two heartbeats may be lost, and a little more. */
export const SILENCE = 40_000;

interface StreamListener {
  event(event: EventOut): void;
  link(link: Link): void;
  /** The browser gave up: the session may have ended. */
  refused(): void;
}

/** Begins at once, beyond `position`; ends with `close`. */
export class Stream {
  private source: Source | null = null;
  private again: (() => void) | null = null;
  private silence: (() => void) | null = null;
  private wait = FIRST_WAIT;

  constructor(
    private position: string,
    private readonly listener: StreamListener,
    private readonly outside: Outside = BROWSER,
  ) {
    this.open();
  }

  /** The last event that was dealt with, or where it began. */
  get place(): string {
    return this.position;
  }

  close(): void {
    this.again?.();
    this.silence?.();
    this.source?.close();
    this.source = this.again = this.silence = null;
  }

  private open(): void {
    this.listener.link("connecting");
    const source = this.outside.open(`/events?after=${encodeURIComponent(this.position)}`);
    this.source = source;
    this.heard();
    source.onopen = () => {
      this.wait = FIRST_WAIT;
      this.heard();
      this.listener.link("open");
    };
    source.addEventListener("alive", () => this.heard());
    source.onmessage = (message) => {
      this.heard();
      this.listener.event(JSON.parse(message.data) as EventOut);
      if (message.lastEventId !== "") this.position = message.lastEventId; // only once it is dealt with
    };
    source.onerror = () => {
      this.listener.link("lost");
      if (source.readyState !== CLOSED) return; // the browser tries again
      this.silence?.();
      this.listener.refused();
      this.again = this.outside.after(this.wait, () => this.open());
      this.wait = Math.min(LONGEST_WAIT, this.wait * 2);
    };
  }

  private heard(): void {
    this.silence?.();
    this.silence = this.outside.after(SILENCE, () => {
      this.listener.link("lost");
      this.source?.close();
      this.open();
    });
  }
}
