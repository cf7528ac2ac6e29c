/** The one stream of events of this page, shared by all that listen; outside React, for it to subscribe.
 *
 * It begins at the first place that somebody read from, and goes back where a listener read from an earlier one: the
 * others then hear some events twice. So a listener takes an event as "read this again", never as something to count.
 */

import type { EventOut } from "../api/types";
import { comparePositions } from "../pure/positions";
import { BROWSER, FIRST_WAIT, type Link, LONGEST_WAIT, type Outside, Stream } from "./stream";

interface Listener {
  event(event: EventOut): void;
  /** The stream begins here: what this listener read before may be older than that. */
  begun?(): void;
}

export interface Joined {
  /** Something was read that is true up to `position`: what lies beyond is heard from now on, if it was not before. */
  from(position: string): void;
  leave(): void;
}

/** As much of the hub as its listeners need. */
export interface Feed {
  join(listener: Listener): Joined;
}

interface Server {
  /** Where `/events` stands now. */
  position(): Promise<string>;
  /** It refused us: the session may have ended. */
  refused(): void;
}

/** How long a page that nobody sees keeps its connection: a browser has six of them for all its tabs. */
export const HIDDEN = 60_000;

export class Hub implements Feed {
  /** Each listener, and the place from which on it has heard everything; null until the stream begins. */
  private readonly members = new Map<Listener, string | null>();
  private readonly watchers = new Set<() => void>();
  private stream: Stream | null = null;
  private kept: string | null = null;
  private told: Link = "connecting";
  private on = false;
  private round = 0;
  private planned: (() => void) | null = null;
  private leaving: (() => void) | null = null;

  constructor(
    private readonly server: Server,
    private readonly outside: Outside = BROWSER,
  ) {}

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  readonly link = (): Link => this.told;

  start(): void {
    this.on = true;
    if (this.place === null) void this.begin(this.round, FIRST_WAIT);
    else this.open(this.place);
  }

  stop(): void {
    this.on = false;
    this.round += 1; // answers that are still on their way belong to nobody
    this.planned?.();
    this.leaving?.();
    this.stream?.close();
    this.stream = this.kept = this.planned = this.leaving = null;
    for (const listener of this.members.keys()) this.members.set(listener, null);
  }

  join(listener: Listener): Joined {
    this.members.set(listener, this.place);
    return {
      from: (position) => this.from(listener, position),
      leave: () => void this.members.delete(listener),
    };
  }

  /** Whether anybody can see the page. The connection is given up a while after nobody can, and taken up where it
   * was. */
  seen(is: boolean): void {
    this.leaving?.();
    this.leaving = null;
    if (!this.on) return;
    if (!is) {
      this.leaving = this.outside.after(HIDDEN, () => {
        this.kept = this.place;
        this.stream?.close();
        this.stream = null;
        this.say("connecting");
      });
    } else if (this.stream === null && this.kept !== null) this.open(this.kept);
  }

  private get place(): string | null {
    return this.stream?.place ?? this.kept;
  }

  private async begin(round: number, wait: number): Promise<void> {
    try {
      const position = await this.server.position();
      if (round === this.round && this.place === null) this.open(position);
    } catch {
      if (round !== this.round || this.place !== null) return;
      this.say("lost");
      this.server.refused();
      this.planned = this.outside.after(wait, () => void this.begin(round, Math.min(LONGEST_WAIT, wait * 2)));
    }
  }

  private from(listener: Listener, position: string): void {
    const since = this.members.get(listener);
    if (since === undefined || (since !== null && comparePositions(since, position) <= 0)) return;
    this.members.set(listener, position);
    if (this.on) this.open(position);
    else this.kept = position;
  }

  private open(position: string): void {
    this.stream?.close();
    this.kept = position;
    this.stream = new Stream(
      position,
      {
        event: (event) => {
          for (const listener of this.members.keys()) listener.event(event);
        },
        link: (link) => this.say(link),
        refused: () => this.server.refused(),
      },
      this.outside,
    );
    for (const [listener, since] of this.members) {
      if (since !== null) continue;
      this.members.set(listener, position);
      listener.begun?.();
    }
  }

  private say(link: Link): void {
    if (link === this.told) return;
    this.told = link;
    for (const watcher of this.watchers) watcher();
  }
}
