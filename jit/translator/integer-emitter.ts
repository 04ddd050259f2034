import type binaryen from 'binaryen';
import { CPU, PSR, SystemAccess } from '../abi/cpu-state.js';
import type { IntegerOps } from '../isa/ops.js';
import type { EmissionTarget } from './emission-target.js';
import { Local } from './locals.js';
import { MemoryEmitter } from './memory-emitter.js';
import { SimdEmitter } from './simd-emitter.js';
import { getI32, StateEmitter } from './state-emitter.js';
import { SystemEmitter } from './system-emitter.js';
import { NotTranslatable, Type, Value } from './value.js';
import { VfpEmitter } from './vfp-emitter.js';

type Expression = binaryen.ExpressionRef;
type Binary = (a: Expression, b: Expression) => Expression;

/** How the instruction that was just built ends its block. */
export type Terminator =
  /** Offsets are from the start of the page and may lie outside of it. */
  | { readonly kind: 'direct'; readonly target: number }
  | { readonly kind: 'conditional'; readonly condition: Value; readonly target: number }
  /** To the interworking address in Local.TARGET. */
  | { readonly kind: 'indirect' }
  /** To the address in Local.TARGET, with NEXT_CPSR. */
  | { readonly kind: 'mode' };

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
  #exclusiveSecond = Value.constant(0);
  /** ITSTATE that the IT instruction sets, or -1. */
  itState = -1;
  /** Offset of the current instruction from the start of the page, and its size in bytes. */
  #offset = 0;
  #size = 4;
  readonly #memory: MemoryEmitter;
  readonly #state: StateEmitter;
  readonly #vfp: VfpEmitter;
  readonly #simd: SimdEmitter;
  readonly sys: SystemEmitter;

  constructor(target: EmissionTarget, thumb: boolean) {
    this.#target = target;
    this.#m = target.module;
    this.thumb = thumb;
    this.#memory = new MemoryEmitter(target);
    this.#state = new StateEmitter(target);
    this.#vfp = new VfpEmitter(target, this.#memory, this.#state);
    this.#simd = new SimdEmitter(target, this.#memory, this.#state);
    this.sys = new SystemEmitter(target, this.#state, this);
  }

  beginBlock(): void {
    this.#state.beginBlock();
    this.sys.beginBlock();
  }

  /** @param conditional whether the instruction may be skipped */
  begin(offset: number, size: number, conditional: boolean): void {
    this.#memory.begin();
    this.#state.begin(conditional);
    this.sys.begin(conditional);
    this.#offset = offset;
    this.#size = size;
    this.pending.clear();
    this.terminator = undefined;
    this.itState = -1;
  }

  /** The instruction is complete, but for the registers in {@link pending}: nothing can leave before it any more. */
  finish(): void {
    this.#memory.finish();
    this.#state.finish();
    this.sys.finish();
  }

  /** One translation serves all modes. What asks for the mode is not meant for User mode: there the region is left. */
  get privileged(): boolean {
    this.sys.require(SystemAccess.PRIVILEGED);
    return true;
  }

  /** In Hyp mode the region is left. */
  get hyp(): boolean {
    this.sys.require(SystemAccess.PL1);
    return false;
  }

  get vfp(): VfpEmitter {
    return this.#vfp;
  }

  get simd(): SimdEmitter {
    return this.#simd;
  }

  // Building blocks

  get(value: Value): Expression {
    return getI32(this.#m, value);
  }

  #define(expression: Expression): Value {
    return this.#target.define(expression);
  }

  /** A quotient takes long: not to be computed where it is not asked for. */
  #defineQuotient(expression: Expression): Value {
    const local = this.#target.temporary();
    this.#target.push(this.#m.local.set(local, expression));
    return Value.inLocal(local);
  }

  #binary(a: Value, b: Value, fold: (a: number, b: number) => number, build: Binary): Value {
    if (a.isConstant && b.isConstant) return Value.constant(fold(a.constant, b.constant));
    return this.#define(build(this.get(a), this.get(b)));
  }

  #address(offset: number): Expression {
    return this.#m.i32.add(this.#m.local.get(Local.PAGE, Type.I32), this.#m.i32.const(offset));
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
    const sum = this.#binary(a, b, (x, y) => x + y, this.#m.i32.add);
    return b.isConstant ? displaced(sum, a, b.constant) : sum;
  }

  sub(a: Value, b: Value): Value {
    if (b.isConstant && b.constant === 0) return a;
    const difference = this.#binary(a, b, (x, y) => x - y, this.#m.i32.sub);
    return b.isConstant ? displaced(difference, a, -b.constant) : difference;
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
    return this.#defineQuotient(this.#m.select(this.get(b), quotient, i32.const(0)));
  }

  divU(a: Value, b: Value): Value {
    const { i32 } = this.#m;
    const divisor = i32.or(this.get(b), i32.eqz(this.get(b)));
    return this.#defineQuotient(this.#m.select(this.get(b), i32.div_u(this.get(a), divisor), i32.const(0)));
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
      i32.or(i32.lt_u(this.get(partial), this.get(a)), i32.lt_u(this.get(result), this.get(partial))),
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
    return this.#m.i32.load(offset, 4, this.#m.local.get(Local.CPU, Type.I32));
  }

  #storeState(offset: number, value: Expression): void {
    this.#target.push(this.#m.i32.store(offset, 4, this.#m.local.get(Local.CPU, Type.I32), value));
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
    const target = this.#offset + offset;
    this.#link(4);
    if (toThumb === this.thumb) this.branch(offset);
    else this.#indirect(this.#define(this.#address(toThumb ? target | 1 : target & ~3)));
  }

  branchLinkExchange(target: Value): void {
    const to = this.#kept(target);
    this.#link(this.#size);
    this.bxWritePC(to);
  }

  /** @param size of the instruction in bytes */
  #link(size: number): void {
    const next = this.#offset + size;
    this.setReg(14, this.#define(this.#address(this.thumb ? next | 1 : next)));
    this.#target.returnsTo(next);
  }

  branchWritePC(target: Value): void {
    this.#indirect(this.thumb ? this.or(target, Value.constant(1)) : this.and(target, Value.constant(~3)));
  }

  /** An A32 target that is not aligned is in no jump cache: the interpreter takes its Alignment fault. */
  bxWritePC(target: Value): void {
    this.#indirect(target);
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

  requireMapped(address: Value): void {
    this.#memory.load(address, 1, 1);
  }

  load8U(address: Value): Value {
    const { at, offset } = this.#memory.load(address, 1, 1);
    return this.#define(this.#m.i32.load8_u(offset, 1, at));
  }

  load8S(address: Value): Value {
    const { at, offset } = this.#memory.load(address, 1, 1);
    return this.#define(this.#m.i32.load8_s(offset, 1, at));
  }

  load16U(address: Value): Value {
    const { at, offset } = this.#memory.load(address, 2, 1);
    return this.#define(this.#m.i32.load16_u(offset, 1, at));
  }

  load16S(address: Value): Value {
    const { at, offset } = this.#memory.load(address, 2, 1);
    return this.#define(this.#m.i32.load16_s(offset, 1, at));
  }

  load32(address: Value): Value {
    const { at, offset } = this.#memory.load(address, 4, 1);
    return this.#define(this.#m.i32.load(offset, 1, at));
  }

  load32Aligned(address: Value): Value {
    const { at, offset } = this.#memory.load(address, 4, 4);
    return this.#define(this.#m.i32.load(offset, 4, at));
  }

  store8(address: Value, value: Value): void {
    const { at, offset } = this.#memory.store(address, 1, 1);
    this.#target.push(this.#m.i32.store8(offset, 1, at, this.get(value)));
  }

  store16(address: Value, value: Value): void {
    const { at, offset } = this.#memory.store(address, 2, 1);
    this.#target.push(this.#m.i32.store16(offset, 1, at, this.get(value)));
  }

  store32(address: Value, value: Value): void {
    const { at, offset } = this.#memory.store(address, 4, 1);
    this.#target.push(this.#m.i32.store(offset, 1, at, this.get(value)));
  }

  store32Aligned(address: Value, value: Value): void {
    const { at, offset } = this.#memory.store(address, 4, 4);
    this.#target.push(this.#m.i32.store(offset, 4, at, this.get(value)));
  }

  loadUnprivileged(): Value {
    throw new NotTranslatable();
  }

  storeUnprivileged(): void {
    throw new NotTranslatable();
  }

  loadExclusive(address: Value, size: number): Value {
    const { i32 } = this.#m;
    const tagged = () => this.#memory.load(address, size, size);
    const { at, offset } = tagged();
    const load = size === 1 ? i32.load8_u : size === 2 ? i32.load16_u : i32.load;
    const first = this.#define(load(offset, size === 8 ? 4 : size, at));
    if (size === 8) {
      const high = this.#memory.load(this.add(address, Value.constant(4)), 4, 4);
      this.#exclusiveSecond = this.#define(i32.load(high.offset, 4, high.at));
    } else {
      this.#exclusiveSecond = Value.constant(0);
    }
    this.#state.store(CPU.EXCLUSIVE_SIZE, Value.constant(size));
    this.#state.store(CPU.EXCLUSIVE_ADDRESS, address);
    this.#state.store(CPU.EXCLUSIVE_LINEAR, this.#define(this.#memory.linear(tagged())));
    this.#state.store(CPU.EXCLUSIVE_VALUE, first);
    this.#state.store(CPU.EXCLUSIVE_VALUE + 4, this.#exclusiveSecond);
    return first;
  }

  loadExclusiveSecond(): Value {
    return this.#exclusiveSecond;
  }

  storeExclusive(address: Value, size: number, value: Value, second: Value): Value {
    const { i32 } = this.#m;
    const load = size === 1 ? i32.load8_u : size === 2 ? i32.load16_u : i32.load;
    const store = size === 1 ? i32.store8 : size === 2 ? i32.store16 : i32.store;
    const width = Math.min(size, 4);
    const low = () => this.#memory.store(address, size, size);
    const { at, offset } = low();
    // With the page there, nothing can fault, so the order of the checks does not show.
    const checks = [
      i32.ne(this.#loadState(CPU.EXCLUSIVE_SIZE), i32.const(0)),
      i32.eq(this.#loadState(CPU.EXCLUSIVE_ADDRESS), this.get(address)),
      i32.eq(this.#loadState(CPU.EXCLUSIVE_LINEAR), this.#memory.linear(low())),
      i32.eq(this.#loadState(CPU.EXCLUSIVE_VALUE), load(offset, width, at)),
    ];
    const stores = [];
    if (size === 8) {
      const next = this.add(address, Value.constant(4));
      const place = () => this.#memory.store(next, 4, 4);
      const checked = place();
      checks.push(i32.eq(this.#loadState(CPU.EXCLUSIVE_VALUE + 4), i32.load(checked.offset, 4, checked.at)));
      const stored = place();
      stores.push(i32.store(stored.offset, 4, stored.at, this.get(second)));
    }
    const passed = this.#define(checks.reduce(i32.and));
    const place = this.#memory.store(address, width, size);
    stores.push(store(place.offset, width, place.at, this.get(value)));
    this.#target.push(this.#m.if(this.get(passed), this.#m.block(null, stores)));
    this.#state.store(CPU.EXCLUSIVE_SIZE, Value.constant(0));
    return this.#define(i32.eqz(this.get(passed)));
  }

  clearExclusive(): void {
    this.#state.store(CPU.EXCLUSIVE_SIZE, Value.constant(0));
  }

  dataMemoryBarrier(): void {}

  dataSynchronizationBarrier(): void {
    this.sys.completeTlbOperations();
  }

  instructionBarrier(): void {}

  // Status registers

  readCPSR(): Value {
    const { i32 } = this.#m;
    const { flags } = this.#target;
    const at = (bit: Expression, position: number) => i32.shl(bit, i32.const(position));
    // J, T and IT read as zero (ARM DDI 0406C B9.3.8).
    const control = i32.and(this.#loadState(CPU.CPSR), i32.const(~(PSR.J | PSR.T)));
    const parts = [
      control,
      at(flags.condition(MI), 31),
      at(flags.condition(EQ), 30),
      at(flags.carry(), 29),
      at(flags.condition(VS), 28),
      at(this.#loadState(CPU.QF), 27),
      at(this.#loadState(CPU.GE), PSR.GE_SHIFT),
    ];
    return this.#define(parts.reduce(i32.or));
  }

  savedCPSR(): Value {
    if (!this.thumb) return this.readCPSR();
    return this.or(this.readCPSR(), Value.constant(PSR.T));
  }

  instructionAddress(): Value {
    return this.#define(this.#address(this.#offset));
  }

  returnAddress(): Value {
    const next = this.#offset + this.#size;
    this.#target.returnsTo(next);
    return this.#define(this.#address(next));
  }

  changeMode(target: Value): void {
    this.#target.push(this.#m.local.set(Local.TARGET, this.get(target)));
    this.terminator = { kind: 'mode' };
  }

  writeAPSR(value: Value, nzcvq: boolean, g: boolean): void {
    const bit = (position: number) => this.and(this.shrU(value, Value.constant(position)), Value.constant(1));
    if (nzcvq) {
      this.writeNZCV(value);
      this.#state.store(CPU.QF, bit(27));
    }
    if (g) {
      const ge = this.and(this.shrU(value, Value.constant(PSR.GE_SHIFT)), Value.constant(15));
      this.#state.store(CPU.GE, ge);
    }
  }

  writeNZCV(value: Value): void {
    const { flags } = this.#target;
    const kept = this.#kept(value);
    const bit = (position: number) => this.and(this.shrU(kept, Value.constant(position)), Value.constant(1));
    flags.setNZ(kept, this.and(this.not(kept), Value.constant(PSR.Z)));
    flags.setC(bit(29));
    flags.setV(bit(28));
  }

  setITState(itstate: number): void {
    this.itState = itstate;
  }

  setEndian(): void {
    throw new NotTranslatable();
  }

  // Exceptions and hints, most of which are the interpreter's.

  undefinedInstruction(): void {
    this.sys.leave();
  }

  svc(): void {
    this.sys.svc();
  }

  bkpt(): void {
    this.sys.leave();
  }

  wfi(): void {
    this.sys.leave();
  }

  wfe(): void {
    this.sys.leave();
  }

  sev(): void {
    this.#state.store(CPU.EVENT_SENT, Value.constant(1));
  }

  yieldHint(): void {
    this.sys.leave();
  }
}

/** Conditions that are one flag (ARM DDI 0406C A8.3). */
const EQ = 0;
const MI = 4;
const VS = 6;

function displaced(value: Value, from: Value, distance: number): Value {
  if (value.isConstant) return value;
  return new Value(0, value.local, value.type, from.base, from.displacement + distance);
}
