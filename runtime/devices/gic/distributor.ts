/** GICv2 Distributor registers (IHI 0048B 4.3). */
import type { AccessWidth, Device } from '../device.js';
import { byteMask, narrow } from '../registers.js';
import { isNonSecure } from './access.js';
import { ENABLE_GRP0, ENABLE_GRP1, type GicState, INTERRUPT_COUNT, MAX_CPUS, WORDS } from './state.js';

const GICD_CTLR = 0x000;
const GICD_TYPER = 0x004;
const GICD_IIDR = 0x008;
const GICD_IGROUPR = 0x080;
const GICD_ISENABLER = 0x100;
const GICD_ICENABLER = 0x180;
const GICD_ISPENDR = 0x200;
const GICD_ICPENDR = 0x280;
const GICD_ISACTIVER = 0x300;
const GICD_ICACTIVER = 0x380;
const GICD_IPRIORITYR = 0x400;
const GICD_ITARGETSR = 0x800;
const GICD_ICFGR = 0xc00;
const GICD_NSACR = 0xe00;
const GICD_SGIR = 0xf00;
const GICD_CPENDSGIR = 0xf10;
const GICD_SPENDSGIR = 0xf20;
const GICD_ID = 0xfd0;

/** Implementer Arm, as QEMU's GIC says. */
const IIDR = 0x43b;
/** PIDR4 to PIDR7, PIDR0 to PIDR3 (GICv2), CIDR0 to CIDR3. */
const ID_BYTES = [0x04, 0, 0, 0, 0x90, 0xb4, 0x2b, 0x00, 0x0d, 0xf0, 0x05, 0xb1];

/** GICD_SGIR (IHI 0048B 4.3.15). */
const SGIR_NSATT = 1 << 15;

export class Distributor implements Device {
  readonly name = 'gicd';
  readonly size = 0x1000;
  readonly #state: GicState;

  constructor(state: GicState) {
    this.#state = state;
  }

  reset(): void {
    this.#state.reset();
  }

  read(offset: number, width: AccessWidth, cpu: number): number {
    return narrow(this.#readWord(offset & ~3, cpu & 0xff, isNonSecure(this.#state, cpu)), offset, width);
  }

  write(offset: number, width: AccessWidth, value: number, cpu: number): void {
    const mask = byteMask(offset & 3, width);
    const shifted = value << ((offset & 3) * 8);
    this.#writeWord(offset & ~3, shifted & mask, mask, cpu & 0xff, isNonSecure(this.#state, cpu));
    this.#state.updateAll();
  }

  /** Bits of a word that an access may see: Group 0 is hidden from Non-secure accesses (IHI 0048B 4.1). */
  #visible(bank: number, nonSecure: boolean): number {
    return nonSecure ? this.#state.group[bank] : 0xffffffff;
  }

