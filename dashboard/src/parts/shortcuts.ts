import { useEffect, useSyncExternalStore } from "react";

export interface Shortcut {
  /** As KeyboardEvent.key has it, such as "j", "?" or "Escape", but "Space"; or two, one after the other: "g t". */
  readonly keys: string;
  readonly does: string;
  readonly run: () => void;
}

type Group = { readonly title: string; readonly shortcuts: readonly Shortcut[] };

const PAIR_MS = 1_000;
/** What buttons, links and lists need themselves: these count only where none of them has the focus. */
const NATIVE: ReadonlySet<string> = new Set(["Enter", "Space", "ArrowDown", "ArrowUp", "Home", "End"]);
let groups: readonly Group[] = [];
const watchers = new Set<() => void>();
let first: { key: string; at: number } | null = null;

function told(): void {
  for (const watcher of watchers) watcher();
}

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio])");
}

function free(target: EventTarget | null): boolean {
  return target === document.body || (target instanceof HTMLElement && target.matches("#main, h1, [role=grid]"));
}

function press(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
  if (document.querySelector("[role=dialog], [role=menu]") !== null) return; // it has the keyboard
  const key = event.key === " " ? "Space" : event.key;
  if (NATIVE.has(key) && !free(event.target)) return;
  const pair = first !== null && event.timeStamp - first.at < PAIR_MS ? `${first.key} ${key}` : null;
  const all = groups.flatMap((group) => group.shortcuts);
  const found = all.find((one) => one.keys === pair) ?? all.find((one) => one.keys === key);
  first = { key, at: event.timeStamp };
  if (found === undefined) return;
  first = null;
  event.preventDefault();
  found.run();
}

/** Keys that work as long as this is on the page; the help shows them by themselves. */
export function useShortcuts(title: string, shortcuts: readonly Shortcut[]): void {
  useEffect(() => {
    const group = { title, shortcuts };
    if (groups.length === 0) addEventListener("keydown", press);
    groups = [...groups, group];
    told();
    return () => {
      groups = groups.filter((one) => one !== group);
      if (groups.length === 0) removeEventListener("keydown", press);
      told();
    };
  }, [title, shortcuts]);
}

export function useShortcutGroups(): readonly Group[] {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => groups,
  );
}
