import { Bank, CPU, Mode, PSR } from '../../jit/abi/cpu-state.js';
import { FPEXC_EN, SCTLR } from '../../jit/abi/registers.js';
import { VCPU_BYTES } from '../../jit/abi/vcpu-layout.js';
import type { Decoder } from '../../jit/isa/decoder.js';
import { Bus } from '../../runtime/bus.js';
import { VirtualClock } from '../../runtime/clock.js';
import { Vcpu } from '../../runtime/cpu/vcpu.js';
import { CodeCache } from '../../runtime/interpreter/code-cache.js';
import { CodePages } from '../../runtime/mmu/code-pages.js';
import { ExclusiveMonitors } from '../../runtime/mmu/exclusive-monitors.js';
import { Translations } from '../../runtime/translation/translations.js';
import { regionHeads } from './code-image.js';
import {
  CODE,
  CODE_BYTES,
  FILLER,
  WINDOW,
  WINDOW_PAGE,
  WINDOW_PAGE_BYTES,
  WINDOW_WORDS,
} from './memory-map.js';
import { CPSR_COMPARED, type Outcome, Signal, type TestCase } from './test-case.js';

const SECTION = 0x10_0000;
/** Guest physical RAM: translation tables, the window page, then the code. */
const RAM = 0x4000_0000;
const RAM_BYTES = SECTION + CODE_BYTES;
const LEVEL1 = 0;
const LEVEL2 = 0x4000;
const VECTORS_TABLE = 0x4400;
const WINDOW_RAM = 0x8000;
const VECTORS_RAM = 0x9000;
const CODE_RAM = SECTION;
/** Exception vectors: every one branches to itself. A page of PL1 alone, where no case goes. */
const VECTORS = 0xf800_0000;
const BRANCH_TO_ITSELF = 0xeaff_fffe;

/** Instructions after which a case is given up: it loops. */
const STEP_LIMIT = 24;
/** More branches than any case takes: regions are asked for, not found. */
const NEVER_HOT = Number.POSITIVE_INFINITY;
/** IFSR for a BKPT instruction; IFSR and DFSR for an Alignment fault (ARM DDI 0406C table B3-23). */
const DEBUG_EVENT = 0b00010;
const ALIGNMENT_FAULT = 0b00001;
const FAULT_STATUS = 0x40f;

/** An exception, as far as the outcome depends on it. */
interface Ending {
  readonly signal: number;
  readonly faultAddress: number;
  /** Added to LR of the exception's mode to give the address of the instruction. */
  readonly lrOffset: number;
}

/** Our machine with the memory map of a conformance run, in User mode behind the MMU. */
export class ConformanceMachine {
  readonly #memory: WebAssembly.Memory;
  readonly #vcpu: Vcpu;
  readonly #code: CodeCache;
  readonly #translations: Translations | undefined;
  readonly #ram: DataView;
  readonly #words: Int32Array;

