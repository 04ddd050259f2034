import type binaryen from 'binaryen';
import { CPU } from '../abi/cpu-state.js';
import { VcpuOffset } from '../abi/jump-cache.js';
import { TLB_ENTRIES, TLB_ENTRY_BYTES, TlbEntry } from '../abi/tlb.js';
import type { IntegerOps } from '../isa/ops.js';
import type { Flags } from './flags.js';
import { Local } from './locals.js';
import { NotTranslatable, Value } from './value.js';

type Expression = binaryen.ExpressionRef;
type Binary = (a: Expression, b: Expression) => Expression;

/** How the instruction that was just built ends its block. */
export type Terminator =
  /** Offsets are from the start of the page and may lie outside of it. */
  | { readonly kind: 'direct'; readonly target: number }
  | { readonly kind: 'conditional'; readonly condition: Value; readonly target: number }
  /** To an address in Local.TARGET. */
  | { readonly kind: 'indirect' };

const PAGE_MASK = -4096;

/** What the operations need to know about the place where code is being built. */
export interface EmissionTarget {
  readonly module: binaryen.Module;
  readonly flags: Flags;
  /** A fresh local for an i32. */
  temporary(): number;
  /** Adds a statement to the current instruction. */
  push(statement: Expression): void;
  /** Code that leaves the region before this instruction, so that the interpreter carries it out. */
  leaveBefore(): Expression;
  /** Notes that the region reads or writes a guest register. */
  usesRegister(n: number): void;
  writesRegister(n: number): void;
}

/**
 * Builds WebAssembly from the semantic functions' integer operations. Register writes of an instruction are
 * held back until it is complete ({@link pending}); a memory access that misses the TLB leaves the region
 * before the instruction, which the interpreter then carries out as a whole.
 */
export class IntegerEmitter implements IntegerOps<Value> {
  readonly #target: EmissionTarget;
  readonly #m: binaryen.Module;
  readonly thumb: boolean;
  /** Register values that the current instruction has computed, by number. */
  readonly pending = new Map<number, Value>();
  terminator: Terminator | undefined;
  /** ITSTATE that the IT instruction sets, or -1. */
  itState = -1;
  /** Offset of the current instruction from the start of the page, and its size in bytes. */
  #offset = 0;
  #size = 4;

  constructor(target: EmissionTarget, thumb: boolean) {
    this.#target = target;
    this.#m = target.module;
    this.thumb = thumb;
  }

  begin(offset: number, size: number): void {
    this.#offset = offset;
    this.#size = size;
    this.pending.clear();
    this.terminator = undefined;
    this.itState = -1;
  }

  /** What depends on the mode is not translated: one translation serves all modes. */
  get privileged(): boolean {
    throw new NotTranslatable();
  }

  get sys(): never {
    throw new NotTranslatable();
  }

  get vfp(): never {
    throw new NotTranslatable();
  }

  get simd(): never {
    throw new NotTranslatable();
  }

  // Building blocks

  get(value: Value): Expression {
    return value.isConstant ? this.#m.i32.const(value.constant) : this.#m.local.get(value.local, I32);
  }

