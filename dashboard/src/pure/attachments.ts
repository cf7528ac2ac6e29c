/** What was attached to a ticket, as its metadata lists it; that is anybody's, so nothing is taken for granted. */

interface Attachment {
  readonly name: string;
  readonly type: string | null;
  /** In bytes. */
  readonly size: number | null;
}

export function attachments(metadata: unknown): Attachment[] {
  if (typeof metadata !== "object" || metadata === null || !("attachments" in metadata)) return [];
  const listed: unknown = metadata.attachments;
  if (!Array.isArray(listed)) return [];
  return listed.flatMap((one: unknown) => {
    if (typeof one !== "object" || one === null) return [];
    const { name, type, size } = one as Record<string, unknown>;
    return [
      {
        name: typeof name === "string" && name !== "" ? name : "(no name)",
        type: typeof type === "string" ? type : null,
        size: typeof size === "number" && size >= 0 ? size : null,
      },
    ];
  });
}

/** "512 B", "1.4 kB", "12 MB". */
export function size(bytes: number): string {
  const steps = ["B", "kB", "MB", "GB"];
  let [value, step] = [bytes, 0];
  while (value >= 1_000 && step < steps.length - 1) [value, step] = [value / 1_000, step + 1];
  return `${step === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${steps[step]}`;
}
