import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { CacheLocation } from '../cache-file.js';
import type { JobResult, TranslationBackend } from './backend.js';
import type { PageJob } from './job.js';
import { ENGINE_FLAGS } from './machine-code.js';
import type { WorkerReply, WorkerRequest, WorkerStart } from './worker-messages.js';

/** Size of the worker's young generation, in MiB: what a job leaves behind is garbage soon. */
const YOUNG_MB = 12;

/** Longest wait for the worker when the run ends, in milliseconds. */
const CLOSE_MS = 3000;

/** The worker's code, and what Node needs to run it. */
export interface WorkerProgram {
  readonly file: URL;
  readonly execArgv: readonly string[];
  /** Arguments for Node to run `machine-code-trial.ts`. */
  readonly trial: readonly string[];
}

/** Where translations outlive a run. */
export interface TranslationCache extends CacheLocation {
  /** Is told, at most once, of a folder or file that is not to be believed. */
  readonly onDistrust?: (why: string) => void;
}

/** Absent where it is TypeScript, which Node does not run by itself. */
function defaultProgram(): WorkerProgram | undefined {
  if (!import.meta.url.endsWith('.js')) return undefined;
  return {
    file: new URL('./worker.js', import.meta.url),
    execArgv: [],
    trial: [fileURLToPath(new URL('./machine-code-trial.js', import.meta.url))],
  };
}

/**
 * Translates in a worker thread, so that the guest goes on meanwhile. Results are collected by looking, not by
 * events: the event loop turns only now and then while a guest runs.
 */
export class WorkerBackend implements TranslationBackend {
  readonly blocking = false;
  failure: string | undefined;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #onDistrust: ((why: string) => void) | undefined;
  #pending = 0;
  #known = new Set<number>();
  #closed = false;

  /** Whether the worker can be started: not from TypeScript sources. */
  static get available(): boolean {
    return defaultProgram() !== undefined;
  }

  /** @param cache absent: there is none */
  constructor(cache?: TranslationCache, program: WorkerProgram = defaultProgram()!) {
    setFlagsFromString(ENGINE_FLAGS);
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    // The first answer: which pages the cache has.
    if (cache !== undefined) this.#pending = 1;
    this.#onDistrust = cache?.onDistrust;
    const start: WorkerStart = {
      port: port2,
      trial: program.trial,
      ...(cache && { cache: { folder: cache.folder, key: cache.key } }),
    };
    this.#worker = new Worker(program.file, {
      workerData: start,
      transferList: [port2],
      // Kept from the terminal: it is the guest's.
      stdout: true,
      stderr: true,
      execArgv: [...program.execArgv],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.#worker.unref();
    port1.unref();
    this.#worker.on('error', (error: Error) => this.#fail(error.message));
    this.#worker.on('exit', () => this.#fail('the worker has ended'));
  }

  get ready(): boolean {
    return this.failure === undefined && !this.#closed;
  }

  get pending(): number {
    return this.#pending;
  }

  get knowsPages(): boolean {
    return this.#known.size > 0;
  }

  knows(hash: number): boolean {
    return this.#known.has(hash);
  }

  submit(id: number, pages: readonly PageJob[]): void {
    this.#pending++;
    this.#send({ kind: 'translate', id, pages });
  }

  collect(): JobResult | undefined {
    for (;;) {
      const message = receiveMessageOnPort(this.#port)?.message as WorkerReply | undefined;
      if (message === undefined) return undefined;
      if (message.kind === 'closed') continue;
      if (message.kind === 'distrusted') {
        this.#onDistrust?.(message.why);
        continue;
      }
      this.#pending--;
      if (message.kind === 'translated') return message.result;
      this.#known = new Set(message.hashes);
    }
  }

  keepCode(name: string, code: ArrayBuffer): void {
    this.#port.postMessage({ kind: 'keep code', name, code } satisfies WorkerRequest, [code]);
  }

  async close(): Promise<void> {
    if (!this.ready) return;
    this.#closed = true;
    this.#send({ kind: 'close' });
    // The worker ends by itself when everything is written.
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, CLOSE_MS);
      this.#worker.once('exit', () => {
        clearTimeout(late);
        resolve();
      });
    });
    await this.#worker.terminate();
  }

  #send(request: WorkerRequest): void {
    this.#port.postMessage(request);
  }

  #fail(why: string): void {
    if (this.#closed) return;
    this.failure ??= why;
    this.#pending = 0;
  }
}
