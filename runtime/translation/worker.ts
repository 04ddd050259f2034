/** The translation worker: carries out jobs in their order, with a decoder and a disk cache of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { Decoder } from '../../jit/isa/decoder.js';
import { DEFINITIONS } from '../../jit/isa/table.js';
import { CodeCache } from '../interpreter/code-cache.js';
import { finishJob, type JobResult } from './backend.js';
import { DiskCache } from './disk-cache.js';
import { type PageJob, type PageResult, translatePage } from './job.js';
import { engineName } from './machine-code.js';
import { ModuleCollector } from './module-collector.js';
import { translatorVersion } from './translator-version.js';
import { tryEngine } from './try-engine.js';
import type { WorkerReply, WorkerRequest, WorkerStart } from './worker-messages.js';

/** Different encodings that the decoder remembers at most. */
const MOST_ENCODINGS = 20_000;
/** Pages with their regions that are kept in memory before new ones are written. */
const MOST_PAGES = 512;
/** Bytes of WebAssembly between two collections: this thread has no use for a module that it has sent away. */
const COLLECTED_BYTES = 4 << 20;
/** Milliseconds without a job before new regions are written to the cache. */
const QUIET_MS = 500;

const { port, cache, trial } = workerData as WorkerStart;
const code = new CodeCache(new Decoder(DEFINITIONS));
const collector = new ModuleCollector(COLLECTED_BYTES);
const reply = (message: WorkerReply) => port.postMessage(message);
const store = cache && new DiskCache(cache, translatorVersion(), { onDistrust });
const closing = new AbortController();
let tried = false;
let quiet: NodeJS.Timeout | undefined;

function onDistrust(why: string): void {
  reply({ kind: 'distrusted', why });
}

/** Uses machine code with an engine that is known to bear it; another one is tried, aside, in the first run that translates. */
async function judgeEngine(files: DiskCache): Promise<void> {
  const engine = engineName();
  let sound = files.engineIsSound(engine);
  if (sound === undefined) {
    sound = await tryEngine(trial, engine, closing.signal);
    if (sound !== undefined) files.judgeEngine(engine, sound);
  }
  files.takesMachineCode = sound === true;
}

function carryOut(id: number, pages: readonly PageJob[]): JobResult {
  const began = performance.now();
  try {
    return finishJob(id, translateAll(pages, store), began, store);
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError) || store === undefined) throw error;
    // The cache has given something that is no WebAssembly here.
    store.clear();
    return finishJob(id, translateAll(pages), began);
  }
}

function translateAll(pages: readonly PageJob[], from?: DiskCache): PageResult[] {
  return pages.map((page) => translatePage(page, code, from));
}

function translate(id: number, pages: readonly PageJob[]): void {
  if (store !== undefined && !tried) void judgeEngine(store);
  tried = true;
  const result = carryOut(id, pages);
  reply({ kind: 'translated', result });
  for (const { bytes } of result.modules) collector.dropped(bytes);
}

port.on('message', (request: WorkerRequest) => {
  clearTimeout(quiet);
  if (request.kind === 'close') {
    closing.abort();
    store?.flush();
    store?.trim();
    reply({ kind: 'closed' });
    port.close();
    parentPort?.close();
    return;
  }
  if (request.kind === 'keep code') {
    store?.addCode(request.name, request.code);
    return;
  }
  translate(request.id, request.pages);
  if (code.size > MOST_ENCODINGS) code.clear();
  collector.collect();
  if (store === undefined) return;
  if (store.size > MOST_PAGES) store.flush();
  else quiet = setTimeout(() => store.flush(), QUIET_MS);
});

if (store !== undefined) reply({ kind: 'known', hashes: Float64Array.from(store.hashes()) });
