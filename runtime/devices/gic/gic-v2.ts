/** The Generic Interrupt Controller, architecture version 2 (ARM IHI 0048B), as QEMU's `virt` board has it. */
import type { InterruptLine } from '../device.js';
import { CpuInterface } from './cpu-interface.js';
import { Distributor } from './distributor.js';
import { type GicOutputs, GicState, INTERRUPT_COUNT, SPI_BASE } from './state.js';
import { VirtualCpuInterface } from './virtual-cpu-interface.js';
import { VirtualInterface } from './virtual-interface.js';
import { VirtualInterfaceControl } from './virtual-interface-control.js';

export type { GicOutputs } from './state.js';

export interface GicOptions {
  /** nIRQ and nFIQ of each CPU, 1 to 8 of them; `true` is asserted. */
  outputs: readonly GicOutputs[];
  /**
   * Whether Group 0 is kept from Non-secure accesses. Without it every access sees both groups, as a Secure
   * one does with it (IHI 0048B 4.1).
   */
  securityExtensions?: boolean;
  /** PPI (0 to 15) of the maintenance interrupt; with it come the Virtualization Extensions. */
  maintenancePpi?: number;
}

/** First private peripheral interrupt, and of SGIs one past the last. */
const PPI_BASE = 16;

/** The Virtualization Extensions: GICH and GICV. */
export interface GicVirtualization {
  readonly control: VirtualInterfaceControl;
  readonly cpuInterface: VirtualCpuInterface;
}

export class GicV2 {
  readonly distributor: Distributor;
  readonly cpuInterface: CpuInterface;
  readonly virtualization: GicVirtualization | undefined;
  readonly #state: GicState;

  constructor(options: GicOptions) {
    this.#state = new GicState(options.outputs, options.securityExtensions ?? false);
    this.distributor = new Distributor(this.#state);
    this.cpuInterface = new CpuInterface(this.#state);
    const { maintenancePpi, outputs } = options;
    if (maintenancePpi !== undefined) {
      const interfaces = outputs.map((lines, cpu) => this.#virtualInterface(lines, cpu, maintenancePpi));
      this.virtualization = {
        control: new VirtualInterfaceControl(interfaces),
        cpuInterface: new VirtualCpuInterface(interfaces),
      };
    }
  }

  /** Puts the Distributor and every CPU interface, the virtual ones too, back to their reset state; input levels stay. */
  reset(): void {
    this.#state.reset();
    this.virtualization?.control.reset();
  }

  /** The wire of shared peripheral interrupt `n`, 0 to 255; its interrupt ID is 32 + n. */
  spi(n: number): InterruptLine {
    if (n < 0 || n >= INTERRUPT_COUNT - SPI_BASE) throw new RangeError(`no SPI ${n}`);
    return (level) => this.#state.setInput(SPI_BASE + n, 0, level);
  }

  /** The wire of private peripheral interrupt `n`, 0 to 15, of one CPU; its interrupt ID is 16 + n. */
  ppi(cpu: number, n: number): InterruptLine {
    if (n < 0 || n > 15) throw new RangeError(`no PPI ${n}`);
    return (level) => this.#state.setInput(PPI_BASE + n, cpu, level);
  }

  #virtualInterface(lines: GicOutputs, cpu: number, maintenancePpi: number): VirtualInterface {
    const none = () => {};
    return new VirtualInterface({
      irq: lines.virtualIrq ?? none,
      fiq: lines.virtualFiq ?? none,
      maintenance: this.ppi(cpu, maintenancePpi),
      deactivate: (physicalId) => {
        // An SGI here is UNPREDICTABLE; it is a Non-secure access to GICC_DIR otherwise (IHI 0048B 5.2.1).
        if (physicalId < PPI_BASE) return;
        if (this.#state.securityExtensions && !this.#state.isGroup1(physicalId, cpu)) return;
        this.#state.deactivate(physicalId, cpu);
      },
    });
  }
}
