import type binaryen from 'binaryen';
import { CPU } from '../abi/cpu-state.js';
import { PAGE_BYTES, PAGE_MASK } from '../abi/tlb.js';
import type { Instruction } from '../isa/instruction.js';
import type { Ops } from '../isa/ops.js';
import type { EmissionTarget, RememberedPage } from './emission-target.js';
import { Flags, type FlagUse } from './flags.js';
import { IntegerEmitter, type Terminator } from './integer-emitter.js';
import { changeMode, jump, leave } from './jumps.js';
import { liveRegisters, type RegisterUse } from './liveness.js';
import { Chain, LOCAL_TYPES, Local, NO_PAGE } from './locals.js';
import type { PageFlow } from './page-flow.js';
import type { PageReader } from './page-reader.js';
import { type Block, type BlockEnd, DISPATCH, structure } from './structure.js';
import { notExecutable, pageWord, tlbEntry } from './tlb-lookup.js';
import { NotTranslatable, Type, Value } from './value.js';

type Expression = binaryen.ExpressionRef;

/** Most instructions in a region, and in one of its blocks (an IT block is not cut). */
const REGION_INSTRUCTIONS = 400;
export const BLOCK_INSTRUCTIONS = 100;
/** What an instruction may compute in vain. A branch that is not foreseen costs more. */
const MOST_COMPUTATIONS = 4;
/** Label of the block around a region's code: behind it registers go back to memory. */
const LEAVE = 'leave';
/** Labels in a loop that carries registers: behind the one they go to memory as well; behind the other the block is complete. */
const CARRIED = 'carried';
const COMPLETE = 'complete';
const ALWAYS = 14;
/** The flags' locals, and where they are in memory. */
const FLAGS: readonly (readonly [local: number, offset: number])[] = [
  [Local.NF, CPU.NF],
  [Local.ZF, CPU.ZF],
  [Local.CF, CPU.CF],
  [Local.VF, CPU.VF],
];

/** What is known of a page around a region. */
export interface PageContext {
  /** Says where blocks begin. */
  readonly flow?: PageFlow;
  /** Offsets at which it should be possible to enter, where the region comes by and no loop suffers from it. */
  readonly wanted?: readonly number[];
}

/** A finished region, ready to be added to a module. */
export interface RegionBody {
  readonly code: Expression;
  /** Offsets at which it can be entered, the head first. */
  readonly entries: readonly number[];
  /** Types of the locals behind the two parameters. */
  readonly locals: readonly number[];
  readonly instructions: number;
}

/**
 * Builds the WebAssembly function of one region: the blocks that direct branches and the returns of calls reach from a
 * head, within one page (design §5). Guest registers live in locals, loaded at the entry and stored before anything that may leave; flags
 * in locals that are loaded at the entry and stored at the exit.
 *
 * The function takes the vCPU's base and the interworking address of one of its entries. It goes on in other regions and in the interpreter (jumps.ts),
 * and returns when the slice is over. It retires whole instructions only.
 */
