/** GICV registers, the virtual CPU interface that a virtual machine uses as its GICC (IHI 0048B 5.5). */
import type { AccessWidth, Device } from '../device.js';
import { narrow } from '../registers.js';
import { CPU_INTERFACE_IIDR } from './cpu-interface.js';
import { IDLE_PRIORITY } from './state.js';
import type { VirtualInterface } from './virtual-interface.js';

const GICV_CTLR = 0x0000;
const GICV_PMR = 0x0004;
const GICV_BPR = 0x0008;
const GICV_IAR = 0x000c;
const GICV_EOIR = 0x0010;
const GICV_RPR = 0x0014;
const GICV_HPPIR = 0x0018;
const GICV_ABPR = 0x001c;
const GICV_AIAR = 0x0020;
const GICV_AEOIR = 0x0024;
const GICV_AHPPIR = 0x0028;
const GICV_APR0 = 0x00d0;
const GICV_IIDR = 0x00fc;
const GICV_DIR = 0x1000;

/** Banked by the accessing CPU. */
export class VirtualCpuInterface implements Device {
  readonly name = 'gicv';
  readonly size = 0x2000;
  readonly #interfaces: readonly VirtualInterface[];

  constructor(interfaces: readonly VirtualInterface[]) {
    this.#interfaces = interfaces;
  }

  reset(): void {
    for (const virtual of this.#interfaces) virtual.reset();
  }

  read(offset: number, width: AccessWidth, cpu: number): number {
    return narrow(this.#readRegister(offset & ~3, this.#interfaces[cpu & 0xff]), offset, width);
  }

  write(offset: number, _width: AccessWidth, value: number, cpu: number): void {
    // All registers are word-accessible only; as in QEMU a narrower write is zero-extended.
    if ((offset & 3) === 0) this.#writeRegister(offset, value, this.#interfaces[cpu & 0xff]);
  }

  #readRegister(offset: number, virtual: VirtualInterface): number {
    switch (offset) {
      case GICV_CTLR:
        return virtual.control;
      case GICV_PMR:
        return virtual.priorityMask;
      case GICV_BPR:
        return virtual.binaryPoint;
      case GICV_IAR:
        return virtual.acknowledge(false);
      case GICV_AIAR:
        return virtual.acknowledge(true);
      case GICV_RPR: {
        const running = virtual.runningPriority;
        return running === IDLE_PRIORITY ? 0xff : running;
      }
      case GICV_HPPIR:
        return virtual.highestPending(false);
      case GICV_AHPPIR:
        return virtual.highestPending(true);
      case GICV_ABPR:
        return virtual.aliasedBinaryPoint;
      case GICV_APR0:
        return virtual.activePriorities;
      case GICV_IIDR:
        return CPU_INTERFACE_IIDR;
      default:
        return 0;
    }
  }

  #writeRegister(offset: number, value: number, virtual: VirtualInterface): void {
    switch (offset) {
      case GICV_CTLR:
        virtual.control = value;
        break;
      case GICV_PMR:
        virtual.priorityMask = value;
        break;
      case GICV_BPR:
        virtual.binaryPoint = value;
        break;
      case GICV_ABPR:
        virtual.aliasedBinaryPoint = value;
        break;
      case GICV_EOIR:
      case GICV_AEOIR:
        virtual.endOfInterrupt(value);
        break;
      case GICV_APR0:
        virtual.activePriorities = value;
        break;
      case GICV_DIR:
        virtual.deactivate(value);
        break;
    }
  }
}
