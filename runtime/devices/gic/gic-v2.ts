/** The Generic Interrupt Controller, architecture version 2 (ARM IHI 0048B), as QEMU's `virt` board has it. */
import type { InterruptLine } from '../device.js';
import { CpuInterface } from './cpu-interface.js';
import { Distributor } from './distributor.js';
import { type GicOutputs, GicState, INTERRUPT_COUNT, SPI_BASE } from './state.js';

export { SECURE_ACCESS } from './access.js';
export type { GicOutputs } from './state.js';

export interface GicOptions {
  /** nIRQ and nFIQ of each CPU, 1 to 8 of them; `true` is asserted. */
  outputs: readonly GicOutputs[];
  /**
   * Whether Group 0 is kept from Non-secure accesses. Without it every access sees both groups, as a Secure
   * one does with it (IHI 0048B 4.1).
   */
  securityExtensions?: boolean;
}

export class GicV2 {
  readonly distributor: Distributor;
  readonly cpuInterface: CpuInterface;
  readonly #state: GicState;

  constructor(options: GicOptions) {
    this.#state = new GicState(options.outputs, options.securityExtensions ?? false);
    this.distributor = new Distributor(this.#state);
    this.cpuInterface = new CpuInterface(this.#state);
  }

  /** Puts the Distributor and every CPU interface back to their reset state; input levels stay. */
  reset(): void {
    this.#state.reset();
  }

  /** The wire of shared peripheral interrupt `n`, 0 to 255; its interrupt ID is 32 + n. */
  spi(n: number): InterruptLine {
    if (n < 0 || n >= INTERRUPT_COUNT - SPI_BASE) throw new RangeError(`no SPI ${n}`);
    return (level) => this.#state.setInput(SPI_BASE + n, 0, level);
  }

  /** The wire of private peripheral interrupt `n`, 0 to 15, of one CPU; its interrupt ID is 16 + n. */
  ppi(cpu: number, n: number): InterruptLine {
    if (n < 0 || n > 15) throw new RangeError(`no PPI ${n}`);
    return (level) => this.#state.setInput(16 + n, cpu, level);
  }

  /** Deactivates an interrupt by ID on behalf of a hardware-linked virtual interrupt (IHI 0048B chapter 5). */
  deactivate(irq: number, cpu: number): void {
    this.#state.deactivate(irq, cpu);
  }
}