export class RegionBuilder implements EmissionTarget {
  readonly module: binaryen.Module;
  readonly aligned: boolean;
  flags: Flags;
  /** The flags as the current instruction found them. */
  #flagsBefore: Flags;
  readonly #reader: PageReader;
  readonly #flow: PageFlow | undefined;
  readonly #wanted: readonly number[];
  readonly #emitter: IntegerEmitter;
  readonly #blocks = new Map<number, Block>();
  /** Where control comes back to: behind calls, and behind what is left to the interpreter. */
  readonly #returns = new Set<number>();
  /** Instructions with which a block should have begun, and that are the interpreter's. */
  readonly #interpreted = new Set<number>();
  /** Registers that the current block reads before it writes them, and those that it writes whatever happens. A bit each. */
  #read = 0;
  #written = 0;
  /** The current instruction may be skipped; may leave the region. */
  #maySkip = false;
  #mayLeave = false;
  /** Registers that the block has written to their locals, but not to memory yet; all that it has written. A bit each. */
  #dirty = 0;
  #changed = 0;
  /** The current block leads back to itself: registers that go to memory only when the loop is left, a bit each. */
  #carried = 0;
  /** The current block may go to the dispatch from its middle. */
  #branchesOff = false;
  readonly #registerUse = new Map<number, RegisterUse>();
  #stackPage = false;
  /** Locals with remembered pages of loops. */
  readonly #loopPages: number[] = [];
  #changesMode = false;
  readonly #flagUse: FlagUse = { read: new Set(), written: new Set() };
  #instructions = 0;
  /** Types of the temporaries, from local TEMPORARY on; those in use by the current block, by type. */
  readonly #temporaries: number[] = [];
  readonly #pools = new Map<number, Pool>();
  /** Statements of the current instruction; how many of them only compute something. */
  #statements: Expression[] = [];
  #computations = 0;
  /** The current instruction: its offset, its index in the block, ITSTATE before it. */
  #offset = 0;
  #index = 0;
  #itState = 0;

  /** @param aligned leave before accesses that are not aligned to their size */
  constructor(
    module: binaryen.Module,
    reader: PageReader,
    aligned: boolean,
    { flow, wanted = [] }: PageContext = {},
  ) {
    this.module = module;
    this.aligned = aligned;
    this.#reader = reader;
    this.#flow = flow;
    this.#wanted = wanted;
    this.#emitter = new IntegerEmitter(this, reader.thumb);
    this.flags = this.#newFlags();
    this.#flagsBefore = this.flags;
  }

