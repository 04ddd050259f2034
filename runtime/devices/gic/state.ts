/**
 * The GICv2's interrupt state and its prioritisation (IHI 0048B chapters 2 and 3), without any register layout.
 *
 * One bit an interrupt, 32 a word. Word 0 (SGIs and PPIs) is banked per CPU; words 1 to 8 (SPIs) are shared.
 */
import type { InterruptLine } from '../device.js';

/** Most CPUs a GICv2 serves: the width of a GICD_ITARGETSR field. */
export const MAX_CPUS = 8;
/** Interrupt lines of QEMU's `virt`: 16 SGIs, 16 PPIs, 256 SPIs. */
export const INTERRUPT_COUNT = 288;
export const WORDS = INTERRUPT_COUNT / 32;
/** First SPI. */
export const SPI_BASE = 32;
/** Interrupt ID: none of sufficient priority (IHI 0048B 3.2). */
export const SPURIOUS = 1023;
/** Interrupt ID: the highest priority pending interrupt is of Group 1 and this access may not take it. */
export const SPURIOUS_GROUP1 = 1022;
/** Priority lower than all others: no interrupt is active. */
export const IDLE_PRIORITY = 0x100;

/** GICD_CTLR and GICC_CTLR bits that both share (IHI 0048B 4.3.1, 4.4.1). */
export const ENABLE_GRP0 = 1 << 0;
export const ENABLE_GRP1 = 1 << 1;
/** GICC_CTLR as a Secure access sees it (IHI 0048B 4.4.1). */
export const ACK_CTL = 1 << 2;
export const FIQ_EN = 1 << 3;
export const CBPR = 1 << 4;
export const EOI_MODE = 1 << 9;
export const EOI_MODE_NS = 1 << 10;

/** Active priority registers of one CPU: 128 preemption levels (7 group priority bits). */
const APR_WORDS = 4;

/** Place of an interrupt's word in the bit arrays: `cpu` for the banked word, after all banks for the shared ones. */
function bankOf(word: number, cpu: number): number {
  return word === 0 ? cpu : MAX_CPUS - 1 + word;
}

const BANKS = MAX_CPUS + WORDS - 1;

export interface GicOutputs {
  irq: InterruptLine;
  fiq: InterruptLine;
  /** Of the virtual CPU interface, where there is one. */
  virtualIrq?: InterruptLine;
  virtualFiq?: InterruptLine;
}

export class GicState {
  readonly cpus: number;
  readonly securityExtensions: boolean;
  readonly outputs: readonly GicOutputs[];

  /** GICD_CTLR, Secure view. */
  distributorControl = 0;
  readonly enabled = new Uint32Array(BANKS);
  /** 1: Group 1. */
  readonly group = new Uint32Array(BANKS);
  /** Pending by edge, by GICD_ISPENDR or, for SGIs, by any source. */
  readonly latched = new Uint32Array(BANKS);
  /** Level of the input wires. */
  readonly level = new Uint32Array(BANKS);
  readonly active = new Uint32Array(BANKS);
  /** 1: edge-triggered. */
  readonly edge = new Uint32Array(BANKS);
  /** Banked 32 a CPU, then the SPIs. */
  readonly #priority = new Uint8Array(MAX_CPUS * 32 + INTERRUPT_COUNT - SPI_BASE);
  /** CPU mask, by SPI. */
  readonly #targets = new Uint8Array(INTERRUPT_COUNT - SPI_BASE);
  /** The transpose of the targets: bit an interrupt, words by CPU. */
  readonly #targeted = new Uint32Array(MAX_CPUS * WORDS);
  /** Mask of source CPUs, 16 SGIs by target CPU. */
  readonly #sgiSources = new Uint8Array(MAX_CPUS * 16);

  /** GICC_CTLR, Secure view. */
  readonly control = new Uint32Array(MAX_CPUS);
  readonly priorityMask = new Uint8Array(MAX_CPUS);
  readonly binaryPoint = new Uint8Array(MAX_CPUS);
  readonly aliasedBinaryPoint = new Uint8Array(MAX_CPUS);
  readonly apr = new Uint32Array(MAX_CPUS * APR_WORDS);
  readonly nsapr = new Uint32Array(MAX_CPUS * APR_WORDS);
  /** Group priority of the running interrupt. */
  readonly runningPriority = new Uint16Array(MAX_CPUS);

  /** Highest priority pending interrupt that the Distributor forwards to each CPU, and its priority. */
  readonly pendingId = new Uint16Array(MAX_CPUS);
  readonly pendingPriority = new Uint16Array(MAX_CPUS);
  readonly #irqLevel = new Uint8Array(MAX_CPUS);
  readonly #fiqLevel = new Uint8Array(MAX_CPUS);

  constructor(outputs: readonly GicOutputs[], securityExtensions: boolean) {
    if (outputs.length < 1 || outputs.length > MAX_CPUS) throw new RangeError('a GICv2 serves 1 to 8 CPUs');
    this.cpus = outputs.length;
    this.outputs = outputs;
    this.securityExtensions = securityExtensions;
    this.reset();
  }

