/** Shown only for what takes longer, in milliseconds. */
const patience = 2000;
const interval = 200;
const barWidth = 24;

/** How far a benchmark is, on the last line of a terminal; nothing when standard error is none, or all is over soon. */
export class ProgressBar {
  readonly #out: NodeJS.WriteStream;
  readonly #started = performance.now();
  #stepStarted = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #text = '';
  #done = 0;
  #total = 0;
  #shown = false;

  constructor(out: NodeJS.WriteStream = process.stderr) {
    this.#out = out;
  }

  /** @param done steps that are over, of `total` */
  step(text: string, done: number, total: number): void {
    this.#text = text;
    this.#done = done;
    this.#total = total;
    this.#stepStarted = performance.now();
    if (!this.#out.isTTY) return;
    this.#timer ??= setInterval(() => this.#draw(), interval).unref();
    this.#draw();
  }

  /** Takes it away, so that something else can be printed; it comes back by itself. */
  clear(): void {
    if (this.#shown) this.#out.write('\r\x1b[2K');
    this.#shown = false;
  }

  end(): void {
    clearInterval(this.#timer);
    this.clear();
  }

  #draw(): void {
    const now = performance.now();
    if (now - this.#started < patience) return;
    const full = Math.round((this.#done / Math.max(1, this.#total)) * barWidth);
    const bar = `[${'='.repeat(full)}${' '.repeat(barWidth - full)}]`;
    const seconds = Math.floor((now - this.#stepStarted) / 1000);
    const line = `${bar} ${this.#done}/${this.#total} ${this.#text} (${seconds} s)`;
    this.#out.write(`\r\x1b[2K${line.slice(0, (this.#out.columns || 80) - 1)}`);
    this.#shown = true;
  }
}
