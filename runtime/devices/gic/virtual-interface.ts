/**
 * The GIC Virtualization Extensions of one CPU, without any register layout (IHI 0048B chapter 5): list
 * registers, the virtual CPU interface's prioritisation and the maintenance interrupt.
 */
import type { InterruptLine } from '../device.js';
import {
  ACK_CTL,
  CBPR,
  ENABLE_GRP0,
  ENABLE_GRP1,
  EOI_MODE,
  FIQ_EN,
  IDLE_PRIORITY,
  SPURIOUS,
  SPURIOUS_GROUP1,
} from './state.js';

/** List registers of Cortex-A15. */
export const LIST_REGISTERS = 4;
/** Priority bits of the virtual CPU interface, all of which count for preemption. */
export const VIRTUAL_PRIORITY_BITS = 5;
/** Smallest GICV_BPR and GICV_ABPR with that many bits. */
const MIN_BPR = 7 - VIRTUAL_PRIORITY_BITS;
const MIN_ABPR = MIN_BPR + 1;
/** Bits of a GICV_PMR that are there. */
const PRIORITY_MASK = 0xf8;

/** GICH_HCR (IHI 0048B 5.3.1). */
export const GICH_HCR_EN = 1 << 0;
const UIE = 1 << 1;
const LRENPIE = 1 << 2;
const NPIE = 1 << 3;
const VGRP0EIE = 1 << 4;
const VGRP0DIE = 1 << 5;
const VGRP1EIE = 1 << 6;
const VGRP1DIE = 1 << 7;
/** Those that enable a cause of their own; an EOI is asked for by the list register. */
const CAUSES = UIE | LRENPIE | NPIE | VGRP0EIE | VGRP0DIE | VGRP1EIE | VGRP1DIE;
const EOI_COUNT_SHIFT = 27;
const HCR_MASK = 0xf800_00ff | 0;

/** GICH_MISR (IHI 0048B 5.3.4). */
export const MISR = {
  EOI: 1 << 0,
  U: 1 << 1,
  LRENP: 1 << 2,
  NP: 1 << 3,
  VGRP0E: 1 << 4,
  VGRP0D: 1 << 5,
  VGRP1E: 1 << 6,
  VGRP1D: 1 << 7,
} as const;

/** GICH_LRn (IHI 0048B 5.3.8). */
const LR_HW = 0x8000_0000 | 0;
const LR_GRP1 = 1 << 30;
const LR_ACTIVE = 1 << 29;
const LR_PENDING = 1 << 28;
const LR_STATE = LR_ACTIVE | LR_PENDING;
const LR_PRIORITY_SHIFT = 23;
/** Where HW is 0: a maintenance interrupt is asked for when the interrupt ends. */
const LR_EOI = 1 << 19;
const LR_PHYSICAL_ID_SHIFT = 10;
const LR_VIRTUAL_ID = 0x3ff;
const LR_RESERVED = 0x0070_0000;

/** Bits of GICV_CTLR: those of a GICC_CTLR as a Secure access sees it. */
const CONTROL_MASK = ENABLE_GRP0 | ENABLE_GRP1 | ACK_CTL | FIQ_EN | CBPR | EOI_MODE;

/** First of the interrupt IDs that say that there is no interrupt. */
const SPECIAL_IDS = 1020;

export interface VirtualOutputs {
  /** Virtual IRQ and FIQ of the CPU. */
  irq: InterruptLine;
  fiq: InterruptLine;
  /** The maintenance interrupt, level-sensitive. */
  maintenance: InterruptLine;
  /** Makes a physical interrupt inactive: that of a list register with HW set. */
  deactivate(physicalId: number): void;
}

export class VirtualInterface {
  readonly #outputs: VirtualOutputs;
  readonly #lists = new Int32Array(LIST_REGISTERS);
  #hcr = 0;
  /** GICH_APR: a bit a group priority of an active interrupt, both groups together. */
  #apr = 0;
  #control = 0;
  #priorityMask = 0;
  #binaryPoint = MIN_BPR;
  #aliasedBinaryPoint = MIN_ABPR;
  /** List register with the highest priority pending interrupt, -1: none. */
  #best = -1;
  #irqLevel = false;
  #fiqLevel = false;
  #maintenanceLevel = false;

  constructor(outputs: VirtualOutputs) {
    this.#outputs = outputs;
  }

  reset(): void {
    this.#lists.fill(0);
    this.#hcr = 0;
    this.#apr = 0;
    this.#control = 0;
    this.#priorityMask = 0;
    this.#binaryPoint = MIN_BPR;
    this.#aliasedBinaryPoint = MIN_ABPR;
    this.#update();
  }

  // What the hypervisor sees

  /** GICH_HCR. */
  get hcr(): number {
    return this.#hcr >>> 0;
  }

  set hcr(value: number) {
    this.#hcr = value & HCR_MASK;
    this.#update();
  }

  /** GICH_APR. */
  get activePriorities(): number {
    return this.#apr >>> 0;
  }

  set activePriorities(value: number) {
    this.#apr = value | 0;
    this.#update();
  }

