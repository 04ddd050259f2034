/** What goes on now, on the last line of a terminal; nothing when standard error is none. */
export class StatusLine {
  readonly #out: NodeJS.WriteStream;
  #shown = false;

  constructor(out: NodeJS.WriteStream = process.stderr) {
    this.#out = out;
  }

  /** Replaces the line. */
  show(text: string): void {
    if (!this.#out.isTTY) return;
    this.#out.write(`\r\x1b[2K${text.slice(0, (this.#out.columns ?? 80) - 1)}`);
    this.#shown = true;
  }

  /** Takes it away. */
  clear(): void {
    if (this.#shown) this.#out.write('\r\x1b[2K');
    this.#shown = false;
  }
}
