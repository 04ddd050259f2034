/** The same machine twice, with the translator and without: runs a program on both and compares all that can be seen. */
import { CPU, CPU_STATE_BYTES, PSR } from '../../../jit/abi/cpu-state.js';
import { describe } from '../../../jit/isa/disassembler.js';
import {
  GIC_CPU_INTERFACE_BASE,
  GIC_DISTRIBUTOR_BASE,
  GIC_HYP_BASE,
  GPIO_BASE,
  RTC_BASE,
  UART_BASE,
  VIRTIO_BASE,
} from '../../../runtime/board/memory-map.js';
import { takenIndex, Vector } from '../../../runtime/cpu/exceptions.js';
import type { AccessWidth } from '../../../runtime/devices/device.js';
import { normalizeRegisters, registerName } from '../../../runtime/translation/check.js';
import type { BoardName } from './boards.js';
import { FuzzMachine } from './machine.js';
import type { Program } from './program.js';
import type { CampaignStatistics } from './statistics.js';

/** What went otherwise in translated code. */
export interface Difference {
  /** One line. */
  readonly what: string;
  readonly round: number;
  readonly slice: number;
  /** Registers or bytes, and the instructions of the slice. */
  readonly details: readonly string[];
}

const MOST_LINES = 24;
/** Prefetch aborts in a round of a program that has lost its way: its handlers are out of reach. */
const LOST = 50;

/** Words that differ where nothing is wrong, beside those of --check: names of contexts. */
const NOT_COMPARED = [CPU.CONTEXT, CPU.TLB_BASE];

/** Registers of devices that are read at the end: offset of the first, bytes. */
const OBSERVED: readonly (readonly [address: number, bytes: number])[] = [
  [GIC_DISTRIBUTOR_BASE, 0xf30],
  [GIC_CPU_INTERFACE_BASE, 0x100],
  [GIC_HYP_BASE, 0x120],
  [UART_BASE, 0x50],
  [RTC_BASE, 0x20],
  [GPIO_BASE, 0x424],
  [VIRTIO_BASE, 0x100],
];

export class Pair {
  readonly #translated: FuzzMachine;
  readonly #interpreted: FuzzMachine;
  readonly #statistics: CampaignStatistics;
  readonly #registers = [Buffer.alloc(CPU_STATE_BYTES), Buffer.alloc(CPU_STATE_BYTES)] as const;
  /** Counts at the end of the program before. */
  #regionsBefore = 0;
  #translatedBefore = 0;

  /** @param sabotage makes the translated machine one that is wrong, to see whether that is found */
  constructor(name: BoardName, statistics: CampaignStatistics, sabotage?: (machine: FuzzMachine) => void) {
    this.#statistics = statistics;
    this.#translated = new FuzzMachine(name, true);
    sabotage?.(this.#translated);
    this.#interpreted = new FuzzMachine(name, false);
    this.#count();
  }

  get exits(): FuzzMachine['exits'] {
    return this.#translated.exits;
  }

  /** Counts what happens, in the machine that it costs least. */
  #count(): void {
    const statistics = this.#statistics;
    const { vcpu, board } = this.#interpreted;
    const { definitions } = statistics;
    const countDefinition = (_: number, { definition }: Parameters<typeof describe>[0]) => {
      definitions.add(definition);
    };
    vcpu.interpreter.trace = countDefinition;
    const { exceptions } = vcpu;
    const { raiseDataAbort, takeDataAbort, raisePrefetchAbort } = exceptions;
    exceptions.raiseDataAbort = (va, fault, isWrite) => {
      statistics.countFault(fault.type, fault.stage2);
      return raiseDataAbort.call(exceptions, va, fault, isWrite);
    };
    exceptions.takeDataAbort = (va, fault, isWrite) => {
      statistics.countFault(fault.type, fault.stage2);
      takeDataAbort.call(exceptions, va, fault, isWrite);
    };
    exceptions.raisePrefetchAbort = (va, fault) => {
      statistics.countFault(fault.type, fault.stage2);
      return raisePrefetchAbort.call(exceptions, va, fault);
    };
    const { owner } = board.codePages;
    board.codePages.owner = {
      onCodeWrite: (linear, length) => {
        const dropped = owner!.onCodeWrite(linear, length);
        if (dropped) statistics.rewrites++;
        return dropped;
      },
    };
    const translations = this.#translated.board.translations!;
    const { use } = translations;
    translations.use = (slot) => {
      statistics.entered++;
      use.call(translations, slot);
    };
  }

