/** GICv2 CPU interface registers (IHI 0048B 4.4). */
import type { AccessWidth, Device } from '../device.js';
import { narrow } from '../registers.js';
import { isNonSecure } from './access.js';
import {
  ACK_CTL,
  CBPR,
  ENABLE_GRP0,
  ENABLE_GRP1,
  EOI_MODE,
  EOI_MODE_NS,
  FIQ_EN,
  type GicState,
  IDLE_PRIORITY,
  INTERRUPT_COUNT,
  SPURIOUS,
  SPURIOUS_GROUP1,
} from './state.js';

const GICC_CTLR = 0x0000;
const GICC_PMR = 0x0004;
const GICC_BPR = 0x0008;
const GICC_IAR = 0x000c;
const GICC_EOIR = 0x0010;
const GICC_RPR = 0x0014;
const GICC_HPPIR = 0x0018;
const GICC_ABPR = 0x001c;
const GICC_AIAR = 0x0020;
const GICC_AEOIR = 0x0024;
const GICC_AHPPIR = 0x0028;
const GICC_APR0 = 0x00d0;
const GICC_NSAPR0 = 0x00e0;
const GICC_IIDR = 0x00fc;
const GICC_DIR = 0x1000;

/** Architecture version 2, implementer Arm. */
export const CPU_INTERFACE_IIDR = 0x0002043b;
/** Writable bits of GICC_CTLR; the bypass controls are not implemented. */
const CTLR_MASK = ENABLE_GRP0 | ENABLE_GRP1 | ACK_CTL | FIQ_EN | CBPR | EOI_MODE;
/** 8 priority bits: the smallest binary point leaves 7 group priority bits. */
const MIN_ABPR = 1;

export class CpuInterface implements Device {
  readonly name = 'gicc';
  readonly size = 0x2000;
  readonly #state: GicState;

  constructor(state: GicState) {
    this.#state = state;
  }

  reset(): void {
    this.#state.reset();
  }

  read(offset: number, width: AccessWidth, cpu: number): number {
    return narrow(this.#readRegister(offset & ~3, cpu & 0xff, isNonSecure(this.#state, cpu)), offset, width);
  }

  write(offset: number, _width: AccessWidth, value: number, cpu: number): void {
    // All registers here are word-accessible only; QEMU takes a narrower write as zero-extended.
    if ((offset & 3) === 0) this.#writeRegister(offset, value, cpu & 0xff, isNonSecure(this.#state, cpu));
  }

  #readRegister(offset: number, cpu: number, nonSecure: boolean): number {
    const state = this.#state;
    switch (offset) {
      case GICC_CTLR:
        return nonSecure ? (state.control[cpu] & (ENABLE_GRP1 | EOI_MODE_NS)) >>> 1 : state.control[cpu];
      case GICC_PMR:
        return nonSecure ? nonSecureView(state.priorityMask[cpu]) : state.priorityMask[cpu];
      case GICC_BPR:
        if (!nonSecure) return state.binaryPoint[cpu];
        return state.control[cpu] & CBPR
          ? Math.min(state.binaryPoint[cpu] + 1, 7)
          : state.aliasedBinaryPoint[cpu];
      case GICC_IAR:
        return this.#acknowledge(cpu, nonSecure);
      case GICC_AIAR:
        // The aliased registers are for Secure accesses only.
        return nonSecure ? 0 : this.#acknowledge(cpu, true);
      case GICC_RPR: {
        const running = state.runningPriority[cpu];
        if (running === IDLE_PRIORITY) return 0xff;
        return nonSecure ? nonSecureView(running) : running;
      }
      case GICC_HPPIR:
        return this.#highestPending(cpu, nonSecure);
      case GICC_AHPPIR:
        return nonSecure ? 0 : this.#highestPending(cpu, true);
      case GICC_ABPR:
        return nonSecure ? 0 : state.aliasedBinaryPoint[cpu];
      case GICC_IIDR:
        return CPU_INTERFACE_IIDR;
    }
    if (offset >= GICC_APR0 && offset < GICC_APR0 + 0x10) {
      const index = (offset - GICC_APR0) >>> 2;
      if (!nonSecure) return state.apr[cpu * 4 + index];
      // Non-secure software sees the lower half of the priorities as a whole (IHI 0048B 4.4.12).
      return index < 2 ? state.nsapr[cpu * 4 + 2 + index] : 0;
    }
    if (offset >= GICC_NSAPR0 && offset < GICC_NSAPR0 + 0x10 && !nonSecure) {
      return state.nsapr[cpu * 4 + ((offset - GICC_NSAPR0) >>> 2)];
    }
    return 0;
  }

