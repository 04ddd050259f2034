import { Bank, CPU, CPU_STATE_BYTES, TLB_OPERATIONS } from '../../jit/abi/cpu-state.js';
import { JUMP_CACHE_BYTES } from '../../jit/abi/jump-cache.js';
import { MODES_BYTES } from '../../jit/abi/modes.js';
import { REGION_CACHE_BYTES } from '../../jit/abi/region-cache.js';
import { PAGE_BYTES } from '../../jit/abi/tlb.js';
import { VcpuOffset } from '../../jit/abi/vcpu-layout.js';
import type { RegionRequest } from '../../jit/translator/module.js';
import type { CpuState } from '../cpu/state.js';
import type { WatchedPages } from './watched-pages.js';

/** Most instructions that a region retires before it is checked. It has to be as long as a block may be. */
const LONGEST_RUN = 200;
/** Lines of the report for memory that differs. */
const MEMORY_LINES = 16;

/** The vCPU that is checked, as its interpreter offers it. The current instruction is a region's first. */
export interface CheckedCpu {
  readonly state: CpuState;
  /** Address of the next instruction. */
  readonly pc: number;
  /** Runs the region. @returns the instructions retired, at most `budget` */
  runRegion(budget: number): number;
  /**
   * Interprets so many instructions from the region's first on.
   * @param trace is called before each of them with its disassembly
   */
  interpretRegion(count: number, trace?: (address: number, text: string) => void): void;
  /** The region, to be translated to text. */
  describeRegion(): RegionRequest;
}

/** Translated code did something else than the interpreter. The message has the first line of {@link report}. */
export class LockstepError extends Error {
  /** Instructions, registers and memory of both, in lines. */
  readonly report: string;
  /** The region in which execution began. */
  readonly region: RegionRequest;

  constructor(report: string, region: RegionRequest) {
    super(report.split('\n', 1)[0]);
    this.report = report;
    this.region = region;
  }
}

/** What has to be equal afterwards: registers, and the content of the watched pages. */
class Snapshot {
  readonly registers = Buffer.alloc(CPU_STATE_BYTES);
  readonly pages: Buffer[] = [];
  pc = 0;
}

/** A byte that the interpreter has not written as the region did; its next instruction may. */
interface PendingByte {
  readonly address: number;
  /** What the region and what the interpreter has left there. */
  readonly translated: number;
  readonly interpreted: number;
}

/**
 * Lockstep (`--check`) for one vCPU: each execution of a region is taken back, repeated by the interpreter, and the
 * results compared; the interpreter's stay. A region touches nothing but registers and RAM, and of RAM only
 * {@link WatchedPages}, so this is exact.
 *
 * A region may have carried out some of the stores of the instruction before which it left, which stores the
 * same again: bytes that differ are looked at once more after that instruction.
 */
export class RegionCheck {
  /** Regions checked, and instructions in them. */
  regions = 0;
  instructions = 0;
  readonly #cpu: CheckedCpu;
  readonly #watched: WatchedPages;
  readonly #memory: Buffer;
  readonly #live: Buffer;
  /** Jump cache and region cache. */
  readonly #jumps: readonly Buffer[];
  readonly #before = new Snapshot();
  readonly #translated = new Snapshot();
  readonly #interpreted = new Snapshot();
  /** The interpreter's registers in the form in which they are compared. */
  readonly #comparable = Buffer.alloc(CPU_STATE_BYTES);
  /** The pages in the snapshots. */
  #pages: number[] = [];
  #pending: readonly PendingByte[] = [];
  #retired = 0;

