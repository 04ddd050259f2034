/** A campaign of programs as the command line runs it: with a watchdog, failures as they come, and figures at the end. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { FuzzOptions } from '../kinds.js';
import { type MachineFailure, type MachineReport, runMachineCampaign } from './campaign.js';
import type { MachineKindName } from './kinds.js';
import { formatProgram } from './program.js';

/** A program that takes so long, in milliseconds, hangs. */
const HANGS_MS = 60_000;
const MOST_CAUSES = 12;
const MOST_LINES = 60;
const MOST_KEPT = 100;
/** Programs from one sign of life to the next. */
const SIGN_OF_LIFE = 10_000;

/**
 * Ends the process when programs do not come to an end: nobody else could. It is given the number of the program, and the seed, in
 * shared memory.
 */
const WATCHDOG = `
const { workerData } = require('node:worker_threads');
const { writeSync } = require('node:fs');
let seen = -1;
setInterval(() => {
  const [index, seed] = workerData.progress;
  if (index !== seen) { seen = index; return; }
  writeSync(2, 'fuzz: ' + workerData.kind + ' --seed ' + seed + ' --count 1 hangs\\n');
  process.kill(process.pid, 'SIGKILL');
}, ${HANGS_MS});
`;

/** Machine code is short-lived here: little is spent on it. */
function setEngineFlags(): void {
  for (const flag of ['--wasm-num-compilation-tasks=0', '--wasm-lazy-compilation']) setFlagsFromString(flag);
}

/** @returns whether nothing has failed, and enough was run */
export function runMachines(kind: MachineKindName, { seed, count, show, keep }: FuzzOptions): boolean {
  setEngineFlags();
  const progress = new Int32Array(new SharedArrayBuffer(8));
  const watchdog = new Worker(WATCHDOG, { eval: true, workerData: { kind, progress } });
  watchdog.unref();
  const began = performance.now();
  let failures = 0;
  const report = runMachineCampaign({
    kind,
    seed,
    count,
    onProgram: (index, each) => {
      progress[0] = index;
      progress[1] = each;
      if (index > 0 && index % SIGN_OF_LIFE === 0) {
        const { rss } = process.memoryUsage();
        console.log(`${kind}: ${index} programs, ${failures} failures, ${Math.round(rss / 2 ** 20)} MiB`);
      }
    },
    onFailure: (failure) => {
      failures++;
      if (failures <= show) printFailure(failure);
      if (keep !== undefined && failures <= MOST_KEPT) keepFailure(failure, keep);
    },
  });
  printReport(report, (performance.now() - began) / 1000);
  void watchdog.terminate();
  return report.failures.length === 0 && report.shortfalls.length === 0;
}

function printFailure({ kind, seed, program, what, details }: MachineFailure): void {
  console.log(`${kind} --seed ${seed} --count 1 (board ${program.board}): ${what}`);
  for (const line of details.slice(0, MOST_LINES)) console.log(line);
  console.log();
}

function keepFailure({ kind, seed, program, what }: MachineFailure, folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${kind}-${seed}.json`), formatProgram(program, what));
}

function printReport(
  { kind, statistics, exits, failures, shortfalls }: MachineReport,
  seconds: number,
): void {
  const { programs, instructions, translated, regions, entered, rewrites, deviceAccesses } = statistics;
  const percent = ((100 * translated) / Math.max(1, instructions)).toFixed(1);
  const line = (name: string, text: string | number) => console.log(`  ${name.padEnd(22)}${text}`);
  console.log(`${kind}: ${programs} programs`);
  const { user, system } = process.cpuUsage();
  const busy = (user + system) / 1e6;
  line('time', `${seconds.toFixed(1)} s, ${(programs / busy).toFixed(0)} programs a second of the processor`);
  line('failures', failures.length);
  line('instructions', `${instructions}, ${percent}% translated`);
  line('definitions executed', statistics.definitions.size);
  line('regions', `${regions} made, entered ${entered} times from the interpreter`);
  line('code rewritten', `${rewrites} times`);
  line('device accesses', deviceAccesses);
  line('PSCI requests', statistics.powerRequests);
  line('faults', counts(statistics.faults));
  line('exceptions', counts(statistics.exceptions));
  line('exits of regions', counts(exits, MOST_CAUSES));
  for (const shortfall of shortfalls) console.error(`fuzz: ${kind} has not looked enough: ${shortfall}`);
}

function counts(map: ReadonlyMap<string, number>, most = Number.POSITIVE_INFINITY): string {
  const sorted = [...map].sort(([, a], [, b]) => b - a).slice(0, most);
  return sorted.map(([name, count]) => `${name} ${count}`).join(', ') || 'none';
}