  /** Input wires keep their level; all else goes back to its reset value. */
  reset(): void {
    this.distributorControl = 0;
    for (const array of [this.enabled, this.group, this.latched, this.active, this.edge]) array.fill(0);
    for (const array of [this.#priority, this.#targets, this.#sgiSources]) array.fill(0);
    for (const array of [this.control, this.priorityMask, this.binaryPoint, this.apr, this.nsapr])
      array.fill(0);
    this.aliasedBinaryPoint.fill(1);
    this.runningPriority.fill(IDLE_PRIORITY);
    for (let cpu = 0; cpu < MAX_CPUS; cpu++) {
      this.enabled[cpu] = 0xffff;
      this.edge[cpu] = 0xffff;
      for (let word = 0; word < WORDS; word++)
        this.#targeted[cpu * WORDS + word] = word === 0 ? 0xffffffff : 0;
    }
    // A uniprocessor GIC has no GICD_ITARGETSRn: everything goes to CPU 0 (IHI 0048B 4.3.12).
    if (this.cpus === 1) this.#targeted.fill(0xffffffff, 0, WORDS);
    this.updateAll();
  }

  bank(word: number, cpu: number): number {
    return bankOf(word, cpu);
  }

  /** Pending bits of one word: latched, or a level-sensitive input that is high. */
  pendingWord(bank: number): number {
    return (this.latched[bank] | (this.level[bank] & ~this.edge[bank])) >>> 0;
  }

  isGroup1(irq: number, cpu: number): boolean {
    return ((this.group[bankOf(irq >>> 5, cpu)] >>> (irq & 31)) & 1) !== 0;
  }

  isActive(irq: number, cpu: number): boolean {
    return ((this.active[bankOf(irq >>> 5, cpu)] >>> (irq & 31)) & 1) !== 0;
  }

  priority(irq: number, cpu: number): number {
    return this.#priority[irq < SPI_BASE ? cpu * 32 + irq : MAX_CPUS * 32 + irq - SPI_BASE];
  }

  setPriority(irq: number, cpu: number, priority: number): void {
    this.#priority[irq < SPI_BASE ? cpu * 32 + irq : MAX_CPUS * 32 + irq - SPI_BASE] = priority;
  }

  /** CPU mask of GICD_ITARGETSR; of a banked interrupt, the CPU that asks. */
  targets(irq: number, cpu: number): number {
    if (this.cpus === 1) return 0;
    return irq < SPI_BASE ? 1 << cpu : this.#targets[irq - SPI_BASE];
  }

  setTargets(irq: number, mask: number): void {
    if (irq < SPI_BASE || this.cpus === 1) return;
    mask &= (1 << this.cpus) - 1;
    this.#targets[irq - SPI_BASE] = mask;
    const word = irq >>> 5;
    const bit = 1 << (irq & 31);
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      if ((mask >>> cpu) & 1) this.#targeted[cpu * WORDS + word] |= bit;
      else this.#targeted[cpu * WORDS + word] &= ~bit;
    }
  }

  sgiSources(sgi: number, cpu: number): number {
    return this.#sgiSources[cpu * 16 + sgi];
  }

  /** Sets which CPUs' requests for an SGI are pending on `cpu`. */
  setSgiSources(sgi: number, cpu: number, sources: number): void {
    this.#sgiSources[cpu * 16 + sgi] = sources;
    if (sources !== 0) this.latched[cpu] |= 1 << sgi;
    else this.latched[cpu] &= ~(1 << sgi);
  }

  /** An input wire changed. `cpu` matters for PPIs only. */
  setInput(irq: number, cpu: number, level: boolean): void {
    const bank = bankOf(irq >>> 5, cpu);
    const bit = 1 << (irq & 31);
    if (level === ((this.level[bank] & bit) !== 0)) return;
    if (level) {
      this.level[bank] |= bit;
      if (this.edge[bank] & bit) this.latched[bank] |= bit;
    } else {
      this.level[bank] &= ~bit;
    }
    this.#updateFor(irq, cpu);
  }

  /**
   * Mask of the group priority: the bits of the priority that count for preemption (IHI 0048B 3.3).
   * Group 1 uses GICC_ABPR, whose value is one more for the same split, unless GICC_CTLR.CBPR is set.
   */
  #groupPriorityMask(group1: boolean, cpu: number): number {
    const aliased = group1 && (this.control[cpu] & CBPR) === 0;
    return 0xff << (aliased ? this.aliasedBinaryPoint[cpu] : this.binaryPoint[cpu] + 1);
  }

  /** Whether the CPU interface would take this CPU's highest priority pending interrupt now. */
  isSufficient(cpu: number): boolean {
    const irq = this.pendingId[cpu];
    if (irq === SPURIOUS) return false;
    const group1 = this.isGroup1(irq, cpu);
    const priority = this.pendingPriority[cpu];
    if ((this.control[cpu] & (group1 ? ENABLE_GRP1 : ENABLE_GRP0)) === 0) return false;
    if (priority >= this.priorityMask[cpu]) return false;
    const running = this.runningPriority[cpu];
    if (running === IDLE_PRIORITY) return true;
    const mask = this.#groupPriorityMask(group1, cpu);
    return (priority & mask) < (running & mask);
  }

