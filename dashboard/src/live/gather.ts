/** Many causes, few runs: a run begins a while after the first cause, and the next one only when that has ended. */

import { BROWSER, type Outside } from "./stream";

export class Gather {
  private planned: (() => void) | null = null;
  private busy = false;
  private due = false;
  private ended = false;

  constructor(
    private readonly run: () => Promise<unknown>,
    private readonly milliseconds: number,
    private readonly outside: Outside = BROWSER,
  ) {}

  note(): void {
    if (this.ended) return;
    if (this.busy) this.due = true;
    else this.planned ??= this.outside.after(this.milliseconds, () => void this.go());
  }

  end(): void {
    this.ended = true;
    this.planned?.();
    this.planned = null;
  }

  private async go(): Promise<void> {
    this.planned = null;
    this.busy = true;
    this.due = false;
    try {
      await this.run();
    } catch {
      // Whoever runs shows what failed; the next cause runs again.
    } finally {
      this.busy = false;
      if (this.due) this.note();
    }
  }
}
