/** Which optional parts of the Cortex-A15 the machine shows to the guest, as QEMU's `virt` board options do. */
export interface CpuFeatures {
  /** Security Extensions (`--secure`): Secure state, Monitor mode, banked CP15 registers. */
  readonly security: boolean;
  /** Virtualization Extensions (`--virtualization`): Hyp mode. */
  readonly virtualization: boolean;
  /** Number of vCPUs, 1 to 8: L2CTLR reports it. */
  readonly cpus: number;
}