  constructor(cpu: CheckedCpu, watched: WatchedPages) {
    this.#cpu = cpu;
    this.#watched = watched;
    const { memory, base } = cpu.state;
    this.#memory = Buffer.from(memory.buffer);
    this.#live = Buffer.from(memory.buffer, base, CPU_STATE_BYTES);
    this.#jumps = [
      Buffer.from(memory.buffer, base + VcpuOffset.JUMP_CACHE, JUMP_CACHE_BYTES),
      Buffer.from(memory.buffer, base + VcpuOffset.REGION_CACHE, REGION_CACHE_BYTES),
    ];
  }

  /** Whether {@link settle} has to be called after the next instruction. */
  get pending(): boolean {
    return this.#pending.length > 0;
  }

  /**
   * Runs the region both ways.
   * @param budget instructions that may be retired
   * @returns how many were; registers and memory are as the interpreter has left them
   * @throws LockstepError
   */
  run(budget: number): number {
    this.#pages = [...this.#watched.watched];
    this.#save(this.#before);
    const longest = Math.min(budget, LONGEST_RUN);
    const retired = this.#runBoth(longest);
    this.regions++;
    this.instructions += retired;
    if (this.#registersDiffer()) throw this.#explain(longest);
    this.#pending = this.#differingBytes();
    this.#retired = retired;
    return retired;
  }

  /** Looks at the bytes again that differed after {@link run}. @throws LockstepError */
  settle(): void {
    const bytes = this.#pending;
    this.#pending = [];
    if (bytes.some(({ address, translated }) => this.#memory[address] !== translated)) {
      throw this.#error(this.#retired, 'memory');
    }
  }

  /** From the state before; the snapshots have both results. @returns the instructions retired */
  #runBoth(budget: number): number {
    const retired = this.#cpu.runRegion(budget);
    this.#save(this.#translated);
    this.#restore(this.#before);
    this.#cpu.interpretRegion(retired);
    this.#save(this.#interpreted);
    return retired;
  }

  #save(snapshot: Snapshot): void {
    this.#live.copy(snapshot.registers);
    snapshot.pc = this.#cpu.pc;
    this.#pages.forEach((page, index) => {
      snapshot.pages[index] ??= Buffer.alloc(PAGE_BYTES);
      this.#memory.copy(snapshot.pages[index], 0, page, page + PAGE_BYTES);
    });
  }

  #restore(snapshot: Snapshot): void {
    snapshot.registers.copy(this.#live);
    this.#pages.forEach((page, index) => {
      snapshot.pages[index].copy(this.#memory, page);
    });
  }

  #registersDiffer(): boolean {
    normalizeRegisters(this.#translated.registers);
    this.#interpreted.registers.copy(this.#comparable);
    normalizeRegisters(this.#comparable);
    return (
      !this.#comparable.equals(this.#translated.registers) || this.#translated.pc !== this.#interpreted.pc
    );
  }

  #differingBytes(): PendingByte[] {
    const bytes: PendingByte[] = [];
    this.#pages.forEach((page, index) => {
      const ours = this.#translated.pages[index];
      const truth = this.#interpreted.pages[index];
      if (ours.equals(truth)) return;
      for (let offset = 0; offset < PAGE_BYTES; offset++) {
        if (ours[offset] === truth[offset]) continue;
        bytes.push({ address: page + offset, translated: ours[offset], interpreted: truth[offset] });
      }
    });
    return bytes;
  }

  /** The report on the shortest run from here that goes wrong. */
  #explain(longest: number): LockstepError {
    // Without jumps to other regions it is plain which one is wrong, unless the jump itself is.
    for (const chained of [false, true]) {
      for (let budget = 1; budget <= longest; budget++) {
        this.#restore(this.#before);
        const before = this.#jumps.map((cache) => Buffer.from(cache));
        if (!chained) for (const cache of this.#jumps) cache.fill(0);
        const retired = this.#runBoth(budget);
        before.forEach((cache, index) => {
          cache.copy(this.#jumps[index]);
        });
        if (this.#registersDiffer())
          return this.#error(retired, chained ? 'after a jump to another region' : '');
      }
    }
    return this.#error(0, 'it cannot be repeated');
  }

  #error(retired: number, remark = ''): LockstepError {
    const cpu = this.#cpu;
    const lines: string[] = [];
    const memory = this.#differingBytes().slice(0, MEMORY_LINES);
    this.#restore(this.#before);
    // One more: it is where the region has stopped, or else may be why.
    cpu.interpretRegion(retired + 1, (address, text) => lines.push(`  ${hex(address)}: ${text}`));
    const first = lines[0].trim().slice(0, 8);
    if (lines.length > retired) lines[retired] += ' (left before it)';
    const heading = `cpu${cpu.state.index}: translated code differs from the interpreter in ${retired} instructions from ${first}`;
    const registers = [
      ...differingWords(this.#before.registers, this.#translated.registers, this.#interpreted.registers),
      ...(this.#translated.pc === this.#interpreted.pc
        ? []
        : [`  next PC: translated ${hex(this.#translated.pc)}, interpreted ${hex(this.#interpreted.pc)}`]),
    ];
    const bytes = memory.map(
      ({ address, translated, interpreted }) =>
        `  memory at ${hex(address)} (linear): translated ${hex(translated, 2)}, interpreted ${hex(interpreted, 2)}`,
    );
    const all = [remark === '' ? heading : `${heading} (${remark})`, ...lines, ...registers, ...bytes];
    return new LockstepError(all.join('\n'), cpu.describeRegion());
  }
}

/** Words that generated code and the interpreter use each in their own way. */
const IGNORED = [
  CPU.R + 60,
  CPU.NEXT_PC,
  CPU.BUDGET,
  CPU.NEXT_CPSR,
  CPU.MODES_KNOWN,
  CPU.MODE_CHANGED,
  CPU.SUPERVISOR_CALLS,
  CPU.HYP_TRAPS,
];

/** Makes equal what means the same in the registers of a vCPU (CPU_STATE_BYTES), whoever has executed it. */
export function normalizeRegisters(registers: Buffer): void {
  for (const offset of IGNORED) registers.writeInt32LE(0, offset);
  registers.fill(0, CPU.VECTOR_TEMPORARY, CPU.BANKED_R8_USR);
  registers.fill(0, CPU.TLB_OPERATIONS, CPU.TLB_OPERATIONS + 4 * TLB_OPERATIONS);
  registers.fill(0, CPU.MODES, CPU.MODES + MODES_BYTES);
  // The current mode's own SP and LR are R13 and R14; Hyp mode's LR is User mode's.
  const bank = registers.readInt32LE(CPU.BANK_OFFSET);
  registers.writeInt32LE(0, CPU.BANKED_SP + bank);
  registers.writeInt32LE(0, CPU.BANKED_LR + (bank === 4 * Bank.HYP ? 4 * Bank.USR : bank));
  registers.writeInt32LE(registers.readInt32LE(CPU.NF) & 0x8000_0000, CPU.NF);
  registers.writeInt32LE(registers.readInt32LE(CPU.ZF) === 0 ? 0 : 1, CPU.ZF);
  registers.writeInt32LE(registers.readInt32LE(CPU.VF) & 0x8000_0000, CPU.VF);
}

const FIELDS = Object.entries(CPU);

/** Name in {@link CPU} of the word at an offset. */
export function registerName(offset: number): string {
  const [name, from] = FIELDS.findLast(([, at]) => at <= offset)!;
  return offset === from && name !== 'R' ? name : `${name}[${(offset - from) / 4}]`;
}

/** The register file of both, one register a line, those that differ marked. */
function differingWords(before: Buffer, translated: Buffer, interpreted: Buffer): string[] {
  const start = Buffer.from(before);
  const truth = Buffer.from(interpreted);
  const ours = Buffer.from(translated);
  for (const registers of [start, truth, ours]) normalizeRegisters(registers);
  const lines = ['  register: before, translated, interpreted'];
  for (let offset = 0; offset < CPU_STATE_BYTES; offset += 4) {
    const [was, our, true_] = [start, ours, truth].map((registers) => registers.readInt32LE(offset));
    const differs = our !== true_;
    if (!differs && offset >= CPU.ITSTATE) continue;
    lines.push(`${differs ? '* ' : '  '}${registerName(offset)}: ${hex(was)} ${hex(our)} ${hex(true_)}`);
  }
  return lines;
}

function hex(value: number, digits = 8): string {
  return (value >>> 0).toString(16).padStart(digits, '0');
}