  /** @param translate whether there is a translator: see {@link translate} */
  constructor(decoder: Decoder, translate = false) {
    const pages = (VCPU_BYTES + RAM_BYTES) / 65536;
    this.#memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const bus = new Bus();
    bus.addRam({ address: RAM, size: RAM_BYTES, offset: VCPU_BYTES, readOnly: false });
    this.#code = new CodeCache(decoder);
    this.#translations = translate
      ? new Translations(this.#memory, this.#code, NEVER_HOT, {
          emptyJumpCaches: () => this.#vcpu.emptyJumpCaches(),
        })
      : undefined;
    const line = () => {};
    this.#vcpu = new Vcpu({
      memory: this.#memory,
      base: 0,
      index: 0,
      features: { security: false, virtualization: false, cpus: 1 },
      bus,
      clock: new VirtualClock(),
      codePages: new CodePages(this.#memory.buffer.byteLength),
      monitors: new ExclusiveMonitors(),
      code: this.#code,
      tlbs: [],
      ...(this.#translations && { translations: this.#translations }),
      timerLines: { securePhysical: line, nonSecurePhysical: line, virtual: line, hyp: line },
    });
    this.#ram = new DataView(this.#memory.buffer, VCPU_BYTES);
    this.#words = new Int32Array(this.#memory.buffer, VCPU_BYTES);
    this.#mapMemory();
    this.#vcpu.reset(CODE);
    const { state } = this.#vcpu;
    state.set(CPU.TTBR0, RAM + LEVEL1);
    state.set(CPU.TTBCR, 0);
    state.set(CPU.VBAR, VECTORS);
    state.set(CPU.DACR, 1);
    state.set(CPU.SCTLR, state.get(CPU.SCTLR) | SCTLR.M | SCTLR.SW);
    state.set(CPU.CPACR, 0x00f0_0000);
    state.set(CPU.FPEXC, FPEXC_EN);
  }

  /** Begins a batch: filler in CODE, zeros in the window page. */
  clear(): void {
    this.#words.fill(FILLER | 0, CODE_RAM >> 2, (CODE_RAM + CODE_BYTES) >> 2);
    this.clearWindow();
    this.#dropCode();
  }

  /** Begins a batch with these contents of CODE. */
  load(image: Uint8Array): void {
    new Uint8Array(this.#memory.buffer, VCPU_BYTES + CODE_RAM).set(image);
    this.clearWindow();
    this.#dropCode();
  }

  /** Puts zeros into the window page. */
  clearWindow(): void {
    this.#words.fill(0, WINDOW_RAM >> 2, (WINDOW_RAM + WINDOW_PAGE_BYTES) >> 2);
  }

  /** Puts a case's code into a slot, in place of what was there. */
  place(slot: number, slotBytes: number, address: number, code: readonly number[]): void {
    const first = CODE_RAM + slot - CODE;
    this.#words.fill(FILLER | 0, first >> 2, (first + slotBytes) >> 2);
    code.forEach((half, index) => {
      this.#ram.setUint16(CODE_RAM + address - CODE + 2 * index, half, true);
    });
    this.#dropCode();
  }

  /**
   * Translates the code of cases that lies in memory now. They run translated until the code changes. Does nothing
   * in a machine without a translator.
   */
  translate(cases: readonly Pick<TestCase, 'set' | 'address' | 'code'>[]): void {
    const translations = this.#translations;
    if (translations === undefined) return;
    for (const testCase of cases) {
      for (const head of regionHeads(testCase)) {
        const at = CODE_RAM + head - CODE;
        const page = this.#code.page(VCPU_BYTES + (at & -4096));
        translations.request(page, at & 0xfff, testCase.set !== 'A32');
      }
    }
    translations.translateWaiting();
    this.#vcpu.interpreter.mappingChanged();
  }

  /** Instructions that translated code has retired so far. */
  get translated(): number {
    return this.#vcpu.interpreter.translated;
  }

  #dropCode(): void {
    this.#translations?.clear();
    this.#code.clear();
    this.#vcpu.interpreter.mappingChanged();
  }

  /** Runs a case up to its exception; undefined when there is none soon, or one that is no signal (SVC). */
  run({ set, address, input }: Pick<TestCase, 'set' | 'address' | 'input'>): Outcome | undefined {
    const { state, interpreter } = this.#vcpu;
    this.#words.set(input.window, (WINDOW_RAM + WINDOW - WINDOW_PAGE) >> 2);
    state.i32.set(input.registers, CPU.R >> 2);
    state.i32.set(input.vectors, CPU.D >> 2);
    state.set(CPU.FPSCR, input.fpscr);
    state.set(CPU.EXCLUSIVE_SIZE, 0);
    state.cpsr = input.flags | Mode.USR | (set === 'A32' ? 0 : PSR.T);
    interpreter.translationChanged();
    interpreter.fpAccessChanged();
    interpreter.jump(address);
    for (let steps = STEP_LIMIT; steps > 0; ) steps -= interpreter.run(steps);
    return state.mode === Mode.USR ? undefined : this.#outcome();
  }

  #outcome(): Outcome | undefined {
    const { state } = this.#vcpu;
    const { mode } = state;
    const spsr = state.get(CPU.BANKED_SPSR + 4 * (mode === Mode.UND ? Bank.UND : Bank.ABT));
    const ending = this.#ending((spsr & PSR.T) !== 0);
    if (ending === undefined) return undefined;
    const registers = new Int32Array(16);
    registers.set(state.i32.subarray(CPU.R >> 2, (CPU.R >> 2) + 13));
    registers[13] = state.get(CPU.BANKED_SP + 4 * Bank.USR);
    registers[14] = state.get(CPU.BANKED_LR + 4 * Bank.USR);
    registers[15] = state.get(CPU.R + 56) + ending.lrOffset;
    const window = (WINDOW_RAM + WINDOW - WINDOW_PAGE) >> 2;
    return {
      signal: ending.signal,
      faultAddress: ending.faultAddress >>> 0,
      registers,
      cpsr: spsr & CPSR_COMPARED,
      fpscr: state.get(CPU.FPSCR),
      vectors: state.i32.slice(CPU.D >> 2, (CPU.D >> 2) + 64),
      window: this.#words.slice(window, window + WINDOW_WORDS),
    };
  }

  #ending(thumb: boolean): Ending | undefined {
    const { state, interpreter } = this.#vcpu;
    switch (state.mode) {
      case Mode.UND:
        return { signal: Signal.SIGILL, faultAddress: 0, lrOffset: thumb ? -2 : -4 };
      case Mode.ABT: {
        if ((interpreter.pc & 0x1c) === 0x10) {
          const alignment = (state.get(CPU.DFSR) & FAULT_STATUS) === ALIGNMENT_FAULT;
          return {
            signal: alignment ? Signal.SIGBUS : Signal.SIGSEGV,
            faultAddress: state.get(CPU.DFAR),
            lrOffset: -8,
          };
        }
        const status = state.get(CPU.IFSR) & FAULT_STATUS;
        if (status === DEBUG_EVENT) return { signal: Signal.SIGTRAP, faultAddress: 0, lrOffset: -4 };
        return {
          signal: status === ALIGNMENT_FAULT ? Signal.SIGBUS : Signal.SIGSEGV,
          faultAddress: state.get(CPU.IFAR),
          lrOffset: -4,
        };
      }
      default:
        return undefined;
    }
  }

  /** Short descriptors: sections of read-only code, one page of data that is not executable. Normal memory. */
  #mapMemory(): void {
    for (let offset = 0; offset < CODE_BYTES; offset += SECTION) {
      const section = (RAM + CODE_RAM + offset) | (1 << 15) | (1 << 12) | (3 << 10) | 0b1110;
      this.#words[(LEVEL1 >> 2) + ((CODE + offset) >>> 20)] = section;
    }
    this.#words[(LEVEL1 >> 2) + (WINDOW_PAGE >>> 20)] = (RAM + LEVEL2) | 1;
    const page = (RAM + WINDOW_RAM) | (1 << 6) | (3 << 4) | 0b1111;
    this.#words[(LEVEL2 >> 2) + ((WINDOW_PAGE >>> 12) & 0xff)] = page;
    // The first page of a second table, behind those of the window.
    this.#words[(LEVEL1 >> 2) + (VECTORS >>> 20)] = (RAM + VECTORS_TABLE) | 1;
    this.#words[VECTORS_TABLE >> 2] = (RAM + VECTORS_RAM) | (1 << 4) | 0b1110;
    this.#words.fill(BRANCH_TO_ITSELF, VECTORS_RAM >> 2, (VECTORS_RAM >> 2) + 8);
  }
}