  /** Runs the program. @returns the first difference. @throws whatever either machine throws: a defect of its own */
  run(program: Program): Difference | undefined {
    const machines = [this.#translated, this.#interpreted] as const;
    for (const machine of machines) machine.load(program);
    const difference = this.#rounds(program) ?? this.#compareEnd(program);
    this.#total();
    return difference;
  }

  #rounds(program: Program): Difference | undefined {
    const { rounds, entries, slices, events, translateOften } = program;
    const machines = [this.#translated, this.#interpreted] as const;
    for (let round = 0; round < rounds; round++) {
      for (const machine of machines) machine.beginRound(entries[round % entries.length]!);
      const before = this.#prefetchAborts;
      for (const [slice, instructions] of slices.entries()) {
        for (const event of events) {
          if (event.slice !== slice) continue;
          for (const machine of machines) machine.deliver(event);
        }
        for (const machine of machines) machine.run(instructions);
        const what = this.#compare();
        if (what !== undefined) return { ...what, round, slice };
        if (this.#interpreted.power !== undefined) {
          this.#statistics.powerRequests++;
          break;
        }
        // Nothing but aborts comes any more.
        if (this.#prefetchAborts - before > LOST) break;
        if (translateOften) this.#translated.translate();
      }
      this.#translated.translate();
    }
    return undefined;
  }

  get #prefetchAborts(): number {
    return this.#interpreted.vcpu.exceptions.taken[takenIndex(Vector.PREFETCH_ABORT)]!;
  }

  #total(): void {
    const statistics = this.#statistics;
    const { vcpu, board } = this.#translated;
    statistics.programs++;
    statistics.instructions += this.#interpreted.retired;
    statistics.deviceAccesses += this.#interpreted.accessCount;
    statistics.regions += board.translations!.statistics.regions - this.#regionsBefore;
    statistics.translated += vcpu.interpreter.translated - this.#translatedBefore;
    this.#regionsBefore = board.translations!.statistics.regions;
    this.#translatedBefore = vcpu.interpreter.translated;
    statistics.countExceptions(this.#interpreted.vcpu.exceptions.taken);
  }

  /** What can be seen between two slices. */
  #compare(): Pick<Difference, 'what' | 'details'> | undefined {
    const [ours, truth] = this.#registers;
    this.#takeRegisters(this.#translated, ours);
    this.#takeRegisters(this.#interpreted, truth);
    if (!ours.equals(truth)) return { what: 'registers differ', details: differingRegisters(ours, truth) };
    const values = (machine: FuzzMachine) => {
      const { vcpu } = machine;
      return {
        PC: vcpu.interpreter.pc,
        'instructions retired': machine.retired,
        time: machine.now,
        'device accesses': machine.accessCount,
        'digest of device accesses': machine.accesses.value,
        power: machine.power,
        asleep: !vcpu.runnable(),
      };
    };
    return differingValues(values(this.#translated), values(this.#interpreted));
  }

  #takeRegisters({ vcpu, cyclesBefore }: FuzzMachine, into: Buffer): void {
    const { base } = vcpu.state;
    Buffer.from(vcpu.state.memory.buffer, base, CPU_STATE_BYTES).copy(into);
    normalizeRegisters(into);
    for (const offset of NOT_COMPARED) into.writeInt32LE(0, offset);
    // Relative to the start of the program: what ran before may differ.
    const low = into.readUInt32LE(CPU.PMCCNTR_BASE) - (cyclesBefore % 2 ** 32);
    const high =
      into.readInt32LE(CPU.PMCCNTR_BASE + 4) - Math.floor(cyclesBefore / 2 ** 32) - (low < 0 ? 1 : 0);
    into.writeInt32LE(low | 0, CPU.PMCCNTR_BASE);
    into.writeInt32LE(high | 0, CPU.PMCCNTR_BASE + 4);
    into.fill(0, CPU.ABANDONED_R, CPU.ABANDONED_R + 64);
  }

  #compareEnd({ rounds, slices }: Program): Difference | undefined {
    const at = { round: rounds - 1, slice: slices.length - 1 };
    const ours = this.#translated.ram;
    const truth = this.#interpreted.ram;
    if (!ours.equals(truth)) return { what: 'memory differs', details: differingBytes(ours, truth), ...at };
    const taken = (machine: FuzzMachine) => machine.vcpu.exceptions.taken.join(' ');
    const values = (machine: FuzzMachine) => ({
      'exceptions by vector': taken(machine),
      ...observe(machine),
    });
    const differing = differingValues(values(this.#translated), values(this.#interpreted));
    return differing && { ...differing, ...at };
  }

  /** The instructions that the interpreter executes in one slice of a program. */
  listing(program: Program, { round, slice }: Pick<Difference, 'round' | 'slice'>): string[] {
    const lines: string[] = [];
    const machine = this.#interpreted;
    const { interpreter } = machine.vcpu;
    const { trace } = interpreter;
    machine.load(program);
    for (let each = 0; each <= round; each++) {
      machine.beginRound(program.entries[each % program.entries.length]!);
      for (const [number, instructions] of program.slices.entries()) {
        if (each === round && number > slice) break;
        for (const event of program.events) if (event.slice === number) machine.deliver(event);
        if (each === round && number === slice) {
          interpreter.trace = (address, instruction) =>
            lines.push(`  ${address.toString(16).padStart(8, '0')}: ${describe(instruction)}`);
        }
        machine.run(instructions);
      }
    }
    interpreter.trace = trace;
    return lines;
  }
}

/** Values of the registers that devices offer. */
function observe({ board }: FuzzMachine): Record<string, number> {
  const values: Record<string, number> = {};
  const { bus } = board;
  const { trace } = bus;
  bus.trace = undefined;
  const width: AccessWidth = 4;
  for (const [address, bytes] of OBSERVED) {
    let sum = 0;
    for (let offset = 0; offset < bytes; offset += width) {
      sum = (Math.imul(sum, 31) + bus.read(address + offset, width, 0)) | 0;
    }
    values[`registers of the device at 0x${address.toString(16)}`] = sum;
  }
  bus.trace = trace;
  return values;
}

function differingValues(
  ours: Record<string, unknown>,
  truth: Record<string, unknown>,
): Pick<Difference, 'what' | 'details'> | undefined {
  const names = Object.keys(truth).filter((name) => ours[name] !== truth[name]);
  if (names.length === 0) return undefined;
  const details = names.map((name) => `  ${name}: translated ${ours[name]}, interpreted ${truth[name]}`);
  return { what: `${names[0]}: not the same`, details };
}

function differingRegisters(ours: Buffer, truth: Buffer): string[] {
  const lines: string[] = [];
  for (let offset = 0; offset < CPU_STATE_BYTES && lines.length < MOST_LINES; offset += 4) {
    const [our, true_] = [ours.readUInt32LE(offset), truth.readUInt32LE(offset)];
    if (our !== true_)
      lines.push(`  ${registerName(offset)}: translated ${hex(our)}, interpreted ${hex(true_)}`);
  }
  const mode = truth.readInt32LE(CPU.CPSR);
  lines.push(`  CPSR.M ${hex(mode & PSR.M, 2)}, T ${(mode & PSR.T) === 0 ? 0 : 1}`);
  return lines;
}

function differingBytes(ours: Buffer, truth: Buffer): string[] {
  const lines: string[] = [];
  for (let offset = 0; offset < truth.length && lines.length < MOST_LINES; offset += 4) {
    const [our, true_] = [ours.readUInt32LE(offset), truth.readUInt32LE(offset)];
    if (our !== true_)
      lines.push(`  window + 0x${hex(offset, 5)}: translated ${hex(our)}, interpreted ${hex(true_)}`);
  }
  return lines;
}

function hex(value: number, digits = 8): string {
  return (value >>> 0).toString(16).padStart(digits, '0');
}