  /** The same for one interrupt. */
  #isVisible(irq: number, cpu: number, nonSecure: boolean): boolean {
    return !nonSecure || this.#state.isGroup1(irq, cpu);
  }

  #readWord(offset: number, cpu: number, nonSecure: boolean): number {
    const state = this.#state;
    if (offset < GICD_IGROUPR) {
      switch (offset) {
        case GICD_CTLR:
          return nonSecure ? (state.distributorControl >>> 1) & 1 : state.distributorControl;
        case GICD_TYPER:
          return (WORDS - 1) | ((state.cpus - 1) << 5) | (state.securityExtensions ? 1 << 10 : 0);
        case GICD_IIDR:
          return IIDR;
        default:
          return 0;
      }
    }
    if (offset < GICD_IPRIORITYR) {
      const word = (offset & 0x7f) >>> 2;
      if (word >= WORDS) return 0;
      const bank = state.bank(word, cpu);
      const visible = this.#visible(bank, nonSecure);
      switch (offset & ~0x7f) {
        case GICD_IGROUPR:
          return nonSecure ? 0 : state.group[bank];
        case GICD_ISENABLER:
        case GICD_ICENABLER:
          return state.enabled[bank] & visible;
        case GICD_ISPENDR:
        case GICD_ICPENDR:
          return state.pendingWord(bank) & visible;
        default:
          return state.active[bank] & visible;
      }
    }
    if (offset < GICD_ICFGR) {
      const priorities = offset < GICD_ITARGETSR;
      const first = offset & 0x3ff;
      let value = 0;
      for (let i = 0; i < 4 && first + i < INTERRUPT_COUNT; i++) {
        const irq = first + i;
        if (!this.#isVisible(irq, cpu, nonSecure)) continue;
        let field: number;
        if (!priorities) field = state.targets(irq, cpu);
        else if (nonSecure) field = (state.priority(irq, cpu) << 1) & 0xff;
        else field = state.priority(irq, cpu);
        value |= field << (8 * i);
      }
      return value;
    }
    if (offset < GICD_NSACR) {
      const first = (offset - GICD_ICFGR) * 4;
      if (first >= INTERRUPT_COUNT) return 0;
      const bank = state.bank(first >>> 5, cpu);
      const edges = (state.edge[bank] & this.#visible(bank, nonSecure)) >>> (first & 31);
      let value = 0;
      for (let i = 0; i < 16; i++) value |= ((edges >>> i) & 1) << (2 * i + 1);
      return value;
    }
    if (offset >= GICD_ID) return ID_BYTES[(offset - GICD_ID) >>> 2];
    if (offset >= GICD_CPENDSGIR && offset < GICD_SPENDSGIR + 0x10) {
      let value = 0;
      for (let i = 0; i < 4; i++) {
        const sgi = (offset & 0xf) + i;
        if (this.#isVisible(sgi, cpu, nonSecure)) value |= state.sgiSources(sgi, cpu) << (8 * i);
      }
      return value;
    }
    return 0;
  }

  /** `mask` has the bits of the bytes written; `value` is zero elsewhere. */
  #writeWord(offset: number, value: number, mask: number, cpu: number, nonSecure: boolean): void {
    const state = this.#state;
    if (offset < GICD_IGROUPR) {
      if (offset !== GICD_CTLR || (mask & 1) === 0) return;
      if (nonSecure) {
        state.distributorControl = (state.distributorControl & ENABLE_GRP0) | ((value & 1) << 1);
      } else {
        state.distributorControl = value & (ENABLE_GRP0 | ENABLE_GRP1);
      }
    } else if (offset < GICD_IPRIORITYR) {
      const word = (offset & 0x7f) >>> 2;
      if (word < WORDS) this.#writeBits(offset & ~0x7f, word, value, mask, cpu, nonSecure);
    } else if (offset < GICD_ICFGR) {
      this.#writeBytes(offset, value, mask, cpu, nonSecure);
    } else if (offset < GICD_NSACR) {
      this.#writeConfiguration((offset - GICD_ICFGR) * 4, value, mask, cpu, nonSecure);
    } else if (offset === GICD_SGIR) {
      // A narrower write is UNPREDICTABLE: ignored.
      if (mask === -1) this.#generateSgi(value, cpu, nonSecure);
    } else if (offset >= GICD_CPENDSGIR && offset < GICD_SPENDSGIR + 0x10) {
      for (let i = 0; i < 4; i++) {
        const sgi = (offset & 0xf) + i;
        if (!this.#isVisible(sgi, cpu, nonSecure)) continue;
        const bits = (value >>> (8 * i)) & ((1 << state.cpus) - 1);
        const sources = state.sgiSources(sgi, cpu);
        state.setSgiSources(sgi, cpu, offset < GICD_SPENDSGIR ? sources & ~bits : sources | bits);
      }
    }
  }

  #writeBits(
    register: number,
    word: number,
    value: number,
    mask: number,
    cpu: number,
    nonSecure: boolean,
  ): void {
    const state = this.#state;
    const bank = state.bank(word, cpu);
    const bits = value & this.#visible(bank, nonSecure);
    // SGIs are always enabled, and their pending state is written by GICD_[CS]PENDSGIR only.
    const notSgi = word === 0 ? bits & 0xffff0000 : bits;
    switch (register) {
      case GICD_IGROUPR:
        if (!nonSecure) state.group[bank] = (state.group[bank] & ~mask) | value;
        break;
      case GICD_ISENABLER:
        state.enabled[bank] |= notSgi;
        break;
      case GICD_ICENABLER:
        state.enabled[bank] &= ~notSgi;
        break;
      case GICD_ISPENDR:
        state.latched[bank] |= notSgi;
        break;
      case GICD_ICPENDR:
        state.latched[bank] &= ~notSgi;
        break;
      case GICD_ISACTIVER:
        state.active[bank] |= bits;
        break;
      case GICD_ICACTIVER:
        state.active[bank] &= ~bits;
        break;
    }
  }

  #writeBytes(offset: number, value: number, mask: number, cpu: number, nonSecure: boolean): void {
    const state = this.#state;
    const first = offset & 0x3ff;
    for (let i = 0; i < 4 && first + i < INTERRUPT_COUNT; i++) {
      const irq = first + i;
      if (((mask >>> (8 * i)) & 1) === 0 || !this.#isVisible(irq, cpu, nonSecure)) continue;
      const field = (value >>> (8 * i)) & 0xff;
      if (offset >= GICD_ITARGETSR) state.setTargets(irq, field);
      // Non-secure software has the lower half of the priorities (IHI 0048B 3.5).
      else state.setPriority(irq, cpu, nonSecure ? 0x80 | (field >>> 1) : field);
    }
  }

  #writeConfiguration(first: number, value: number, mask: number, cpu: number, nonSecure: boolean): void {
    if (first < 16 || first >= INTERRUPT_COUNT) return;
    const state = this.#state;
    const bank = state.bank(first >>> 5, cpu);
    for (let i = 0; i < 16; i++) {
      const bit = 1 << ((first & 31) + i);
      if (((mask >>> (2 * i + 1)) & 1) === 0 || (this.#visible(bank, nonSecure) & bit) === 0) continue;
      if ((value >>> (2 * i + 1)) & 1) state.edge[bank] |= bit;
      else state.edge[bank] &= ~bit;
    }
  }

  #generateSgi(value: number, cpu: number, nonSecure: boolean): void {
    const state = this.#state;
    const sgi = value & 0xf;
    const all = (1 << state.cpus) - 1;
    let targets: number;
    switch ((value >>> 24) & 3) {
      case 0:
        targets = (value >>> 16) & all;
        break;
      case 1:
        targets = all & ~(1 << cpu);
        break;
      case 2:
        targets = 1 << cpu;
        break;
      default:
        // Reserved; QEMU sends it to all.
        targets = all;
    }
    for (let target = 0; target < MAX_CPUS; target++) {
      if (((targets >>> target) & 1) === 0) continue;
      if (state.securityExtensions) {
        const wantGroup1 = nonSecure || (value & SGIR_NSATT) !== 0;
        if (state.isGroup1(sgi, target) !== wantGroup1) continue;
      }
      state.setSgiSources(sgi, target, state.sgiSources(sgi, target) | (1 << cpu));
    }
  }
}