  /** Acknowledges this CPU's highest priority pending interrupt. @returns GICC_IAR: the ID, and an SGI's source. */
  acknowledge(cpu: number): number {
    const irq = this.pendingId[cpu];
    const bank = bankOf(irq >>> 5, cpu);
    const bit = 1 << (irq & 31);
    const group1 = this.isGroup1(irq, cpu);
    const priority = this.pendingPriority[cpu] & this.#groupPriorityMask(group1, cpu);
    const level = priority >>> 1;
    (group1 ? this.nsapr : this.apr)[cpu * APR_WORDS + (level >>> 5)] |= 1 << (level & 31);
    this.runningPriority[cpu] = priority;
    this.active[bank] |= bit;
    let id = irq;
    if (irq < 16) {
      const sources = this.sgiSources(irq, cpu);
      id |= (31 - Math.clz32(sources & -sources)) << 10;
      this.setSgiSources(irq, cpu, sources & (sources - 1));
    } else {
      this.latched[bank] &= ~bit;
    }
    this.#updateFor(irq, cpu);
    return id;
  }

  /** Drops the running priority: the highest active priority of the interrupt's group ends (IHI 0048B 3.2). */
  dropPriority(irq: number, cpu: number): void {
    const registers = this.isGroup1(irq, cpu) ? this.nsapr : this.apr;
    for (let word = cpu * APR_WORDS; word < (cpu + 1) * APR_WORDS; word++) {
      if (registers[word] !== 0) {
        registers[word] &= registers[word] - 1;
        break;
      }
    }
    this.recomputeRunningPriority(cpu);
  }

  /** Makes an interrupt inactive, as GICC_DIR does and as a hardware-linked virtual interrupt's end does. */
  deactivate(irq: number, cpu: number): void {
    if (irq >= INTERRUPT_COUNT) return;
    this.active[bankOf(irq >>> 5, cpu)] &= ~(1 << (irq & 31));
    this.#updateFor(irq, cpu);
  }

  recomputeRunningPriority(cpu: number): void {
    let priority = IDLE_PRIORITY;
    for (let word = 0; word < APR_WORDS; word++) {
      const levels = this.apr[cpu * APR_WORDS + word] | this.nsapr[cpu * APR_WORDS + word];
      if (levels !== 0) {
        priority = (word * 32 + 31 - Math.clz32(levels & -levels)) << 1;
        break;
      }
    }
    this.runningPriority[cpu] = priority;
  }

  /** After a change of one interrupt's state: `cpu` for a banked one, else all that it may go to. */
  #updateFor(irq: number, cpu: number): void {
    if (irq < SPI_BASE || this.cpus === 1) {
      this.update(cpu);
      return;
    }
    const targets = this.#targets[irq - SPI_BASE];
    for (let target = 0; target < this.cpus; target++) if ((targets >>> target) & 1) this.update(target);
  }

  updateAll(): void {
    for (let cpu = 0; cpu < this.cpus; cpu++) this.update(cpu);
  }

  /** Finds one CPU's highest priority pending interrupt and drives its nIRQ and nFIQ. */
  update(cpu: number): void {
    const grp0 = this.distributorControl & ENABLE_GRP0 ? 0xffffffff : 0;
    const grp1 = this.distributorControl & ENABLE_GRP1 ? 0xffffffff : 0;
    let best = SPURIOUS;
    let bestPriority = IDLE_PRIORITY;
    if ((grp0 | grp1) !== 0) {
      for (let word = 0; word < WORDS; word++) {
        const bank = word === 0 ? cpu : MAX_CPUS - 1 + word;
        let bits =
          this.enabled[bank] &
          (this.latched[bank] | (this.level[bank] & ~this.edge[bank])) &
          ~this.active[bank] &
          this.#targeted[cpu * WORDS + word] &
          ((this.group[bank] & grp1) | (~this.group[bank] & grp0));
        while (bits !== 0) {
          const irq = word * 32 + 31 - Math.clz32(bits & -bits);
          bits &= bits - 1;
          const priority = this.priority(irq, cpu);
          if (priority < bestPriority) {
            best = irq;
            bestPriority = priority;
          }
        }
      }
    }
    this.pendingId[cpu] = best;
    this.pendingPriority[cpu] = bestPriority;
    let irqLevel = 0;
    let fiqLevel = 0;
    if (best !== SPURIOUS && this.isSufficient(cpu)) {
      if ((this.control[cpu] & FIQ_EN) !== 0 && !this.isGroup1(best, cpu)) fiqLevel = 1;
      else irqLevel = 1;
    }
    if (irqLevel !== this.#irqLevel[cpu]) {
      this.#irqLevel[cpu] = irqLevel;
      this.outputs[cpu].irq(irqLevel !== 0);
    }
    if (fiqLevel !== this.#fiqLevel[cpu]) {
      this.#fiqLevel[cpu] = fiqLevel;
      this.outputs[cpu].fiq(fiqLevel !== 0);
    }
  }
}
