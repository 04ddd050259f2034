/** What the guest's init said of one run of a program. */
export interface MarkedRun<Observation> {
  readonly name: string;
  /** As the shell has it: 128 + n after signal n. */
  readonly status: number;
  /** ru_maxrss of getrusage(2), in bytes. */
  readonly peakMemory: number;
  readonly start: Observation;
  readonly end: Observation;
  /** Lines `BENCH name value unit` that it printed. */
  readonly bench: readonly string[];
  /** The last lines that it printed. */
  readonly output: readonly string[];
}

export interface ProtocolEvents<Observation> {
  /** The guest waits for a command. */
  onReady(): void;
  onRun(run: MarkedRun<Observation>): void;
  /** Its kernel has given up, or something unexpected came. */
  onFailure(why: string): void;
}

/** What the host says; see init.c. */
export const runCommand = (name: string): string => `run ${name}\n`;
export const offCommand = 'off\n';

/** Longest line that is kept whole. */
const lineLimit = 4096;
/** Lines kept to say why a guest failed. */
const lastLines = 12;

/**
 * Reads the serial port of a guest with our init. Marks are observed the moment their last character comes.
 * @typeParam Observation what is looked at when a program starts and when it ends
 */
export class SerialProtocol<Observation> {
  readonly #observe: () => Observation;
  readonly #events: ProtocolEvents<Observation>;
  readonly #recent: string[] = [];
  #line = '';
  #start: Observation | undefined;
  #end: { readonly at: Observation; readonly status: number; readonly peakMemory: number } | undefined;
  #bench: string[] = [];
  #output: string[] = [];

  constructor(observe: () => Observation, events: ProtocolEvents<Observation>) {
    this.#observe = observe;
    this.#events = events;
  }

  /** The last lines that came. */
  get recent(): readonly string[] {
    return this.#line === '' ? this.#recent : [...this.#recent, this.#line];
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
    // The kernel may have printed into the line before the mark.
    const mark = /@(ready|start|end|done)(?: (\S+)(?: (\d+) (\d+))?)?$/.exec(line);
    if (mark !== null && !line.startsWith('| ')) {
      this.#mark(mark);
      return;
    }
    if (this.#end !== undefined && line.startsWith('| ')) this.#output.push(line.slice(2));
    else if (this.#end !== undefined && line.startsWith('BENCH ')) this.#bench.push(line);
    else {
      this.#recent.push(line);
      if (this.#recent.length > lastLines) this.#recent.shift();
      const panic = /Kernel panic - not syncing: (.*)/.exec(line);
      if (panic !== null) this.#events.onFailure(`the guest's kernel panics: ${panic[1]}`);
    }
  }

  #mark([, kind, name, status, kibibytes]: RegExpExecArray): void {
    switch (kind) {
      case 'ready':
        this.#events.onReady();
        return;
      case 'start':
        this.#bench = [];
        this.#output = [];
        this.#end = undefined;
        this.#start = this.#observe();
        return;
      case 'end':
        this.#end = { at: this.#observe(), status: Number(status), peakMemory: 1024 * Number(kibibytes) };
        return;
      default: {
        const start = this.#start;
        const end = this.#end;
        if (start === undefined || end === undefined) {
          this.#events.onFailure(`the guest ended '${name}' without having started it`);
          return;
        }
        const { status: code, peakMemory } = end;
        this.#end = undefined;
        const [bench, output] = [this.#bench, this.#output];
        this.#events.onRun({ name, status: code, peakMemory, start, end: end.at, bench, output });
      }
    }
  }
}
