import { CPU, Mode } from '../../jit/abi/cpu-state.js';
import { isSecure } from '../cpu/modes.js';
import { FaultType } from './fault.js';
import { Regime } from './regime.js';
import type { SoftwareTlb } from './tlb.js';
import { Access, Attributes, isDevice, Shareability, type Translation } from './translation.js';
import { Walker } from './walker.js';

// PAR (ARM DDI 0406C B4.1.112)
const PAR_F = 1 << 0;
const PAR_SS = 1 << 1;
const PAR_SH = 1 << 7;
const PAR_NS = 1 << 9;
const PAR_NOS = 1 << 10;
const PAR_LPAE = 1 << 11;
/** Long-descriptor format: the abort was of stage 2, on a stage-1 walk. */
const PAR_FS2WLK = 1 << 8;
/** Long-descriptor format: the abort was of stage 2. */
const PAR_FSTAGE = 1 << 9;

const TWO_32 = 0x1_0000_0000;

/**
 * The address translation operations (ARM DDI 0406C B3.18.8): each writes PAR, and takes a Data Abort only for
 * an external abort on the walk, or (to Hyp mode) a stage-2 fault on the walk of a stage-1 operation from PL1.
 */
export class AddressTranslation {
  readonly #tlb: SoftwareTlb;
  readonly #walker: Walker;
  readonly #regime = new Regime();

  constructor(tlb: SoftwareTlb) {
    this.#tlb = tlb;
    this.#walker = new Walker(tlb.bus, tlb.state.memory);
  }

  /** ATS1CPR, ATS1CPW (`user` false), ATS1CUR, ATS1CUW: stage 1 in the current security state. */
  stage1Current(va: number, user: boolean, write: boolean): void {
    const { state } = this.#tlb;
    this.#regime.loadPL10(state, isSecure(state));
    this.#translate(va, user, write, true, this.#regime.long || state.mode === Mode.HYP);
  }

  /** ATS12NSOPR, ATS12NSOPW, ATS12NSOUR, ATS12NSOUW: stages 1 and 2, Non-secure PL1&0. */
  stages12NonSecure(va: number, user: boolean, write: boolean): void {
    this.#regime.loadPL10(this.#tlb.state, false);
    this.#translate(va, user, write, false, this.#regime.long || this.#regime.stage2);
  }

  /** ATS1HR, ATS1HW: Hyp mode's stage 1. */
  stage1Hyp(va: number, write: boolean): void {
    this.#regime.loadHyp(this.#tlb.state);
    this.#translate(va, false, write, true, true);
  }

  #translate(va: number, user: boolean, write: boolean, stage1Only: boolean, long: boolean): void {
    const walker = this.#walker;
    const regime = this.#regime;
    const { trace, state } = this.#tlb;
    if (walker.walk(regime, va, write ? Access.WRITE : Access.READ, !user, stage1Only)) {
      const { result } = walker;
      if (long) this.#writePAR(longLow(result), longHigh(result));
      else this.#writePAR(shortResult(result, regime), 0);
      trace?.(`mmu: address translation 0x${(va >>> 0).toString(16)} -> 0x${result.pa.toString(16)}`);
      return;
    }
    const { fault } = walker;
    trace?.(`mmu: address translation 0x${(va >>> 0).toString(16)}: ${fault}`);
    const trapped = stage1Only && fault.stage2 && !isSecure(state) && state.mode !== Mode.HYP;
    if (fault.type === FaultType.EXTERNAL_ON_WALK || trapped) {
      fault.cacheMaintenance = true;
      this.#tlb.aborts.raiseDataAbort(va | 0, fault, true);
    }
    if (long) {
      const stage = (fault.stage2 ? PAR_FSTAGE : 0) | (fault.onWalk ? PAR_FS2WLK : 0);
      this.#writePAR(PAR_F | (fault.longStatus << 1) | stage | PAR_LPAE, 0);
    } else {
      // FST[5:0] is DFSR's ExT, FS[4], FS[3:0].
      this.#writePAR(PAR_F | (fault.shortStatus << 1) | (fault.externalType << 6), 0);
    }
  }

  #writePAR(low: number, high: number): void {
    const { state } = this.#tlb;
    const par = CPU.PAR + (isSecure(state) ? 8 : 0);
    state.set(par, low);
    state.set(par + 4, high);
  }
}

function longLow(result: Translation): number {
  const page = (result.pa % TWO_32) & 0xffff_f000;
  return page | PAR_LPAE | (result.secure ? 0 : PAR_NS) | (result.shareability << 7);
}

function longHigh(result: Translation): number {
  return Math.floor(result.pa / TWO_32) | (result.attributes << 24);
}

function shortResult(result: Translation, regime: Regime): number {
  const { attributes, shareability } = result;
  const fields =
    (outerField(attributes) << 2) |
    (innerField(attributes) << 4) |
    (shareability !== Shareability.NON ? PAR_SH : 0) |
    (result.secure ? 0 : PAR_NS) |
    (shareability === Shareability.INNER ? PAR_NOS : 0);
  if (regime.enabled && result.sizeLog2 === 24) {
    // A Supersection: PA[31:24], and PA[39:32] in bits 23:16.
    return ((result.pa % TWO_32) & 0xff00_0000) | (Math.floor(result.pa / TWO_32) << 16) | fields | PAR_SS;
  }
  return ((result.pa % TWO_32) & 0xffff_f000) | fields;
}

/** PAR.Inner of a MAIR byte. */
function innerField(attributes: number): number {
  if (attributes === Attributes.STRONGLY_ORDERED) return 0b001;
  if (isDevice(attributes)) return 0b011;
  const inner = attributes & 15;
  if (inner === 0b0100) return 0b000;
  if ((inner & 0b0100) === 0) return 0b110;
  return (inner & 1) !== 0 ? 0b101 : 0b111;
}

/** PAR.Outer of a MAIR byte. */
function outerField(attributes: number): number {
  if (isDevice(attributes)) return 0b00;
  const outer = attributes >>> 4;
  if (outer === 0b0100) return 0b00;
  if ((outer & 0b0100) === 0) return 0b10;
  return (outer & 1) !== 0 ? 0b01 : 0b11;
}
