import type { MessagePort } from 'node:worker_threads';
import type { CacheLocation } from '../cache-file.js';
import type { JobResult } from './backend.js';
import type { PageJob } from './job.js';

/** What the translation worker is started with. */
export interface WorkerStart {
  /** For the messages below. */
  readonly port: MessagePort;
  /** The translation cache; absent: there is none. */
  readonly cache?: CacheLocation;
  /** Arguments with which Node tries machine code: see `machine-code-trial.ts`. */
  readonly trial: readonly string[];
}

/** To the worker. */
export type WorkerRequest =
  | { readonly kind: 'translate'; readonly id: number; readonly pages: readonly PageJob[] }
  /** Machine code of a module, for other runs. */
  | { readonly kind: 'keep code'; readonly name: string; readonly code: ArrayBuffer }
  | { readonly kind: 'close' };

/** From the worker. */
export type WorkerReply =
  /** Hashes of the pages that the cache has regions for. */
  | { readonly kind: 'known'; readonly hashes: Float64Array }
  | { readonly kind: 'translated'; readonly result: JobResult }
  /** Something in the cache is not to be believed. */
  | { readonly kind: 'distrusted'; readonly why: string }
  /** The answer to `close`, and the last message. */
  | { readonly kind: 'closed' };
