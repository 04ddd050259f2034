/**
 * The Generic Timer of one vCPU (ARM DDI 0406C B8): the counter and its timers. How CP15 reaches the
 * registers, and who may, is the CP15 layer's business. 64-bit values are pairs of unsigned 32-bit numbers.
 */
import type { Clock, ClockEvent } from '../clock.js';
import type { InterruptLine } from './device.js';

/** Counter frequency in Hz: that of QEMU's `virt`. */
export const COUNTER_FREQUENCY = 62_500_000;
const NS_PER_TICK = 16;
const TWO32 = 0x1_0000_0000;
/** Ticks ahead from which a deadline is never reached: past what a `Clock` can count (2^53 ns). */
const NEVER = 2 ** 49;

/** CNTx_CTL (ARM DDI 0406C B8.1). */
const CTL_ENABLE = 1 << 0;
const CTL_IMASK = 1 << 1;
const CTL_ISTATUS = 1 << 2;

/** A 64-bit offset between the physical counter and a timer's own. */
class CounterOffset {
  high = 0;
  low = 0;
}

/** One timer: a compare value against a counter, and the interrupt that it drives. */
export class TimerChannel implements ClockEvent {
  readonly name: string;
  readonly #clock: Clock;
  readonly #line: InterruptLine;
  readonly #offset: CounterOffset;
  #cvalHigh = 0;
  #cvalLow = 0;
  #control = 0;
  #asserted = false;

  constructor(name: string, clock: Clock, line: InterruptLine, offset: CounterOffset) {
    this.name = name;
    this.#clock = clock;
    this.#line = line;
    this.#offset = offset;
  }

  /** CVAL and CTL are UNKNOWN after reset but for ENABLE; here they are zero. */
  reset(): void {
    this.#cvalHigh = 0;
    this.#cvalLow = 0;
    this.#control = 0;
    this.update();
  }

  readCVALLow(): number {
    return this.#cvalLow;
  }

  readCVALHigh(): number {
    return this.#cvalHigh;
  }

  writeCVAL(high: number, low: number): void {
    this.#cvalHigh = high >>> 0;
    this.#cvalLow = low >>> 0;
    this.update();
  }