  /** @param head offset of the first instruction in its page; @returns undefined when it is not translatable */
  build(head: number): RegionBody | undefined {
    const work = [head];
    // First of all what is reached directly.
    const later = () => [...this.#returns].find((at) => !this.#blocks.has(at) && this.#inRegion(at));
    for (let offset = work.pop() ?? later(); offset !== undefined; offset = work.pop() ?? later()) {
      if (this.#blocks.has(offset) || !(offset === head || this.#inRegion(offset))) continue;
      const block = this.#buildBlock(offset);
      if (block === undefined) {
        this.#returns.delete(offset);
        if (offset === head) return undefined;
        continue;
      }
      this.#blocks.set(offset, block);
      this.#registerUse.set(offset, { read: this.#read, written: this.#written });
      if (block.end.kind === 'if') work.push(block.end.next);
      if (block.end.kind !== 'left') work.push(block.end.target);
    }
    const live = liveRegisters(this.#blocks, this.#registerUse);
    const isThere = (at: number) => this.#blocks.has(at);
    const entrances = {
      required: [...new Set([head, ...[...this.#returns].filter(isThere)])],
      welcome: this.#wanted.filter(isThere),
    };
    const { code, entries } = structure(this.module, this.#blocks, entrances, {
      dispatch: (offsets, label) => this.#dispatch(offsets, live, label),
      goto: (offset) => this.#goto(offset),
      exit: (offset) =>
        this.module.block(null, [
          this.#setTarget(offset),
          ...this.#leaveBy(this.#interpreted.has(offset) ? Chain.INTERPRETER : Chain.REGION),
        ]),
      elsewhere: () => this.module.block(null, this.#leaveBy(Chain.REGION)),
    });
    return {
      code: this.#wrap(
        entries.length > 1 ? code : this.module.block(null, [...this.#loadRegisters(live.get(head)!), code]),
      ),
      entries,
      locals: [...LOCAL_TYPES, ...this.#temporaries],
      instructions: this.#instructions,
    };
  }

  /** Whether a block that comes by has to end before an instruction. */
  #beginsBlock(offset: number): boolean {
    return this.#blocks.has(offset) || this.#flow?.isStart(offset) === true || this.#wanted.includes(offset);
  }

  /**
   * Branches to the label of the entry that Local.TARGET means; goes on behind when it is none of them.
   * @param live the registers that an entry needs
   */
  #dispatch(
    entries: readonly number[],
    live: ReadonlyMap<number, number>,
    label: (entry: number) => string,
  ): Expression[] {
    const { module } = this;
    const { i32, local } = module;
    const sorted = [...entries].sort((a, b) => a - b);
    const [first] = sorted;
    const shift = this.#reader.thumb ? 1 : 2;
    const offset = this.temporary();
    // Rotated, so that an address of the other instruction set is far away.
    const set = local.set(
      offset,
      i32.rotr(
        i32.sub(local.get(Local.TARGET, Type.I32), this.#address(this.#bit0(first))),
        i32.const(shift),
      ),
    );
    const search = (from: number, to: number): Expression => {
      const at = sorted[from];
      const place = i32.const((sorted[(from + to) >> 1] - first) >> shift);
      if (to - from === 1) {
        const here = i32.eq(local.get(offset, Type.I32), place);
        return module.if(
          here,
          module.block(null, [...this.#loadRegisters(live.get(at)!), module.br(label(at))]),
        );
      }
      const middle = (from + to) >> 1;
      return module.if(
        i32.lt_u(local.get(offset, Type.I32), place),
        search(from, middle),
        search(middle, to),
      );
    };
    return [set, search(0, sorted.length)];
  }

  /** Writes registers, a bit each, to memory. */
  #storeRegisters(set: number): Expression[] {
    const { i32, local } = this.module;
    return [...Array(15).keys()]
      .filter((n) => (set & (1 << n)) !== 0)
      .map((n) =>
        i32.store(CPU.R + 4 * n, 4, local.get(Local.CPU, Type.I32), local.get(Local.REGISTER + n, Type.I32)),
      );
  }

  /** Brings registers, a bit each, into their locals. */
  #loadRegisters(set: number): Expression[] {
    const { i32, local } = this.module;
    return [...Array(15).keys()]
      .filter((n) => (set & (1 << n)) !== 0)
      .map((n) => local.set(Local.REGISTER + n, i32.load(CPU.R + 4 * n, 4, local.get(Local.CPU, Type.I32))));
  }

  /** Goes to an entry by the dispatch. */
  #goto(offset: number): Expression {
    return this.module.block(null, [this.#setTarget(offset), this.module.br(DISPATCH)]);
  }

  #setTarget(offset: number): Expression {
    return this.module.local.set(Local.TARGET, this.#address(this.#bit0(offset)));
  }

  /** Bit 0 of an interworking address. */
  #bit0(offset: number): number {
    return this.#reader.thumb ? offset | 1 : offset;
  }

  #inRegion(offset: number): boolean {
    if (offset < 0 || offset >= PAGE_BYTES || this.#instructions >= REGION_INSTRUCTIONS) return false;
    return this.#reader.executed(offset);
  }

  #newFlags(): Flags {
    return new Flags(this.module, this.#flagUse, (value) => this.#emitter.get(value));
  }

  // EmissionTarget

  temporary(type: number = Type.I32): number {
    let pool = this.#pools.get(type);
    if (pool === undefined) {
      pool = { locals: [], used: 0 };
      this.#pools.set(type, pool);
    }
    if (pool.used === pool.locals.length) {
      pool.locals.push(Local.TEMPORARY + this.#temporaries.length);
      this.#temporaries.push(type);
    }
    return pool.locals[pool.used++];
  }

  reserve(): (statement: Expression) => void {
    const statements = this.#statements;
    const index = statements.push(0) - 1;
    return (statement) => {
      statements[index] = statement;
    };
  }

  define(expression: Expression, type: number = Type.I32): Value {
    const local = this.temporary(type);
    this.push(this.module.local.set(local, expression));
    this.#computations++;
    return Value.inLocal(local, type);
  }

  push(statement: Expression): void {
    this.#statements.push(statement);
  }

  usesRegister(n: number): void {
    this.#read |= (1 << n) & ~this.#written;
  }

  returnsTo(offset: number): void {
    this.#returns.add(offset);
  }

  usesStackPage(): void {
    this.#stackPage = true;
  }

  loopPage(): RememberedPage | undefined {
    if (this.#carried === 0) return undefined;
    const page = Local.TEMPORARY + this.#temporaries.push(Type.I64, Type.I32) - 2;
    this.#loopPages.push(page);
    return { page, addend: page + 1 };
  }

  writesRegister(n: number): void {
    // One that may stay as it is has to be in its local.
    if (this.#maySkip) this.usesRegister(n);
    else this.#written |= 1 << n;
  }

  leaveBefore(): Expression {
    this.#mayLeave = true;
    const { i32, local } = this.module;
    const statements = this.#flagsBefore.spilled();
    if (this.#index > 0) statements.push(this.#retire(this.#index));
    statements.push(this.#setTarget(this.#offset));
    if (this.#itState !== 0) {
      statements.push(i32.store(CPU.ITSTATE, 4, local.get(Local.CPU, Type.I32), i32.const(this.#itState)));
    }
    statements.push(this.#leave());
    return this.module.block(null, statements);
  }

  /** Leaves the region for Local.TARGET, whose instruction is the interpreter's. */
  #leave(): Expression {
    return this.module.br(this.#carried === 0 ? LEAVE : CARRIED);
  }

  // Blocks

  /** @returns undefined when its first instruction is not translatable */
  #buildBlock(start: number): Block | undefined {
    const instructions = this.#instructions;
    const block = this.#buildOnce(start);
    const loops = block?.end.kind === 'if' && block.end.target === start && !this.#branchesOff;
    if (!loops || this.#changed === 0) return block;
    this.#instructions = instructions;
    this.#carried = this.#changed;
    const loop = this.#carry(this.#buildOnce(start)!);
    this.#carried = 0;
    return loop;
  }

  /** A loop whose registers go to memory when it is left. */
  #carry({ code, end }: Block): Block {
    const { module } = this;
    this.#read |= this.#carried;
    const store = () => this.#storeRegisters(this.#carried);
    const left = module.block(CARRIED, [code, module.br(COMPLETE)]);
    return {
      code: module.block(COMPLETE, [left, ...store(), module.br(LEAVE)]),
      end: end.kind === 'if' ? { ...end, before: module.block(null, store()) } : end,
    };
  }

  /** Registers go to memory, unless the loop carries them. */
  #storeDirty(): Expression[] {
    const stores = this.#carried === 0 ? this.#storeRegisters(this.#dirty) : [];
    this.#dirty = 0;
    return stores;
  }

  /** @returns undefined when its first instruction is not translatable */
  #buildOnce(start: number): Block | undefined {
    const { module } = this;
    const { i32, local } = module;
    const statements: Expression[] = [];
    for (const pool of this.#pools.values()) pool.used = 0;
    this.#read = 0;
    this.#written = 0;
    this.#dirty = 0;
    this.#changed = 0;
    this.#branchesOff = false;
    this.flags = this.#newFlags();
    this.#emitter.beginBlock();
    this.#itState = 0;
    this.#index = 0;
    let offset = start;
    let end: BlockEnd | undefined;
    while (end === undefined) {
      this.#offset = offset;
      this.#flagsBefore = this.flags;
      if (offset >= PAGE_BYTES && this.#itState !== 0) {
        // The next page's regions begin outside of IT blocks.
        statements.push(...this.#storeDirty(), this.leaveBefore());
        end = { kind: 'left' };
        break;
      }
      const meets = offset !== start && this.#itState === 0 && this.#beginsBlock(offset);
      if (meets || offset >= PAGE_BYTES || (this.#index >= BLOCK_INSTRUCTIONS && this.#itState === 0)) {
        end = { kind: 'goto', target: offset };
        break;
      }
      const instruction = this.#reader.decode(offset, this.#itState !== 0);
      const built = instruction !== undefined && this.#buildInstruction(instruction);
      if (!built) {
        if (instruction !== undefined && this.#itState === 0) this.#returns.add(offset + instruction.size);
        if (this.#index === 0) {
          if (instruction !== undefined) this.#interpreted.add(offset);
          return undefined;
        }
        this.#statements = [];
        statements.push(...this.#storeDirty(), this.leaveBefore());
        end = { kind: 'left' };
        break;
      }
      if (built.leaves) statements.push(...this.#storeDirty());
      statements.push(...built.statements);
      this.#dirty |= built.written;
      this.#changed |= built.written;
      this.#index++;
      this.#instructions++;
      offset += instruction.size;
      end = this.#endOf(built.terminator, offset);
      if (end?.kind === 'left') {
        statements.push(...this.#storeDirty(), ...this.flags.spill(), this.#retire(this.#index));
        statements.push(...this.#goOn(built.terminator));
      }
    }
    const count = this.#index;
    if (end.kind !== 'left') {
      statements.push(...this.#storeDirty(), ...this.flags.spill(), this.#retire(count));
    }
    const guard = module.if(
      i32.lt_s(local.get(Local.BUDGET, Type.I32), i32.const(count)),
      module.block(null, [this.#setTarget(start), this.#leave()]),
    );
    return { code: module.block(null, [guard, ...statements]), end };
  }

  /** Behind a block that is left. */
  #goOn(terminator: InstructionEnd | undefined): Expression[] {
    if (terminator?.kind !== 'mode') return [this.module.br(DISPATCH)];
    this.#changesMode = true;
    return this.#leaveBy(Chain.MODE);
  }

  #endOf(terminator: InstructionEnd | undefined, next: number): BlockEnd | undefined {
    if (terminator === undefined) return undefined;
    switch (terminator.kind) {
      case 'goto':
        return { kind: 'goto', target: terminator.target };
      case 'if':
        return { kind: 'if', condition: terminator.condition, target: terminator.target, next };
      default:
        return { kind: 'left' };
    }
  }

  #buildInstruction(instruction: Instruction): BuiltInstruction | undefined {
    if (instruction.definition.interpretOnly) return undefined;
    const { module } = this;
    const emitter = this.#emitter;
    const before = this.flags.clone();
    this.#flagsBefore = before;
    const condition = this.#conditionOf(instruction);
    this.#maySkip = condition !== ALWAYS;
    this.#mayLeave = false;
    this.#statements = [];
    this.#computations = 0;
    emitter.begin(this.#offset, instruction.size, condition !== ALWAYS);
    if (this.#offset + instruction.size > PAGE_BYTES) this.push(this.#checkNextHalfword());
    try {
      instruction.exec(emitter as unknown as Ops, instruction);
      // UNPREDICTABLE (ARM DDI 0406C A8.3.4): a branch that is not last in its IT block, CBZ in one. An exception saves ITSTATE.
      const { kind } = emitter.terminator ?? {};
      const atMostLast = kind !== 'conditional' && kind !== 'mode';
      const inITBlock = (this.#itState & 7) !== 0 || (this.#itState !== 0 && !atMostLast);
      if (emitter.terminator !== undefined && inITBlock) throw new NotTranslatable();
    } catch (error) {
      if (!(error instanceof NotTranslatable)) throw error;
      this.flags = before;
      return undefined;
    }
    emitter.finish();
    const { terminator } = emitter;
    const chosen = condition !== ALWAYS && terminator === undefined && this.#isComputed(before);
    const written = this.#commitRegisters(chosen ? this.#holds(before, condition) : undefined);
    this.#advanceITState();
    const leaves = this.#mayLeave;
    if (condition === ALWAYS || chosen) {
      return {
        statements: this.#statements,
        terminator: instructionEnd(terminator, module),
        leaves,
        written,
      };
    }
    if (terminator?.kind !== 'indirect')
      return { ...this.#conditional(before, condition, terminator), leaves, written };
    this.#statements.push(...this.#storeRegisters(written));
    return { ...this.#conditional(before, condition, terminator), leaves: true, written: 0 };
  }

  /** The current instruction does nothing but compute registers: it may as well do so where its condition fails. */
  #isComputed(before: Flags): boolean {
    const only = this.#statements.length === this.#computations && this.#computations <= MOST_COMPUTATIONS;
    return only && this.flags.sameAs(before) && this.#emitter.itState < 0;
  }

  #holds(flags: Flags, condition: number): Value {
    return this.define(flags.condition(condition));
  }

  /** Wraps the current instruction's statements into its condition. */
  #conditional(
    before: Flags,
    condition: number,
    terminator: Terminator | undefined,
  ): { statements: Expression[]; terminator: InstructionEnd | undefined } {
    const { module } = this;
    const { local } = module;
    const body = this.#statements;
    if (terminator?.kind === 'conditional')
      throw new Error('a conditional instruction with a condition of its own');
    if (terminator?.kind === 'direct' && body.length === 0) {
      return {
        statements: [],
        terminator: { kind: 'if', condition: before.condition(condition), target: terminator.target },
      };
    }
    const holds = this.temporary();
    const statements = [local.set(holds, before.condition(condition))];
    const setsFlags = !this.flags.sameAs(before);
    if (setsFlags) {
      statements.push(...before.spilled());
      body.push(...this.flags.spill());
    }
    if (terminator?.kind === 'indirect') {
      this.#branchesOff = true;
      body.push(...this.flags.spilled(), this.#retire(this.#index + 1), module.br(DISPATCH));
    }
    statements.push(module.if(local.get(holds, Type.I32), module.block(null, body)));
    if (terminator?.kind !== 'direct') return { statements, terminator: undefined };
    return {
      statements,
      terminator: { kind: 'if', condition: local.get(holds, Type.I32), target: terminator.target },
    };
  }

  /**
   * Writes the registers that the instruction computed; a value may be another register's old content.
   * @param holds they stay as they are unless this is 1
   * @returns the registers, a bit each
   */
  #commitRegisters(holds: Value | undefined): number {
    const { local } = this.module;
    const get = (value: Value) => this.#emitter.get(value);
    const { pending } = this.#emitter;
    const writes = [...pending].map(([n, value]): [number, Value] => {
      const register = value.local - Local.REGISTER;
      const overwritten = pending.size > 1 && !value.isConstant && register < 15 && pending.has(register);
      if (!overwritten) return [n, value];
      const copy = this.temporary();
      this.push(local.set(copy, local.get(value.local, Type.I32)));
      return [n, Value.inLocal(copy)];
    });
    let written = 0;
    for (const [n, value] of writes) {
      const old = local.get(Local.REGISTER + n, Type.I32);
      const now = holds === undefined ? get(value) : this.module.select(get(holds), get(value), old);
      this.push(local.set(Local.REGISTER + n, now));
      written |= 1 << n;
    }
    return written;
  }

  #conditionOf(instruction: Instruction): number {
    const condition = this.#itState !== 0 && instruction.c !== 15 ? this.#itState >>> 4 : instruction.c;
    return condition >= ALWAYS ? ALWAYS : condition;
  }

  #advanceITState(): void {
    const { itState } = this.#emitter;
    if (itState >= 0) this.#itState = itState;
    else if ((this.#itState & 7) === 0) this.#itState = 0;
    else this.#itState = (this.#itState & 0xe0) | ((this.#itState << 1) & 0x1f);
  }

  #retire(count: number): Expression {
    const { i32, local } = this.module;
    return local.set(Local.BUDGET, i32.sub(local.get(Local.BUDGET, Type.I32), i32.const(count)));
  }

  #address(offset: number): Expression {
    const { i32, local } = this.module;
    return i32.add(local.get(Local.PAGE, Type.I32), i32.const(offset));
  }

  /** Leaves for Local.TARGET. @param chain one of {@link Chain} */
  #leaveBy(chain: number): Expression[] {
    const { i32, local } = this.module;
    return [local.set(Local.CHAIN, i32.const(chain)), this.module.br(LEAVE)];
  }

  // The function

  #wrap(body: Expression): Expression {
    const { module } = this;
    const { i32, i64, local } = module;
    const cpu = () => local.get(Local.CPU, Type.I32);
    const load = (to: number, offset: number) => local.set(to, i32.load(offset, 4, cpu()));
    const store = (from: number, offset: number) => i32.store(offset, 4, cpu(), local.get(from, Type.I32));
    const flags = FLAGS.filter(([index]) => this.#flagUse.read.has(index));
    const stack = this.#stackPage ? [Local.STACK_READ, Local.STACK_WRITE] : [];
    const pages = [...stack, ...this.#loopPages];
    return module.block(null, [
      ...flags.map(([index, offset]) => load(index, offset)),
      local.set(Local.PAGE, i32.and(local.get(Local.TARGET, Type.I32), i32.const(PAGE_MASK))),
      load(Local.BUDGET, CPU.BUDGET),
      load(Local.CONTEXT, CPU.CONTEXT),
      load(Local.TLB_BASE, CPU.TLB_BASE),
      ...pages.map((index) => local.set(index, i64.const(NO_PAGE))),
      module.block(LEAVE, [body]),
      ...flags
        .filter(([index]) => this.#flagUse.written.has(index))
        .map(([index, offset]) => store(index, offset)),
      store(Local.BUDGET, CPU.BUDGET),
      ...(this.#changesMode
        ? [module.if(i32.eq(local.get(Local.CHAIN, Type.I32), i32.const(Chain.MODE)), changeMode(module))]
        : []),
      module.if(local.get(Local.CHAIN, Type.I32), jump(module)),
      leave(module),
    ]);
  }

  /** Leaves before an instruction that ends in the next page, unless that has the halfword which it was translated with. */
  #checkNextHalfword(): Expression {
    const { module } = this;
    const { i32, local } = module;
    const next = () => this.#address(PAGE_BYTES);
    const differs = i32.ne(
      i32.load16_u(0, 2, i32.and(pageWord(module), i32.const(PAGE_MASK))),
      i32.const(this.#reader.nextHalfword),
    );
    return module.block(null, [
      local.set(Local.ENTRY, tlbEntry(module, next)),
      module.if(i32.or(notExecutable(module, next), differs), this.leaveBefore()),
    ]);
  }
}

/** Temporaries of one type: all there are, and how many the current block has taken. */
interface Pool {
  readonly locals: number[];
  used: number;
}

/** The code of an instruction. */
interface BuiltInstruction {
  readonly statements: Expression[];
  readonly terminator: InstructionEnd | undefined;
  /** Control may leave the region in it: registers have to be in memory before. */
  readonly leaves: boolean;
  /** Registers that it writes to their locals only, a bit each. */
  readonly written: number;
}

/** How an instruction ends its block. */
type InstructionEnd =
  | { readonly kind: 'goto'; readonly target: number }
  | { readonly kind: 'if'; readonly condition: Expression; readonly target: number }
  | { readonly kind: 'indirect' }
  | { readonly kind: 'mode' };

function instructionEnd(
  terminator: Terminator | undefined,
  module: binaryen.Module,
): InstructionEnd | undefined {
  switch (terminator?.kind) {
    case 'direct':
      return { kind: 'goto', target: terminator.target };
    case 'conditional':
      return {
        kind: 'if',
        condition: module.local.get(terminator.condition.local, Type.I32),
        target: terminator.target,
      };
    case 'indirect':
    case 'mode':
      return { kind: terminator.kind };
    default:
      return undefined;
  }
}
