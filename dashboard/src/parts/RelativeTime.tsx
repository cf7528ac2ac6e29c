import { useSyncExternalStore } from "react";

import { absolute, relative } from "../pure/time";

const TICK_MS = 10_000;
const watchers = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | null = null;

/** One clock for all that is shown, so that a table of them costs one timer. */
function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  if (timer === null) {
    now = Date.now(); // it stood while nobody watched
    timer = setInterval(() => {
      now = Date.now();
      for (const each of watchers) each();
    }, TICK_MS);
  }
  return () => {
    watchers.delete(watcher);
    if (watchers.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
}

/** "5m ago", and the date and time with its zone on hover. `ahead` is for what is to come: else a clock that goes
 * behind the server's would show "in 2s" for what has just been. */
export function RelativeTime({ at, ahead = false }: { at: string; ahead?: boolean }) {
  const seen = useSyncExternalStore(subscribe, () => now);
  const moment = Date.parse(at);
  return (
    <time dateTime={at} title={absolute(moment)}>
      {relative(moment, ahead ? seen : Math.max(seen, moment))}
    </time>
  );
}
