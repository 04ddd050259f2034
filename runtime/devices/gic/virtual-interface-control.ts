/** GICH registers, by which a hypervisor controls the virtual interrupts of its CPU (IHI 0048B 5.3). */
import type { AccessWidth, Device } from '../device.js';
import { narrow } from '../registers.js';
import { LIST_REGISTERS, VIRTUAL_PRIORITY_BITS, type VirtualInterface } from './virtual-interface.js';

const GICH_HCR = 0x000;
const GICH_VTR = 0x004;
const GICH_VMCR = 0x008;
const GICH_MISR = 0x010;
const GICH_EISR0 = 0x020;
const GICH_ELSR0 = 0x030;
const GICH_APR = 0x0f0;
const GICH_LR0 = 0x100;
const GICH_LR63 = 0x1fc;

/** Priority bits less one, preemption bits less one, list registers less one. */
const VTR =
  (((VIRTUAL_PRIORITY_BITS - 1) << 29) | ((VIRTUAL_PRIORITY_BITS - 1) << 26) | (LIST_REGISTERS - 1)) >>> 0;

/** GICH_VMCR (IHI 0048B 5.3.3): GICV_CTLR's bits 4:0 and 9 are at their own places. */
const VMCR_CONTROL = 0x21f;
const VMCR_ABPR_SHIFT = 18;
const VMCR_BPR_SHIFT = 21;
/** GICV_PMR[7:3] at bit 27. */
const VMCR_PMR_SHIFT = 24;

/** Banked by the accessing CPU. */
export class VirtualInterfaceControl implements Device {
  readonly name = 'gich';
  readonly size = 0x1000;
  readonly #interfaces: readonly VirtualInterface[];

  constructor(interfaces: readonly VirtualInterface[]) {
    this.#interfaces = interfaces;
  }

  reset(): void {
    for (const virtual of this.#interfaces) virtual.reset();
  }

  read(offset: number, width: AccessWidth, cpu: number): number {
    return narrow(readRegister(offset & ~3, this.#interfaces[cpu & 0xff]), offset, width);
  }

  write(offset: number, _width: AccessWidth, value: number, cpu: number): void {
    // All registers are word-accessible only; as in QEMU a narrower write is zero-extended.
    if ((offset & 3) === 0) writeRegister(offset, value, this.#interfaces[cpu & 0xff]);
  }
}

function readRegister(offset: number, virtual: VirtualInterface): number {
  switch (offset) {
    case GICH_HCR:
      return virtual.hcr;
    case GICH_VTR:
      return VTR;
    case GICH_VMCR:
      return (
        virtual.control |
        (virtual.aliasedBinaryPoint << VMCR_ABPR_SHIFT) |
        (virtual.binaryPoint << VMCR_BPR_SHIFT) |
        (virtual.priorityMask << VMCR_PMR_SHIFT)
      );
    case GICH_MISR:
      return virtual.maintenanceStatus;
    case GICH_EISR0:
      return virtual.endStatus;
    case GICH_ELSR0:
      return virtual.emptyStatus;
    case GICH_APR:
      return virtual.activePriorities;
    default:
      return offset >= GICH_LR0 && offset <= GICH_LR63 ? virtual.list((offset - GICH_LR0) >>> 2) : 0;
  }
}

function writeRegister(offset: number, value: number, virtual: VirtualInterface): void {
  switch (offset) {
    case GICH_HCR:
      virtual.hcr = value;
      break;
    case GICH_VMCR:
      virtual.control = value & VMCR_CONTROL;
      virtual.aliasedBinaryPoint = value >>> VMCR_ABPR_SHIFT;
      virtual.binaryPoint = value >>> VMCR_BPR_SHIFT;
      virtual.priorityMask = value >>> VMCR_PMR_SHIFT;
      break;
    case GICH_APR:
      virtual.activePriorities = value;
      break;
    default:
      if (offset >= GICH_LR0 && offset <= GICH_LR63) virtual.setList((offset - GICH_LR0) >>> 2, value);
  }
}
