/** What the hypervisor leaves in memory: see layout.inc. */

const LOGS = 0x4031_0000;
const LOG_BYTES = 0x1_0000;
const SUMMARIES = 0x4033_0000;
const SUMMARY_BYTES = 64;
const RECORD_WORDS = 8;
/** Where the hypervisor notes an exception of its own: HSR, ELR_hyp, and -1. */
const CRASH = 0xfff0;

/** An exception that a guest took to Hyp mode; registers that it does not have are 0. */
export interface Trap {
  readonly hsr: number;
  readonly pc: number;
  readonly hdfar: number;
  readonly hifar: number;
  readonly hpfar: number;
  readonly r0: number;
  readonly r1: number;
  readonly cpsr: number;
}

export interface GuestRecord {
  readonly traps: readonly Trap[];
  /** HVC with findings: by number. */
  readonly findings: ReadonlyMap<number, number>;
  readonly fpTraps: number;
  readonly fpHsr: number;
  readonly wfiHsr: number;
  readonly timerInterrupts: number;
  /** World switches; with the first guest only. */
  readonly switches: number;
  readonly maintenanceCauses: number;
}

/** HSR of HVC #1, by which a guest hands a finding over. */
const HVC_LOG = ((0x12 << 26) | (1 << 25) | 1) >>> 0;

/** @param read words of physical memory */
export function readRecords(read: (address: number, words: number) => Uint32Array): GuestRecord[] {
  return [0, 1].map((vm) => {
    const log = LOGS + vm * LOG_BYTES;
    const [hsr, elr, crashed] = read(log + CRASH, 3);
    if (crashed !== 0)
      throw new Error(`the hypervisor crashed: HSR ${hsr!.toString(16)} at ${elr!.toString(16)}`);
    const [count] = read(log, 1);
    const traps = Array.from({ length: count! }, (_, index): Trap => {
      const words = read(log + 4 * RECORD_WORDS * (index + 1), RECORD_WORDS);
      const [hsr = 0, pc = 0, hdfar = 0, hifar = 0, hpfar = 0, r0 = 0, r1 = 0, cpsr = 0] = words;
      return { hsr, pc, hdfar, hifar, hpfar, r0, r1, cpsr };
    });
    const summary = read(SUMMARIES + vm * SUMMARY_BYTES, 6);
    return {
      traps,
      findings: new Map(traps.filter(({ hsr }) => hsr === HVC_LOG).map(({ r0, r1 }) => [r0, r1])),
      fpTraps: summary[0]!,
      fpHsr: summary[1]!,
      wfiHsr: summary[2]!,
      timerInterrupts: summary[3]!,
      switches: summary[4]!,
      maintenanceCauses: summary[5]!,
    };
  });
}