  #writeRegister(offset: number, value: number, cpu: number, nonSecure: boolean): void {
    const state = this.#state;
    switch (offset) {
      case GICC_CTLR:
        if (nonSecure) {
          const writable = ENABLE_GRP1 | EOI_MODE_NS;
          state.control[cpu] = (state.control[cpu] & ~writable) | ((value << 1) & writable);
        } else {
          state.control[cpu] = value & (state.securityExtensions ? CTLR_MASK | EOI_MODE_NS : CTLR_MASK);
        }
        break;
      case GICC_PMR:
        if (!nonSecure) state.priorityMask[cpu] = value;
        else if (state.priorityMask[cpu] & 0x80) state.priorityMask[cpu] = 0x80 | ((value & 0xff) >>> 1);
        break;
      case GICC_BPR:
        if (!nonSecure) state.binaryPoint[cpu] = value & 7;
        else if ((state.control[cpu] & CBPR) === 0) {
          state.aliasedBinaryPoint[cpu] = Math.max(value & 7, MIN_ABPR);
        }
        break;
      case GICC_ABPR:
        if (!nonSecure) state.aliasedBinaryPoint[cpu] = Math.max(value & 7, MIN_ABPR);
        break;
      case GICC_EOIR:
        this.#endOfInterrupt(value & 0x3ff, cpu, nonSecure, nonSecure);
        break;
      case GICC_AEOIR:
        if (!nonSecure) this.#endOfInterrupt(value & 0x3ff, cpu, true, state.securityExtensions);
        break;
      case GICC_DIR:
        this.#deactivate(value & 0x3ff, cpu, nonSecure);
        return;
      default:
        this.#writeActivePriorities(offset, value, cpu, nonSecure);
    }
    state.update(cpu);
  }

  #writeActivePriorities(offset: number, value: number, cpu: number, nonSecure: boolean): void {
    const state = this.#state;
    const index = (offset & 0xf) >>> 2;
    if (offset >= GICC_APR0 && offset < GICC_APR0 + 0x10) {
      if (!nonSecure) state.apr[cpu * 4 + index] = value;
      else if (index < 2) state.nsapr[cpu * 4 + 2 + index] = value;
    } else if (offset >= GICC_NSAPR0 && offset < GICC_NSAPR0 + 0x10 && !nonSecure) {
      state.nsapr[cpu * 4 + index] = value;
    } else {
      return;
    }
    state.recomputeRunningPriority(cpu);
  }

  /** GICC_IAR (IHI 0048B 4.4.4). @param group1Only what a Non-secure access, or GICC_AIAR, may take. */
  #acknowledge(cpu: number, group1Only: boolean): number {
    const state = this.#state;
    if (!state.isSufficient(cpu)) return SPURIOUS;
    const group1 = state.isGroup1(state.pendingId[cpu], cpu);
    if (group1Only && !group1) return SPURIOUS;
    if (!group1Only && group1 && (state.control[cpu] & ACK_CTL) === 0) return SPURIOUS_GROUP1;
    return state.acknowledge(cpu);
  }

  /** GICC_HPPIR (IHI 0048B 4.4.7): neither the priority mask nor the running priority matter. */
  #highestPending(cpu: number, group1Only: boolean): number {
    const state = this.#state;
    const irq = state.pendingId[cpu];
    if (irq === SPURIOUS) return SPURIOUS;
    const group1 = state.isGroup1(irq, cpu);
    if (group1Only && !group1) return SPURIOUS;
    if (!group1Only && group1 && (state.control[cpu] & ACK_CTL) === 0) return SPURIOUS_GROUP1;
    if (irq >= 16) return irq;
    const sources = state.sgiSources(irq, cpu);
    return irq | ((31 - Math.clz32(sources & -sources)) << 10);
  }

  /** GICC_EOIR (IHI 0048B 4.4.5). Without EOImode it deactivates too. */
  #endOfInterrupt(irq: number, cpu: number, group1Only: boolean, modeNs: boolean): void {
    const state = this.#state;
    // A spurious ID is to be ignored; the end of what never began is UNPREDICTABLE: ignored, as by QEMU.
    if (irq >= INTERRUPT_COUNT || state.runningPriority[cpu] === IDLE_PRIORITY) return;
    if (group1Only && !state.isGroup1(irq, cpu)) return;
    state.dropPriority(irq, cpu);
    if ((state.control[cpu] & (modeNs ? EOI_MODE_NS : EOI_MODE)) === 0) state.deactivate(irq, cpu);
  }

  /** GICC_DIR (IHI 0048B 4.4.15). Without EOImode it is UNPREDICTABLE: ignored, as by QEMU. */
  #deactivate(irq: number, cpu: number, nonSecure: boolean): void {
    const state = this.#state;
    if (irq >= INTERRUPT_COUNT) return;
    if ((state.control[cpu] & (nonSecure ? EOI_MODE_NS : EOI_MODE)) === 0) return;
    if (nonSecure && !state.isGroup1(irq, cpu)) return;
    state.deactivate(irq, cpu);
  }
}

/** How Non-secure software sees a priority: its half of the range, shifted up; zero for the Secure half. */
function nonSecureView(priority: number): number {
  return priority & 0x80 ? (priority << 1) & 0xff : 0;
}
