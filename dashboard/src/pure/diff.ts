/** What changed from one text to another, line by line. */

export interface Line {
  readonly kind: "same" | "gone" | "new";
  readonly text: string;
}
/** Lines that are the same and left out. */
interface Gap {
  readonly kind: "gap";
  readonly lines: number;
}

/** Above this many lines against lines, what changed in the middle is shown as all gone, all new. */
const MOST_CELLS = 4_000_000;

/** Every line of both, in order: the fewest that are gone and new, by their longest common subsequence. */
export function diff(before: string, after: string): Line[] {
  const [a, b] = [before.split("\n"), after.split("\n")];
  let from = 0;
  while (from < a.length && from < b.length && a[from] === b[from]) from += 1;
  let same = 0;
  while (same < a.length - from && same < b.length - from && a.at(-1 - same) === b.at(-1 - same)) same += 1;
  const line = (kind: Line["kind"]) => (text: string) => ({ kind, text });
  return [
    ...a.slice(0, from).map(line("same")),
    ...middle(a.slice(from, a.length - same), b.slice(from, b.length - same)),
    ...a.slice(a.length - same).map(line("same")),
  ];
}

function middle(a: readonly string[], b: readonly string[]): Line[] {
  const gone = a.map((text): Line => ({ kind: "gone", text }));
  const fresh = b.map((text): Line => ({ kind: "new", text }));
  if (a.length === 0 || b.length === 0 || a.length * b.length > MOST_CELLS) return [...gone, ...fresh];
  // common[i * width + j]: how many lines a from i on and b from j on have in common
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const at = i * width + j;
      common[at] = a[i] === b[j] ? common[at + width + 1]! + 1 : Math.max(common[at + width]!, common[at + 1]!);
    }
  }
  const made: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const at = i * width + j;
    if (a[i] === b[j]) {
      made.push({ kind: "same", text: a[i]! });
      i += 1;
      j += 1;
    } else if (common[at + width]! >= common[at + 1]!) made.push(gone[i++]!);
    else made.push(fresh[j++]!);
  }
  return [...made, ...gone.slice(i), ...fresh.slice(j)];
}

/** The same with what is far from any change left out; nothing at all where nothing changed. */
export function fold(lines: readonly Line[], around = 3): (Line | Gap)[] {
  const near = new Set<number>();
  lines.forEach((line, index) => {
    if (line.kind === "same") return;
    for (let at = index - around; at <= index + around; at += 1) near.add(at);
  });
  if (near.size === 0) return [];
  const made: (Line | Gap)[] = [];
  lines.forEach((line, index) => {
    const last = made.at(-1);
    if (near.has(index)) made.push(line);
    else if (last?.kind === "gap") made[made.length - 1] = { kind: "gap", lines: last.lines + 1 };
    else made.push({ kind: "gap", lines: 1 });
  });
  return made;
}
