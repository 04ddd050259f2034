import type { WholeRun } from './messages.js';

export interface WholeEvents {
  /** The end mark came. */
  onEnd(): void;
  onFailure(why: string): void;
}

const lineLimit = 4096;
const lastLines = 12;

/** Reads the serial port of a guest that is measured as a whole. */
export class WholeMarks<Observation> {
  readonly bench: string[] = [];
  /** The last lines that came. */
  readonly output: string[] = [];
  start: Observation | undefined;
  end: Observation | undefined;
  readonly #whole: WholeRun;
  readonly #observe: () => Observation;
  readonly #events: WholeEvents;
  #line = '';

  constructor(whole: WholeRun, observe: () => Observation, events: WholeEvents) {
    this.#whole = whole;
    this.#observe = observe;
    this.#events = events;
  }

  get recent(): readonly string[] {
    return this.#line === '' ? this.output : [...this.output, this.#line];
  }

  /** The start of a measurement from reset. */
  begin(): void {
    this.start = this.#observe();
  }

  /** The machine was switched off: the end, when no mark is waited for. */
  finish(): void {
    if (this.#whole.end === undefined) this.end ??= this.#observe();
    if (this.#line !== '') this.#take(this.#line);
  }

  receive(byte: number): void {
    if (byte === 0x0a) {
      const line = this.#line;
      this.#line = '';
      this.#take(line);
    } else if (byte !== 0x0d && this.#line.length < lineLimit) {
      this.#line += String.fromCharCode(byte);
    }
  }

  #take(line: string): void {
    this.output.push(line);
    if (this.output.length > lastLines) this.output.shift();
    const bench = /(?:^|\s)(BENCH .*)$/.exec(line);
    if (bench !== null) this.bench.push(bench[1]);
    const panic = /Kernel panic - not syncing: (.*)/.exec(line);
    if (panic !== null) this.#events.onFailure(`the guest's kernel panics: ${panic[1]}`);
    const { start, end } = this.#whole;
    if (start !== undefined && this.start === undefined) {
      if (line.includes(start)) this.start = this.#observe();
    } else if (end !== undefined && this.end === undefined && line.includes(end)) {
      this.end = this.#observe();
      this.#events.onEnd();
    }
  }
}
