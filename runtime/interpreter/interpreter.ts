import { CPU, FpEnabled, Mode, PSR } from '../../jit/abi/cpu-state.js';
import { Resume } from '../../jit/abi/resume.js';
import { PAGE_BYTES, PAGE_MASK } from '../../jit/abi/tlb.js';
import { isThumb32 } from '../../jit/isa/decoder.js';
import { describe } from '../../jit/isa/disassembler.js';
import type { Definition, Instruction } from '../../jit/isa/instruction.js';
import type { Ops, OpsOf, SystemOps } from '../../jit/isa/ops.js';
import type { RegionRequest } from '../../jit/translator/module.js';
import { type ExecutionControl, GUEST_EXCEPTION } from '../cpu/execution-control.js';
import { forgetModes, isModeRemembered, recallMode, rememberMode } from '../cpu/mode-table.js';
import { updateSystemAccess } from '../cpu/system-access.js';
import { Fault, FaultType } from '../mmu/fault.js';
import type { JumpCache } from '../mmu/jump-cache.js';
import type { CheckedCpu, RegionCheck } from '../translation/check.js';
import type { ExitStatistics } from '../translation/exit-statistics.js';
import { PageBytesReader } from '../translation/page-reader.js';
import type { RegionCache } from '../translation/region-cache.js';
import type { RegionRunner, Translations } from '../translation/translations.js';
import { isAbandonable } from './abandonable.js';
import type { CodeCache, DecodedPage } from './code-cache.js';
import { type IntegerParts, InterpretedInteger } from './integer.js';
import type { InterpretedSimd } from './simd/simd.js';
import type { InterpretedVfp } from './vfp.js';

/** A page address that no PC has. */
const NO_PAGE = 1;

/** What the interpreter needs of the vCPU it executes. */
export interface InterpreterParts extends IntegerParts {
  readonly code: CodeCache;
  readonly sys: SystemOps<number>;
  readonly vfp: InterpretedVfp;
  readonly simd: InterpretedSimd;
  /** Absent: everything is interpreted. */
  readonly translations?: Translations;
  /** Both there with translations. */
  readonly regionCache?: RegionCache;
  readonly jumpCache?: JumpCache;
}

/**
 * Executes one vCPU by calling the semantic functions with operations on plain numbers: the reference, and
 * what runs cold code. Here is the run loop, with the way to translated code and back.
 */