  #define(expression: Expression): Value {
    const local = this.#target.temporary();
    this.#target.push(this.#m.local.set(local, expression));
    return Value.inLocal(local);
  }

  #binary(a: Value, b: Value, fold: (a: number, b: number) => number, build: Binary): Value {
    if (a.isConstant && b.isConstant) return Value.constant(fold(a.constant, b.constant));
    return this.#define(build(this.get(a), this.get(b)));
  }

  #address(offset: number): Expression {
    return this.#m.i32.add(this.#m.local.get(Local.PAGE, I32), this.#m.i32.const(offset));
  }

  // Values

  imm(value: number): Value {
    return Value.constant(value);
  }

  reg(n: number): Value {
    if (n === 15) return this.#define(this.#address(this.#offset + (this.thumb ? 4 : 8)));
    const written = this.pending.get(n);
    if (written) return written;
    this.#target.usesRegister(n);
    return Value.inLocal(Local.REGISTER + n);
  }

  setReg(n: number, value: Value): void {
    this.#target.writesRegister(n);
    this.pending.set(n, value);
  }

  pcRelative(offset: number): Value {
    const pc = this.#offset + (this.thumb ? 4 : 8);
    return this.#define(this.#address((pc & ~3) + offset));
  }

  // Arithmetic

  add(a: Value, b: Value): Value {
    if (b.isConstant && b.constant === 0) return a;
    return this.#binary(a, b, (x, y) => x + y, this.#m.i32.add);
  }

  sub(a: Value, b: Value): Value {
    if (b.isConstant && b.constant === 0) return a;
    return this.#binary(a, b, (x, y) => x - y, this.#m.i32.sub);
  }

  mul(a: Value, b: Value): Value {
    return this.#binary(a, b, Math.imul, this.#m.i32.mul);
  }

  mulHighS(a: Value, b: Value): Value {
    const { i64 } = this.#m;
    return this.#define(this.#high(i64.mul(i64.extend_s(this.get(a)), i64.extend_s(this.get(b)))));
  }

  mulHighU(a: Value, b: Value): Value {
    const { i64 } = this.#m;
    return this.#define(this.#high(i64.mul(i64.extend_u(this.get(a)), i64.extend_u(this.get(b)))));
  }

  #high(wide: Expression): Expression {
    const { i32, i64 } = this.#m;
    return i32.wrap(i64.shr_u(wide, i64.const(32 as never)));
  }

  divS(a: Value, b: Value): Value {
    const { i32, i64 } = this.#m;
    // In 64 bits neither x/0 (divided by 1 instead) nor -2^31/-1 traps.
    const divisor = i32.or(this.get(b), i32.eqz(this.get(b)));
    const quotient = i32.wrap(i64.div_s(i64.extend_s(this.get(a)), i64.extend_s(divisor)));
    return this.#define(this.#m.select(this.get(b), quotient, i32.const(0)));
  }

  divU(a: Value, b: Value): Value {
    const { i32 } = this.#m;
    const divisor = i32.or(this.get(b), i32.eqz(this.get(b)));
    return this.#define(this.#m.select(this.get(b), i32.div_u(this.get(a), divisor), i32.const(0)));
  }

  and(a: Value, b: Value): Value {
    return this.#binary(a, b, (x, y) => x & y, this.#m.i32.and);
  }

  or(a: Value, b: Value): Value {
    return this.#binary(a, b, (x, y) => x | y, this.#m.i32.or);
  }

  xor(a: Value, b: Value): Value {
    return this.#binary(a, b, (x, y) => x ^ y, this.#m.i32.xor);
  }

  not(a: Value): Value {
    return this.xor(a, Value.constant(-1));
  }

  shl(a: Value, amount: Value): Value {
    return this.#binary(a, amount, (x, y) => x << y, this.#m.i32.shl);
  }

  shrU(a: Value, amount: Value): Value {
    return this.#binary(a, amount, (x, y) => x >>> y, this.#m.i32.shr_u);
  }

  shrS(a: Value, amount: Value): Value {
    return this.#binary(a, amount, (x, y) => x >> y, this.#m.i32.shr_s);
  }

  ror(a: Value, amount: Value): Value {
    return this.#binary(a, amount, (x, y) => (x >>> y) | (x << -y), this.#m.i32.rotr);
  }

  clz(a: Value): Value {
    return this.#define(this.#m.i32.clz(this.get(a)));
  }

  rbit(a: Value): Value {
    const swap = (value: Value, mask: number, shift: number): Value => {
      const amount = Value.constant(shift);
      const constant = Value.constant(mask);
      return this.or(
        this.and(this.shrU(value, amount), constant),
        this.shl(this.and(value, constant), amount),
      );
    };
    return this.rev(swap(swap(swap(a, 0x5555_5555, 1), 0x3333_3333, 2), 0x0f0f_0f0f, 4));
  }

  rev(a: Value): Value {
    const outer = this.and(this.ror(a, Value.constant(8)), Value.constant(0xff00_ff00));
    const inner = this.and(this.ror(a, Value.constant(24)), Value.constant(0x00ff_00ff));
    return this.or(outer, inner);
  }

  extendS8(a: Value): Value {
    return this.#define(this.#m.i32.extend8_s(this.get(a)));
  }

  extendS16(a: Value): Value {
    return this.#define(this.#m.i32.extend16_s(this.get(a)));
  }

  // Comparisons

  eq(a: Value, b: Value): Value {
    return this.#binary(a, b, (x, y) => +(x === y), this.#m.i32.eq);
  }

  ne(a: Value, b: Value): Value {
    return this.#binary(a, b, (x, y) => +(x !== y), this.#m.i32.ne);
  }

  ltS(a: Value, b: Value): Value {
    return this.#binary(a, b, (x, y) => +(x < y), this.#m.i32.lt_s);
  }

  leS(a: Value, b: Value): Value {
    return this.#binary(a, b, (x, y) => +(x <= y), this.#m.i32.le_s);
  }

  ltU(a: Value, b: Value): Value {
    return this.#binary(a, b, (x, y) => +(x >>> 0 < y >>> 0), this.#m.i32.lt_u);
  }

  leU(a: Value, b: Value): Value {
    return this.#binary(a, b, (x, y) => +(x >>> 0 <= y >>> 0), this.#m.i32.le_u);
  }

  select(condition: Value, a: Value, b: Value): Value {
    if (condition.isConstant) return condition.constant !== 0 ? a : b;
    return this.#define(this.#m.select(this.get(condition), this.get(a), this.get(b)));
  }

  when(_condition: Value, _body: () => void): void {
    throw new NotTranslatable();
  }

  // Flags

  addNZCV(a: Value, b: Value): Value {
    const result = this.#define(this.#m.i32.add(this.get(a), this.get(b)));
    this.#target.flags.setAddition(this.#kept(a), this.#kept(b), result);
    return result;
  }

  subNZCV(a: Value, b: Value): Value {
    const result = this.#define(this.#m.i32.sub(this.get(a), this.get(b)));
    this.#target.flags.setSubtraction(this.#kept(a), this.#kept(b), result);
    return result;
  }

  adcNZCV(a: Value, b: Value): Value {
    const { i32 } = this.#m;
    const carryIn = this.carry();
    const partial = this.#define(i32.add(this.get(a), this.get(b)));
    const result = this.#define(i32.add(this.get(partial), this.get(carryIn)));
    const carryOut = this.#define(
      i32.or(
        i32.lt_u(this.get(partial), this.get(a)),
        i32.lt_u(this.get(result), this.get(partial)),
      ),
    );
    this.#target.flags.setAdditionWithCarry(this.#kept(a), this.#kept(b), result, carryOut);
    return result;
  }

  /** A value that stays when the guest register it came from is written. */
  #kept(value: Value): Value {
    if (value.isConstant || value.local >= Local.TEMPORARY) return value;
    return this.#define(this.get(value));
  }

  setNZ(result: Value): void {
    const kept = this.#kept(result);
    this.#target.flags.setNZ(kept, kept);
  }

  setNZ64(low: Value, high: Value): void {
    this.#target.flags.setNZ(this.#kept(high), this.or(low, high));
  }

  setC(bit: Value): void {
    this.#target.flags.setC(this.#kept(bit));
  }

  setV(bit: Value): void {
    this.#target.flags.setV(this.#kept(bit));
  }

  orQ(bit: Value): void {
    const { i32 } = this.#m;
    this.#storeState(CPU.QF, i32.or(this.#loadState(CPU.QF), this.get(bit)));
  }

  carry(): Value {
    return this.#define(this.#target.flags.carry());
  }

  ge(): Value {
    return this.#define(this.#loadState(CPU.GE));
  }

  setGE(bits: Value): void {
    this.#storeState(CPU.GE, this.get(bits));
  }

  #loadState(offset: number): Expression {
    return this.#m.i32.load(offset, 4, this.#m.local.get(Local.CPU, I32));
  }

  #storeState(offset: number, value: Expression): void {
    this.#target.push(this.#m.i32.store(offset, 4, this.#m.local.get(Local.CPU, I32), value));
  }

  // Control flow

  branch(offset: number): void {
    this.terminator = { kind: 'direct', target: this.#offset + offset };
  }

  branchIf(condition: Value, offset: number): void {
    if (condition.isConstant) throw new NotTranslatable();
    this.terminator = { kind: 'conditional', condition, target: this.#offset + offset };
  }

  branchLink(offset: number, toThumb: boolean): void {
    if (toThumb !== this.thumb) throw new NotTranslatable();
    this.setReg(14, this.#define(this.#address((this.#offset + 4) | (this.thumb ? 1 : 0))));
    this.branch(offset);
  }

  branchLinkExchange(target: Value): void {
    const to = this.#kept(target);
    this.setReg(14, this.#define(this.#address((this.#offset + this.#size) | (this.thumb ? 1 : 0))));
    this.bxWritePC(to);
  }

  branchWritePC(target: Value): void {
    this.#indirect(this.and(target, Value.constant(this.thumb ? ~1 : ~3)));
  }

  bxWritePC(target: Value): void {
    const { i32 } = this.#m;
    // A change of instruction set, or an unaligned A32 target, is the interpreter's business.
    const wrong = this.thumb
      ? i32.eqz(i32.and(this.get(target), i32.const(1)))
      : i32.and(this.get(target), i32.const(3));
    this.#target.push(this.#m.if(wrong, this.#target.leaveBefore()));
    this.#indirect(this.and(target, Value.constant(~1)));
  }

  aluWritePC(target: Value): void {
    if (this.thumb) this.branchWritePC(target);
    else this.bxWritePC(target);
  }

  #indirect(target: Value): void {
    this.#target.push(this.#m.local.set(Local.TARGET, this.get(target)));
    this.terminator = { kind: 'indirect' };
  }

  // Memory

  load8U(address: Value): Value {
    return this.#load(address, 1, 0, (offset, at) => this.#m.i32.load8_u(offset, 1, at));
  }

  load8S(address: Value): Value {
    return this.#load(address, 1, 0, (offset, at) => this.#m.i32.load8_s(offset, 1, at));
  }

  load16U(address: Value): Value {
    return this.#load(address, 2, 0, (offset, at) => this.#m.i32.load16_u(offset, 1, at));
  }

  load16S(address: Value): Value {
    return this.#load(address, 2, 0, (offset, at) => this.#m.i32.load16_s(offset, 1, at));
  }

  load32(address: Value): Value {
    return this.#load(address, 4, 0, (offset, at) => this.#m.i32.load(offset, 1, at));
  }

  load32Aligned(address: Value): Value {
    return this.#load(address, 4, 3, (offset, at) => this.#m.i32.load(offset, 4, at));
  }

  store8(address: Value, value: Value): void {
    this.#store(address, 1, 0, (at) => this.#m.i32.store8(0, 1, at, this.get(value)));
  }

  store16(address: Value, value: Value): void {
    this.#store(address, 2, 0, (at) => this.#m.i32.store16(0, 1, at, this.get(value)));
  }

  store32(address: Value, value: Value): void {
    this.#store(address, 4, 0, (at) => this.#m.i32.store(0, 1, at, this.get(value)));
  }

  store32Aligned(address: Value, value: Value): void {
    this.#store(address, 4, 3, (at) => this.#m.i32.store(0, 4, at, this.get(value)));
  }

  #load(
    address: Value,
    size: number,
    alignment: number,
    load: (offset: number, at: Expression) => Expression,
  ): Value {
    this.#checkTlb(address, size, alignment, TlbEntry.READ_TAG);
    return this.#define(load(0, this.#linear(address)));
  }

  #store(address: Value, size: number, alignment: number, store: (at: Expression) => Expression): void {
    this.#checkTlb(address, size, alignment, TlbEntry.WRITE_TAG);
    this.#target.push(store(this.#linear(address)));
  }

  /** Leaves the region unless the TLB has the page. Local.ENTRY is the entry's place, less VcpuOffset.TLB. */
  #checkTlb(address: Value, size: number, alignment: number, tag: number): void {
    const { i32, local } = this.#m;
    const get = () => this.get(address);
    const index = i32.and(
      i32.xor(i32.shr_u(get(), i32.const(12)), i32.shr_u(get(), i32.const(22))),
      i32.const(TLB_ENTRIES - 1),
    );
    const shift = Math.log2(TLB_ENTRY_BYTES);
    this.#target.push(
      local.set(Local.ENTRY, i32.add(local.get(Local.CPU, I32), i32.shl(index, i32.const(shift)))),
    );
    // With the address of the last byte, an access that crosses a page misses; an aligned one cannot.
    const last = alignment === 0 && size > 1 ? i32.add(get(), i32.const(size - 1)) : get();
    const wanted = i32.or(i32.and(last, i32.const(PAGE_MASK)), local.get(Local.CONTEXT, I32));
    const found = i32.load(VcpuOffset.TLB + tag, 4, local.get(Local.ENTRY, I32));
    const miss =
      alignment === 0
        ? i32.ne(found, wanted)
        : i32.or(i32.xor(found, wanted), i32.and(get(), i32.const(alignment)));
    this.#target.push(this.#m.if(miss, this.#target.leaveBefore()));
  }

  #linear(address: Value): Expression {
    const { i32, local } = this.#m;
    return i32.add(
      this.get(address),
      i32.load(VcpuOffset.TLB + TlbEntry.ADDEND, 4, local.get(Local.ENTRY, I32)),
    );
  }

  loadUnprivileged(): Value {
    throw new NotTranslatable();
  }

  storeUnprivileged(): void {
    throw new NotTranslatable();
  }

  loadExclusive(): Value {
    throw new NotTranslatable();
  }

  loadExclusiveSecond(): Value {
    throw new NotTranslatable();
  }

  storeExclusive(): Value {
    throw new NotTranslatable();
  }

  clearExclusive(): void {
    throw new NotTranslatable();
  }

  barrier(): void {}

  instructionBarrier(): void {}

  // Status registers

  readCPSR(): Value {
    throw new NotTranslatable();
  }

  writeAPSR(): void {
    throw new NotTranslatable();
  }

  writeNZCV(): void {
    throw new NotTranslatable();
  }

  setITState(itstate: number): void {
    this.itState = itstate;
  }

  setEndian(): void {
    throw new NotTranslatable();
  }

  // Exceptions and hints are the interpreter's.

  undefinedInstruction(): void {
    throw new NotTranslatable();
  }

  svc(): void {
    throw new NotTranslatable();
  }

  bkpt(): void {
    throw new NotTranslatable();
  }

  wfi(): void {
    throw new NotTranslatable();
  }

  wfe(): void {
    throw new NotTranslatable();
  }

  sev(): void {
    throw new NotTranslatable();
  }

  yieldHint(): void {
    throw new NotTranslatable();
  }
}

/** binaryen.i32. */
const I32 = 2;