  /** GICH_LRn; a list register that is not there is RAZ/WI. */
  list(n: number): number {
    return n < LIST_REGISTERS ? this.#lists[n] >>> 0 : 0;
  }

  setList(n: number, value: number): void {
    if (n >= LIST_REGISTERS) return;
    this.#lists[n] = value & ~LR_RESERVED;
    this.#update();
  }

  /** GICH_EISR0: list registers whose interrupt has ended and that asked to be told. */
  get endStatus(): number {
    let status = 0;
    for (let n = 0; n < LIST_REGISTERS; n++) {
      const list = this.#lists[n];
      if ((list & (LR_STATE | LR_EOI)) === LR_EOI && (list & LR_HW) === 0) status |= 1 << n;
    }
    return status;
  }

  /** GICH_ELSR0: list registers that are free. */
  get emptyStatus(): number {
    let status = 0;
    for (let n = 0; n < LIST_REGISTERS; n++) {
      if ((this.#lists[n] & LR_STATE) === 0) status |= 1 << n;
    }
    return status & ~this.endStatus;
  }

  /** GICH_MISR. Causes show whether or not GICH_HCR.En lets them through. */
  get maintenanceStatus(): number {
    const hcr = this.#hcr;
    const control = this.#control;
    let valid = 0;
    let pending = 0;
    for (let n = 0; n < LIST_REGISTERS; n++) {
      const state = this.#lists[n] & LR_STATE;
      if (state !== 0) valid++;
      if (state === LR_PENDING) pending++;
    }
    let status = this.endStatus !== 0 ? MISR.EOI : 0;
    if ((hcr & UIE) !== 0 && valid <= 1) status |= MISR.U;
    if ((hcr & LRENPIE) !== 0 && hcr >>> EOI_COUNT_SHIFT !== 0) status |= MISR.LRENP;
    if ((hcr & NPIE) !== 0 && pending === 0) status |= MISR.NP;
    if ((hcr & VGRP0EIE) !== 0 && (control & ENABLE_GRP0) !== 0) status |= MISR.VGRP0E;
    if ((hcr & VGRP0DIE) !== 0 && (control & ENABLE_GRP0) === 0) status |= MISR.VGRP0D;
    if ((hcr & VGRP1EIE) !== 0 && (control & ENABLE_GRP1) !== 0) status |= MISR.VGRP1E;
    if ((hcr & VGRP1DIE) !== 0 && (control & ENABLE_GRP1) === 0) status |= MISR.VGRP1D;
    return status;
  }

  // What the virtual machine sees, and the hypervisor by GICH_VMCR

  /** GICV_CTLR. */
  get control(): number {
    return this.#control;
  }

  set control(value: number) {
    this.#control = value & CONTROL_MASK;
    this.#update();
  }

  /** GICV_PMR. */
  get priorityMask(): number {
    return this.#priorityMask;
  }

  set priorityMask(value: number) {
    this.#priorityMask = value & PRIORITY_MASK;
    this.#update();
  }

  /** GICV_BPR. */
  get binaryPoint(): number {
    return this.#binaryPoint;
  }

  set binaryPoint(value: number) {
    this.#binaryPoint = Math.max(value & 7, MIN_BPR);
    this.#update();
  }

  /** GICV_ABPR. */
  get aliasedBinaryPoint(): number {
    return this.#aliasedBinaryPoint;
  }

  set aliasedBinaryPoint(value: number) {
    this.#aliasedBinaryPoint = Math.max(value & 7, MIN_ABPR);
    this.#update();
  }

  /** Priority of the running virtual interrupt: 8 bits, or IDLE_PRIORITY. */
  get runningPriority(): number {
    const apr = this.#apr;
    return apr === 0 ? IDLE_PRIORITY : (31 - Math.clz32(apr & -apr)) << (8 - VIRTUAL_PRIORITY_BITS);
  }

  /**
   * GICV_IAR, and GICV_AIAR: takes the highest priority pending virtual interrupt.
   * @param aliased only Group 1 may be taken
   * @returns its ID, with the CPU that sent it for an SGI; or a special ID
   */
  acknowledge(aliased: boolean): number {
    if (!this.#isSufficient()) return SPURIOUS;
    const n = this.#best;
    const list = this.#lists[n];
    const refused = this.#refusal(list, aliased);
    if (refused !== 0) return refused;
    const level = (priorityOf(list) & this.#groupPriorityMask(list)) >>> (8 - VIRTUAL_PRIORITY_BITS);
    this.#apr |= 1 << level;
    this.#lists[n] = (list & ~LR_STATE) | LR_ACTIVE;
    this.#update();
    return interruptId(list);
  }

  /** GICV_HPPIR, and GICV_AHPPIR: neither the priority mask nor the running priority matter. */
  highestPending(aliased: boolean): number {
    if (this.#best < 0 || (this.#hcr & GICH_HCR_EN) === 0) return SPURIOUS;
    const list = this.#lists[this.#best];
    return this.#refusal(list, aliased) || interruptId(list);
  }

  /** GICV_EOIR and GICV_AEOIR: drops the priority, and without EOImode deactivates. */
  endOfInterrupt(value: number): void {
    const hadPriority = this.#apr !== 0;
    if ((value & LR_VIRTUAL_ID) >= SPECIAL_IDS) return;
    this.#apr &= this.#apr - 1;
    if ((this.#control & EOI_MODE) === 0) this.#deactivate(value, hadPriority);
    this.#update();
  }

  /** GICV_DIR. Without EOImode it is UNPREDICTABLE: ignored. */
  deactivate(value: number): void {
    if ((this.#control & EOI_MODE) === 0 || (value & LR_VIRTUAL_ID) >= SPECIAL_IDS) return;
    this.#deactivate(value, true);
    this.#update();
  }

  /** @param counts whether the end of an interrupt that no list register has counts in GICH_HCR.EOICount */
  #deactivate(value: number, counts: boolean): void {
    const n = this.#findActive(value);
    if (n < 0) {
      if (counts) this.#hcr = (this.#hcr + (1 << EOI_COUNT_SHIFT)) | 0;
      return;
    }
    const list = this.#lists[n];
    this.#lists[n] = list & ~LR_ACTIVE;
    if ((list & LR_HW) !== 0) this.#outputs.deactivate((list >>> LR_PHYSICAL_ID_SHIFT) & 0x3ff);
  }

  /** The list register with the active interrupt that a GICV_EOIR or GICV_DIR value names, -1: none. */
  #findActive(value: number): number {
    const id = value & LR_VIRTUAL_ID;
    for (let n = 0; n < LIST_REGISTERS; n++) {
      const list = this.#lists[n];
      if ((list & LR_ACTIVE) === 0 || (list & LR_VIRTUAL_ID) !== id) continue;
      if (id >= 16 || interruptId(list) === (value & 0x1fff)) return n;
    }
    return -1;
  }

  /** The special ID that an access gets in place of this interrupt: one of the other group; 0: none. */
  #refusal(list: number, aliased: boolean): number {
    const group1 = (list & LR_GRP1) !== 0;
    if (aliased) return group1 ? 0 : SPURIOUS;
    return group1 && (this.#control & ACK_CTL) === 0 ? SPURIOUS_GROUP1 : 0;
  }

  #groupPriorityMask(list: number): number {
    const aliased = (list & LR_GRP1) !== 0 && (this.#control & CBPR) === 0;
    return 0xff << (aliased ? this.#aliasedBinaryPoint : this.#binaryPoint + 1);
  }

  /** Whether the highest priority pending interrupt would be taken now. */
  #isSufficient(): boolean {
    if (this.#best < 0 || (this.#hcr & GICH_HCR_EN) === 0) return false;
    const list = this.#lists[this.#best];
    if ((this.#control & ((list & LR_GRP1) !== 0 ? ENABLE_GRP1 : ENABLE_GRP0)) === 0) return false;
    const priority = priorityOf(list);
    if (priority >= this.#priorityMask) return false;
    const mask = this.#groupPriorityMask(list);
    const running = this.runningPriority;
    return running === IDLE_PRIORITY || (priority & mask) < (running & mask);
  }

  /** Finds the highest priority pending interrupt and drives the lines. */
  #update(): void {
    const lists = this.#lists;
    let best = -1;
    let bestPriority = IDLE_PRIORITY;
    let any = 0;
    for (let n = 0; n < LIST_REGISTERS; n++) {
      const list = lists[n];
      any |= list;
      if ((list & LR_STATE) !== LR_PENDING) continue;
      const priority = priorityOf(list);
      if (priority >= bestPriority) continue;
      best = n;
      bestPriority = priority;
    }
    this.#best = best;
    const signalled = best >= 0 && this.#isSufficient();
    const fiq = signalled && (this.#control & FIQ_EN) !== 0 && (lists[best] & LR_GRP1) === 0;
    const irq = signalled && !fiq;
    // Mostly there is no cause to look for.
    const mayAsk = (this.#hcr & GICH_HCR_EN) !== 0 && ((this.#hcr & CAUSES) | (any & LR_EOI)) !== 0;
    const maintenance = mayAsk && this.maintenanceStatus !== 0;
    if (irq !== this.#irqLevel) {
      this.#irqLevel = irq;
      this.#outputs.irq(irq);
    }
    if (fiq !== this.#fiqLevel) {
      this.#fiqLevel = fiq;
      this.#outputs.fiq(fiq);
    }
    if (maintenance !== this.#maintenanceLevel) {
      this.#maintenanceLevel = maintenance;
      this.#outputs.maintenance(maintenance);
    }
  }
}

/** 8 bits, of which those that are there are the upper ones. */
function priorityOf(list: number): number {
  return ((list >>> LR_PRIORITY_SHIFT) & 0x1f) << (8 - VIRTUAL_PRIORITY_BITS);
}

/** As GICV_IAR gives it: an SGI, unless it is linked to hardware, comes with the CPU that sent it. */
function interruptId(list: number): number {
  const id = list & LR_VIRTUAL_ID;
  return id < 16 && (list & LR_HW) === 0 ? list & 0x1fff : id;
}
