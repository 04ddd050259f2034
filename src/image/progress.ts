/** Says what goes on, on standard error: a line a step, and a bar for downloads when it is a terminal. */
export class Progress {
  readonly #out: NodeJS.WriteStream;
  #lastDrawn = 0;
  #barShown = false;

  constructor(out: NodeJS.WriteStream = process.stderr) {
    this.#out = out;
  }

  step(text: string): void {
    this.#clear();
    this.#out.write(`${text}\n`);
  }

  /** Draws a bar at `done` of `total` bytes; only on a terminal, and at most ten times a second. */
  bar(label: string, done: number, total: number): void {
    if (!this.#out.isTTY) return;
    const now = performance.now();
    if (now - this.#lastDrawn < 100 && done < total) return;
    this.#lastDrawn = now;
    const share = total > 0 ? Math.min(1, done / total) : 0;
    const numbers = `${mebibytes(done)} of ${mebibytes(total)} MiB`;
    const width = Math.max(0, Math.min(40, (this.#out.columns ?? 80) - label.length - numbers.length - 12));
    const full = Math.round(share * width);
    const line = `${label} [${'='.repeat(full)}${' '.repeat(width - full)}] ${Math.floor(share * 100)} % ${numbers}`;
    this.#out.write(`\r\x1b[2K${line}`);
    this.#barShown = true;
  }

  /** Takes a bar away. */
  end(): void {
    this.#clear();
  }

  #clear(): void {
    if (this.#barShown) this.#out.write('\r\x1b[2K');
    this.#barShown = false;
  }
}

export const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