export class Interpreter
  extends InterpretedInteger
  implements OpsOf<number, number, number>, ExecutionControl, CheckedCpu, RegionRunner
{
  readonly sys: SystemOps<number>;
  readonly vfp: InterpretedVfp;
  readonly simd: InterpretedSimd;
  /** Called before each instruction when `--trace asm` is on. */
  trace: ((address: number, instruction: Instruction) => void) | undefined;
  /** WFI was executed: do not run until an interrupt is pending. */
  waiting = false;
  /** The vCPU would rather let the others run (WFE, YIELD). */
  yielded = false;

  /** For `--stats`: why translated code came back here. */
  exits: ExitStatistics | undefined;
  /** For `--check`: each execution of a region is repeated here and compared. */
  check: RegionCheck | undefined;

  readonly #code: CodeCache;
  readonly #registers: number;
  readonly #abandonedRegisters: number;
  readonly #base: number;
  readonly #translations: Translations | undefined;
  readonly #regionCache: RegionCache | undefined;
  readonly #jumpCache: JumpCache | undefined;

  /** Instructions left before the inner loop returns, and those taken from it to make it return early. */
  #budget = 0;
  #deferred = 0;
  /** What the budget was when translated code went on. */
  #given = 0;
  /** Slot of the region that the interpreter has come to, or RETURN. */
  #region: number = Resume.RETURN;
  /** One instruction is interpreted whatever region begins there. */
  #stepping = false;
  /** The current instruction was abandoned: what PC was after the exception entry. */
  #abandoned = false;
  #abandonedPc = 0;
  /** The current instruction has ended in an exception whose mode translated code enters. */
  #entering = false;
  /** What {@link mayAbandon} was asked about last, and its answer. */
  #lastTrapped: Definition | undefined;
  #lastAbandonable = false;
  /** Instructions retired by translated code. */
  #translated = 0;
  /** Instructions given to the current {@link run}. */
  #slice = 0;
  #interruptCheck = true;
  /** The page that code is fetched from: its virtual address (NO_PAGE: look up) and its instructions. */
  #pageAddress = NO_PAGE;
  #page: DecodedPage | undefined;
  /** That page's instructions in the current instruction set, and for Thumb those in IT blocks. */
  #slots: (Instruction | undefined)[] = [];
  #slotsIT: (Instruction | undefined)[] = [];
  /** The last one that crossed into another page, which no slot has. */
  #crossing: Instruction | undefined;
  /** The region that {@link check} looks at, the address of its first instruction, and whether it is being interpreted. */
  #checkedEntry: Instruction | undefined;
  #checkedAddress = 0;
  #repeating = false;
  readonly #fetchFault = new Fault();

  constructor(parts: InterpreterParts) {
    super(parts);
    this.sys = parts.sys;
    this.vfp = parts.vfp;
    this.simd = parts.simd;
    this.simd.memory = this;
    this.vfp.memory = this;
    this.#code = parts.code;
    this.#registers = this.r;
    this.#abandonedRegisters = (parts.state.base + CPU.ABANDONED_R) >> 2;
    this.#base = parts.state.base;
    this.#translations = parts.translations;
    this.#regionCache = parts.regionCache;
    this.#jumpCache = parts.jumpCache;
  }

  // Running

  /** Address of the next instruction, unsigned. */
  get pc(): number {
    return this.nextPc >>> 0;
  }

  /** Instructions that translated code has retired so far. */
  get translated(): number {
    return this.#translated;
  }

  /** Instructions executed in the {@link run} that is under way. */
  get executed(): number {
    return this.#slice - this.#budget - this.#deferred;
  }

  /**
   * Executes up to `slice` instructions; fewer when the vCPU begins to wait, or yields.
   * @returns the number executed; one that ends in an exception counts
   */
  run(slice: number): number {
    this.#slice = slice;
    this.#budget = slice;
    this.#deferred = 0;
    this.waiting = false;
    this.yielded = false;
    if (this.#translations !== undefined) this.#translations.runner = this;
    for (let region = this.#interpret(); region !== Resume.RETURN; region = this.#interpret()) {
      this.#translations!.functions[region](this.#base, this.nextPc | (this.thumb ? 1 : 0));
    }
    this.sendEvent();
    const executed = this.executed;
    this.#slice = 0;
    this.#budget = 0;
    this.#deferred = 0;
    return executed;
  }

  /** Interprets up to a region. @returns its slot, or RETURN when the slice is over or the vCPU waits */
  #interpret(): number {
    while (this.#budget > 0) {
      this.#interpretBudget();
      if (this.check?.pending) this.check.settle();
      if (this.waiting || this.yielded) break;
      this.#budget += this.#deferred;
      this.#deferred = 0;
      if (this.#region !== Resume.RETURN) return this.#takeRegion();
    }
    return Resume.RETURN;
  }

  /** Interprets as many instructions as the budget has, fewer with an exception or when one of them says so. */
  #interpretBudget(): void {
    try {
      if (this.#stepping && this.exits !== undefined) this.#countStep(this.exits);
      if (this.#interruptCheck) {
        this.#interruptCheck = false;
        if (this.exceptions.takePendingInterrupt(this.nextPc)) this.itStateSet = true;
      }
      if (this.thumb) this.#runThumb();
      else if (this.#stepping) this.#stepA32();
      else this.#runA32();
    } catch (thrown) {
      if (thrown !== GUEST_EXCEPTION) throw thrown;
      this.#budget--;
    }
    if (this.#abandoned) this.#restoreAbandoned();
  }

  /** Ends the current {@link run} after this instruction: a reset or power-off was asked for. */
  stop(): void {
    this.#leave();
    this.yielded = true;
  }

  #leave(): void {
    this.#deferred += this.#budget - 1;
    this.#budget = 1;
  }

  #runA32(): void {
    const i32 = this.i32;
    const ops = this as unknown as Ops;
    while (this.#budget > 0) {
      const pc = this.nextPc;
      if ((pc & PAGE_MASK) !== this.#pageAddress) this.#enterPage(pc);
      let instruction = this.#slots[(pc & 0xfff) >>> 2];
      if (instruction === undefined) instruction = this.#decodeA32(pc);
      i32[this.pcWord] = pc + 8;
      this.nextPc = (pc + 4) | 0;
      if (this.trace !== undefined) this.trace(pc >>> 0, instruction);
      if (instruction.c === 14 || this.conditionPassed(instruction.c)) instruction.exec(ops, instruction);
      this.#budget--;
      if (this.nextPc !== ((pc + 4) | 0)) this.#countBranch(this.nextPc);
    }
  }

  /** One instruction, whatever region begins there. */
  #stepA32(): void {
    const pc = this.nextPc;
    if ((pc & PAGE_MASK) !== this.#pageAddress) this.#enterPage(pc);
    const instruction = this.#original(this.#slots[(pc & 0xfff) >>> 2] ?? this.#decodeA32(pc));
    this.i32[this.pcWord] = pc + 8;
    this.nextPc = (pc + 4) | 0;
    if (this.trace !== undefined) this.trace(pc >>> 0, instruction);
    if (instruction.c === 14 || this.conditionPassed(instruction.c))
      instruction.exec(this as unknown as Ops, instruction);
    this.#budget--;
  }

  #runThumb(): void {
    const i32 = this.i32;
    const ops = this as unknown as Ops;
    while (this.#budget > 0) {
      const pc = this.nextPc;
      if ((pc & PAGE_MASK) !== this.#pageAddress) this.#enterPage(pc);
      const itstate = i32[this.it];
      i32[this.pcWord] = pc + 4;
      if (itstate === 0) {
        let instruction = this.#slots[(pc & 0xfff) >>> 1];
        if (instruction === undefined) instruction = this.#decodeThumb(pc, false);
        this.nextPc = (pc + instruction.size) | 0;
        if (this.trace !== undefined) this.trace(pc >>> 0, instruction);
        if (instruction.c === 14 || this.conditionPassed(instruction.c)) instruction.exec(ops, instruction);
        if (this.nextPc !== ((pc + instruction.size) | 0)) this.#countBranch(this.nextPc);
      } else {
        let instruction = this.#slotsIT[(pc & 0xfff) >>> 1];
        if (instruction === undefined) instruction = this.#decodeThumb(pc, true);
        this.nextPc = (pc + instruction.size) | 0;
        if (this.trace !== undefined) this.trace(pc >>> 0, instruction);
        this.itStateSet = false;
        const condition = itstate >>> 4;
        if (condition >= 14 || instruction.c === 15 || this.conditionPassed(condition))
          instruction.exec(ops, instruction);
        if (!this.itStateSet)
          i32[this.it] = (itstate & 7) === 0 ? 0 : (itstate & 0xe0) | ((itstate << 1) & 0x1f);
      }
      this.#budget--;
    }
  }

  /** Makes the page of `pc` the one that code is fetched from. Takes a Prefetch Abort when there is none. */
  #enterPage(pc: number): void {
    // The abort's return address is computed from R15 and CPSR.T.
    this.i32[this.pcWord] = this.thumb ? pc + 4 : pc + 8;
    const page = this.#code.page(this.tlb.fetch(pc));
    // As in QEMU, a page that cannot be fetched from is found out before.
    if (!this.thumb && (pc & 2) !== 0) {
      this.#fetchFault.set(FaultType.ALIGNMENT, 0, 0);
      this.exceptions.raisePrefetchAbort(pc, this.#fetchFault);
    }
    this.#page = page;
    if (this.tlb.codePages.isAligned(page.linear)) page.aligned = true;
    if (this.thumb) {
      this.#slots = page.thumb;
      this.#slotsIT = page.thumbITSoFar;
    } else {
      this.#slots = page.a32;
    }
    this.#pageAddress = pc & PAGE_MASK;
    this.#countBranch(pc);
  }

  /** Counts the branches to an address of the current page; enough of them make it worth translating. */
  #countBranch(target: number): void {
    if (this.#translations === undefined || (target & PAGE_MASK) !== this.#pageAddress) return;
    const page = this.#page!;
    const { heat } = page;
    const slot = (target & 0xfff) >>> 1;
    const branches = heat[slot];
    if (branches > this.#translations.threshold) return;
    heat[slot] = branches + 1;
    if (branches === this.#translations.threshold) {
      if (page.rewritten) heat[slot] = 0;
      else this.#translations.request(page, target & 0xfff, this.thumb);
    }
  }

  // Translated code

  /** The interpreter has come to a region: `entry` stands in the place of its first instruction. */
  enterRegion(entry: Instruction): void {
    // Most translated code takes unaligned accesses; and the interpreter is to look after each instruction.
    const enters =
      (!this.alignmentCheck || entry.a !== 0) && this.#budget > 1 && !this.#repeating && !this.#stepping;
    if (enters && this.check !== undefined) {
      if (this.#checkRegion(entry)) return;
    } else if (enters) {
      this.#region = entry.i;
      this.nextPc = this.instructionAddress();
      this.#leave();
      return;
    }
    let original = this.#translations!.originals[entry.m];
    const address = this.instructionAddress();
    // One that ends in the next page is what that page makes it.
    if ((address & 0xfff) + original.size > PAGE_BYTES) original = this.#decodeThumb(address, false);
    if (original.c === 14 || this.conditionPassed(original.c)) {
      original.exec(this as unknown as Ops, original);
    }
  }

  /** The region that the interpreter has come to is entered. @returns its slot */
  #takeRegion(): number {
    const region = this.#region;
    this.#region = Resume.RETURN;
    // Coming to it was no instruction.
    this.#budget++;
    this.#prepare(region);
    return region;
  }

  #prepare(region: number): void {
    const target = this.nextPc | (this.thumb ? 1 : 0);
    this.#translations!.use(region);
    // The dispatcher did not find it, or found what was here before.
    this.#jumpCache!.forget(target);
    this.#regionCache!.remember((this.#page!.linear + (target & 0xfff)) | 0, region);
    this.#giveBudget();
  }

  /** Translated code goes on. */
  #giveBudget(): void {
    const word = this.#base >> 2;
    this.#given = this.#budget;
    this.i32[word + (CPU.BUDGET >> 2)] = this.#budget;
    this.i32[word + (CPU.NEXT_PC >> 2)] = this.nextPc;
  }

  /** The interpreter goes on, at NEXT_PC. */
  #takeOver(): void {
    const i32 = this.i32;
    const word = this.#base >> 2;
    const left = i32[word + (CPU.BUDGET >> 2)];
    this.#translated += this.#given - left;
    this.#given = left;
    this.#budget = left;
    this.nextPc = i32[word + (CPU.NEXT_PC >> 2)];
    if (i32[word + (CPU.MODE_CHANGED >> 2)] !== 0) this.#followChangedMode();
    this.#followThumb();
    if (this.tlb.completeOperations()) this.mappingChanged();
  }

  /** Translated code has changed the mode. */
  #followChangedMode(): void {
    this.state.set(CPU.MODE_CHANGED, 0);
    this.#recallMode();
    this.exceptions.countTranslated();
  }

  find(): number {
    this.#takeOver();
    if (this.check !== undefined) return Resume.RETURN;
    const left = this.#budget;
    // A page that is entered counts by itself.
    this.#countBranch(this.nextPc);
    const region = this.#interpret();
    this.exits?.count(undefined, region !== Resume.RETURN && this.#budget === left, left);
    return region;
  }

  step(): number {
    this.#takeOver();
    if (this.check !== undefined || this.#budget <= 0) return Resume.RETURN;
    this.#stepping = true;
    if (!this.#interruptCheck) this.#stepBudget();
    if (this.waiting || this.yielded) {
      this.#stepping = false;
      return Resume.RETURN;
    }
    this.#budget += this.#deferred;
    this.#deferred = 0;
    // At the end of the slice time goes on first, and with it what is pending.
    if (this.#interruptCheck && this.#budget > 0) this.#takeInterrupts();
    this.#stepping = false;
    if (this.#entering) {
      this.#entering = false;
      this.#giveBudget();
      return Resume.CHANGE_MODE;
    }
    // Regions begin outside of IT blocks.
    if (this.i32[this.it] !== 0) return this.#interpret();
    // What follows an instruction that is left to the interpreter may be worth a region too.
    this.#countBranch(this.nextPc);
    if (this.#budget <= 0) return Resume.RETURN;
    this.#giveBudget();
    return Resume.JUMP;
  }

  /** Interprets one instruction; the others of the budget are deferred. */
  #stepBudget(): void {
    this.#deferred = this.#budget - 1;
    this.#budget = 1;
    this.#interpretBudget();
  }

  /** Between two instructions. An entry may leave another interrupt to be taken before the handler's first. */
  #takeInterrupts(): void {
    do this.#interruptCheck = false;
    while (!this.#entering && this.exceptions.takePendingInterrupt(this.nextPc));
    this.#budget += this.#deferred;
    this.#deferred = 0;
  }

  #countStep(exits: ExitStatistics): void {
    const pc = this.nextPc;
    if ((pc & PAGE_MASK) !== this.#pageAddress) this.#enterPage(pc);
    const offset = pc & 0xfff;
    const instruction = this.#slots[this.thumb ? offset >>> 1 : offset >>> 2];
    exits.count(instruction && this.#original(instruction), false, this.#budget + this.#deferred);
  }

  /** The region may have ended in the other instruction set, or at an A32 address that takes an Alignment fault. */
  #followThumb(): void {
    const thumb = (this.state.get(CPU.CPSR) & PSR.T) !== 0;
    if (thumb !== this.thumb || (!thumb && (this.nextPc & 2) !== 0)) this.#pageAddress = NO_PAGE;
    this.thumb = thumb;
  }

  #decodeA32(pc: number): Instruction {
    const page = this.#page!;
    const offset = pc & 0xffc;
    this.tlb.codePages.mark(page.linear);
    const instruction = this.#code.a32(this.i32[(page.linear + offset) >>> 2]);
    this.#slots[offset >>> 2] = instruction;
    return instruction;
  }

  #decodeThumb(pc: number, inITBlock: boolean): Instruction {
    const page = this.#page!;
    const offset = pc & 0xffe;
    this.tlb.codePages.mark(page.linear);
    const first = this.view.getUint16(page.linear + offset, true);
    if (inITBlock) this.#slotsIT = page.thumbIT;
    const slots = inITBlock ? this.#slotsIT : this.#slots;
    if (!isThumb32(first)) {
      const instruction = this.#code.thumb(first, inITBlock);
      slots[offset >>> 1] = instruction;
      return instruction;
    }
    if (offset !== 0xffe) {
      const raw = (first << 16) | this.view.getUint16(page.linear + offset + 2, true);
      const instruction = this.#code.thumb(raw, inITBlock);
      slots[offset >>> 1] = instruction;
      return instruction;
    }
    // The second half is in another page, which may change or go away by itself: never kept.
    const next = this.view.getUint16(this.tlb.fetch(pc + 2), true);
    page.nextHalfword = next;
    this.#crossing = this.#code.thumb((first << 16) | next, inITBlock);
    return this.#crossing;
  }

  // ExecutionControl

  jump(address: number): void {
    this.nextPc = address | 0;
    this.itStateSet = true;
    this.setThumb((this.state.get(CPU.CPSR) & PSR.T) !== 0);
  }

  checkInterrupts(): void {
    this.#interruptCheck = true;
    if (this.#budget > 0) this.#leave();
  }

  translationChanged(): void {
    forgetModes(this.state);
    this.#followMode();
  }

  takesOver(cpsr: number, address: number): boolean {
    const { state } = this;
    // FIQ mode has R8 to R12 of its own.
    if (!this.#stepping || state.mode === Mode.FIQ || !isModeRemembered(state, cpsr)) return false;
    state.set(CPU.NEXT_CPSR, cpsr);
    state.set(CPU.ITSTATE, 0);
    this.itStateSet = true;
    this.nextPc = address;
    this.#entering = true;
    return true;
  }

  modeChanged(): void {
    if (isModeRemembered(this.state, this.state.get(CPU.CPSR))) {
      recallMode(this.state);
      this.#recallMode();
      return;
    }
    this.#followMode();
    this.#followFpAccess();
    // Only here exceptions and returns are traced.
    if (this.exceptions.trace !== undefined) return;
    rememberMode(this.state, this.exceptions.features);
  }

  /** The mode is one that is remembered, and the vCPU's state is as it belongs to it. */
  #recallMode(): void {
    const { state } = this;
    this.tlb.modeChanged();
    this.#pageAddress = NO_PAGE;
    this.privileged = state.privileged;
    this.alignmentCheck = this.tlb.alignmentCheck;
    this.context = state.get(CPU.CONTEXT);
    this.#enableFp(state.get(CPU.FP_ENABLED));
  }

  /** Looks everything up that depends on the mode, but for floating-point instructions. */
  #followMode(): void {
    this.tlb.contextChanged();
    this.#pageAddress = NO_PAGE;
    this.privileged = this.state.privileged;
    updateSystemAccess(this.state, this.exceptions.features);
    this.refreshContext();
  }

  mappingChanged(): void {
    this.#pageAddress = NO_PAGE;
  }

  waitForInterrupt(): void {
    this.waiting = true;
    this.#leave();
  }

  waitForEvent(): void {
    this.yielded = true;
    this.#leave();
  }

  fpAccessChanged(): void {
    forgetModes(this.state);
    this.#followFpAccess();
  }

  #followFpAccess(): void {
    const enabled = this.exceptions.fpEnabled();
    this.state.set(CPU.FP_ENABLED, enabled);
    this.#enableFp(enabled);
  }

  /** @param enabled bits of {@link FpEnabled} */
  #enableFp(enabled: number): void {
    this.vfp.enabled = (enabled & FpEnabled.VFP) !== 0;
    this.simd.enabled = (enabled & FpEnabled.SIMD) !== 0;
  }

  instruction(): Instruction {
    const offset = this.instructionAddress() & 0xfff;
    if (!this.thumb) return this.#original(this.#slots[offset >>> 2]!);
    const slots = this.i32[this.it] === 0 ? this.#slots : this.#slotsIT;
    return this.#original(slots[offset >>> 1] ?? this.#crossing!);
  }

  mayAbandon(): boolean {
    if (this.#repeating) return false;
    const { definition, t, b } = this.instruction();
    // One that writes PC or the flags has more to take back than registers.
    if (t === 15 || b === 15) return false;
    if (definition !== this.#lastTrapped) {
      this.#lastTrapped = definition;
      this.#lastAbandonable = isAbandonable(definition);
    }
    return this.#lastAbandonable;
  }

  abandon(): void {
    this.r = this.#abandonedRegisters;
    this.#abandonedPc = this.nextPc;
    this.#abandoned = true;
    this.#leave();
  }

  #restoreAbandoned(): void {
    this.#abandoned = false;
    this.r = this.#registers;
    this.nextPc = this.#abandonedPc;
  }

  /** What stands in the place of a region's first instruction is the region. */
  #original(instruction: Instruction): Instruction {
    return this.#translations?.originalOf(instruction) ?? instruction;
  }

  protected setThumb(thumb: boolean): void {
    if (thumb === this.thumb) return;
    this.thumb = thumb;
    this.#pageAddress = NO_PAGE;
    if (this.#budget > 0) this.#leave();
  }

  // CheckedCpu

  /** @returns whether instructions were retired; with none of them nothing has changed */
  #checkRegion(entry: Instruction): boolean {
    const check = this.check!;
    const budget = this.#budget;
    const { thumb } = this;
    this.#checkedEntry = entry;
    this.#checkedAddress = this.instructionAddress();
    const next = this.nextPc;
    // The check may need the instruction behind what the region retires.
    const retired = check.run(budget - 1);
    // The run loop counts one instruction by itself.
    this.#budget = budget - retired + 1;
    this.#deferred = 0;
    if (retired === 0) {
      this.#budget = budget;
      this.#returnToRegion(next);
      if (check.pending) this.#leave();
      return false;
    }
    this.#countExit();
    if (this.thumb !== thumb) this.#leave();
    if (check.pending) this.#leaveAfterNext();
    return true;
  }

  /** What follows the instruction before which a region has stopped may be worth a region too. */
  #countExit(): void {
    if ((this.nextPc & PAGE_MASK) !== this.#pageAddress) return;
    const offset = this.nextPc & 0xfff;
    const instruction = this.#slots[this.thumb ? offset >>> 1 : offset >>> 2];
    if (instruction !== undefined) this.#countBranch((this.nextPc + instruction.size) | 0);
  }

  /** The region's first instruction is the current one again. */
  #returnToRegion(next: number): void {
    const address = this.#checkedAddress;
    this.#followMode();
    this.#followFpAccess();
    this.#followThumb();
    if ((address & PAGE_MASK) !== this.#pageAddress) this.#enterPage(address);
    this.i32[this.pcWord] = address + (this.thumb ? 4 : 8);
    this.nextPc = next;
  }

  runRegion(budget: number): number {
    const address = this.#checkedAddress;
    this.#returnToRegion(address);
    const region = this.#checkedEntry!.i;
    this.#budget = budget;
    this.#prepare(region);
    this.#translations!.functions[region](this.#base, address | (this.thumb ? 1 : 0));
    return budget - this.#budget;
  }

  interpretRegion(count: number, trace?: (address: number, text: string) => void): void {
    const { trace: traceBefore } = this;
    const budget = this.#budget;
    const deferred = this.#deferred;
    this.#returnToRegion(this.#checkedAddress);
    if (trace !== undefined) {
      this.trace = (address, instruction) =>
        trace(address, describe(this.#translations!.originalOf(instruction)));
    }
    this.#repeating = true;
    this.#budget = count;
    this.#deferred = 0;
    try {
      while (this.#budget > 0) {
        this.#repeatBudget();
        this.#budget += this.#deferred;
        this.#deferred = 0;
      }
    } finally {
      this.#repeating = false;
      this.#budget = budget;
      this.#deferred = deferred;
      this.trace = traceBefore;
    }
  }

  /** As many instructions as the budget has, or up to one that is trapped. */
  #repeatBudget(): void {
    try {
      if (this.thumb) this.#runThumb();
      else this.#runA32();
    } catch (thrown) {
      if (thrown !== GUEST_EXCEPTION) throw thrown;
      this.#budget--;
    }
  }

  describeRegion(): RegionRequest {
    const next = this.nextPc;
    this.#returnToRegion(next);
    const { linear } = this.#page!;
    const bytes = this.u8.slice(linear, linear + PAGE_BYTES);
    const reader = new PageBytesReader(this.#code, bytes, this.thumb);
    return { reader, head: this.#checkedAddress & 0xfff, aligned: this.#checkedEntry!.a !== 0 };
  }

  /** The inner loop returns after the instruction that follows a region. */
  #leaveAfterNext(): void {
    this.#deferred += this.#budget - 2;
    this.#budget = 2;
  }
}