  /** TVAL: what is left to count, signed, as an unsigned 32-bit number. */
  readTVAL(): number {
    const ticks = Math.floor(this.#clock.now() / NS_PER_TICK);
    return (this.#cvalLow - ((ticks >>> 0) - this.#offset.low)) >>> 0;
  }

  /** Sets CVAL to the counter plus the sign-extended value (ARM DDI 0406C B8.1). */
  writeTVAL(value: number): void {
    const ticks = Math.floor(this.#clock.now() / NS_PER_TICK);
    const low = lowOf(ticks) - this.#offset.low + (value | 0);
    this.#cvalLow = low >>> 0;
    this.#cvalHigh = (highOf(ticks) - this.#offset.high + Math.floor(low / TWO32)) >>> 0;
    this.update();
  }

  readCTL(): number {
    if ((this.#control & CTL_ENABLE) === 0) return this.#control;
    return this.#control | (this.#isMet() ? CTL_ISTATUS : 0);
  }

  writeCTL(value: number): void {
    this.#control = value & (CTL_ENABLE | CTL_IMASK);
    this.update();
  }

  fire(): void {
    this.update();
  }

  /** Drives the line and sets the next deadline; also needed after a change of the counter's offset. */
  update(): void {
    if ((this.#control & CTL_ENABLE) === 0) {
      this.#clock.cancel(this);
      this.#drive(false);
      return;
    }
    const ticks = Math.floor(this.#clock.now() / NS_PER_TICK);
    const met = this.#isMetAt(ticks);
    this.#drive(met && (this.#control & CTL_IMASK) === 0);
    // Met, the next change is the counter's wrap to zero (0 ticks: it has just been there); before, the compare value.
    // A masked timer has nothing to signal: ISTATUS is worked out when it is read.
    const ahead = met
      ? this.#ticksUntil(ticks, 0, 0) || NEVER
      : this.#ticksUntil(ticks, this.#cvalHigh, this.#cvalLow);
    if (ahead >= NEVER || this.#control & CTL_IMASK) this.#clock.cancel(this);
    else this.#clock.schedule(this, (ticks + ahead) * NS_PER_TICK);
  }

  #isMet(): boolean {
    return this.#isMetAt(Math.floor(this.#clock.now() / NS_PER_TICK));
  }

  /** Whether counter - offset >= CVAL, as unsigned 64-bit numbers. */
  #isMetAt(ticks: number): boolean {
    const low = lowOf(ticks) - this.#offset.low;
    const high = (highOf(ticks) - this.#offset.high - (low < 0 ? 1 : 0)) >>> 0;
    return high > this.#cvalHigh || (high === this.#cvalHigh && low >>> 0 >= this.#cvalLow);
  }

  /** Ticks until counter - offset is the given value, modulo 2^64; inexact from 2^53. */
  #ticksUntil(ticks: number, valueHigh: number, valueLow: number): number {
    const low = valueLow + this.#offset.low - lowOf(ticks);
    const high = (valueHigh + this.#offset.high - highOf(ticks) + Math.floor(low / TWO32)) >>> 0;
    return high * TWO32 + (low >>> 0);
  }

  #drive(level: boolean): void {
    if (level === this.#asserted) return;
    this.#asserted = level;
    this.#line(level);
  }
}

/** The interrupt of each timer; `true` is asserted. */
export interface GenericTimerLines {
  securePhysical: InterruptLine;
  nonSecurePhysical: InterruptLine;
  virtual: InterruptLine;
  hyp: InterruptLine;
}

export class GenericTimer {
  /** CNTP_* of the Secure bank. */
  readonly securePhysical: TimerChannel;
  /** CNTP_* of the Non-secure bank: the only one without the Security Extensions. */
  readonly nonSecurePhysical: TimerChannel;
  /** CNTV_*. */
  readonly virtual: TimerChannel;
  /** CNTHP_*. */
  readonly hyp: TimerChannel;
  readonly #clock: Clock;
  readonly #virtualOffset = new CounterOffset();
  /** CNTFRQ: what software (firmware) says the frequency is; it changes nothing. */
  frequency = COUNTER_FREQUENCY;
  /** Bits 63:32 of the counter that was read last. */
  counterHigh = 0;

  constructor(clock: Clock, lines: GenericTimerLines) {
    const none = new CounterOffset();
    this.#clock = clock;
    this.securePhysical = new TimerChannel('cntps', clock, lines.securePhysical, none);
    this.nonSecurePhysical = new TimerChannel('cntp', clock, lines.nonSecurePhysical, none);
    this.virtual = new TimerChannel('cntv', clock, lines.virtual, this.#virtualOffset);
    this.hyp = new TimerChannel('cnthp', clock, lines.hyp, none);
  }

  reset(): void {
    this.frequency = COUNTER_FREQUENCY;
    this.#virtualOffset.high = 0;
    this.#virtualOffset.low = 0;
    this.securePhysical.reset();
    this.nonSecurePhysical.reset();
    this.virtual.reset();
    this.hyp.reset();
  }

  /** Reads CNTPCT. @returns bits 31:0; {@link counterHigh} has the others */
  readCounter(): number {
    const ticks = Math.floor(this.#clock.now() / NS_PER_TICK);
    this.counterHigh = highOf(ticks);
    return lowOf(ticks);
  }

  /** Reads CNTVCT. @returns bits 31:0; {@link counterHigh} has the others */
  readVirtualCounter(): number {
    const { high, low } = this.#virtualOffset;
    const counter = this.readCounter();
    this.counterHigh = (this.counterHigh - high - (counter < low ? 1 : 0)) >>> 0;
    return (counter - low) >>> 0;
  }

  readCNTVOFFLow(): number {
    return this.#virtualOffset.low;
  }

  readCNTVOFFHigh(): number {
    return this.#virtualOffset.high;
  }

  setCNTVOFF(high: number, low: number): void {
    this.#virtualOffset.high = high >>> 0;
    this.#virtualOffset.low = low >>> 0;
    this.virtual.update();
  }
}

function lowOf(ticks: number): number {
  return ticks % TWO32;
}

function highOf(ticks: number): number {
  return Math.floor(ticks / TWO32);
}
