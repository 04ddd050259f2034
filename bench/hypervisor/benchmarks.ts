/** The benchmarks of guests/guest.s, in the order of their numbers in bench.inc. */
export const benchmarks = [
  { name: 'loop', what: 'what the loops cost themselves: a subtraction and a branch' },
  { name: 'hypercall', what: 'HVC to Hyp mode and back' },
  { name: 'trapped-cp15', what: 'MRC of ACTLR, trapped by HCR.TAC, emulated' },
  { name: 'stage2-fault', what: 'load from a page that stage 2 has not: fault, map, again' },
  { name: 'mmio-exit', what: 'load from an emulated device, by the syndrome in HSR' },
  { name: 'virtual-ipi', what: 'write to an emulated GICD_SGIR to the end of the handler, same CPU' },
  {
    name: 'ack-eoi',
    what: 'GICV_IAR and GICV_EOIR, and a quarter of a hypercall that fills the list registers',
  },
  {
    name: 'timer-interrupt',
    what: 'virtual timer due: physical interrupt, linked list register, handler, end',
  },
  { name: 'world-switch', what: 'to another virtual machine: all banked registers, CP15, GICH, timer, VMID' },
  { name: 'counter', what: 'read of CNTVCT, which does not exit' },
  { name: 'compute', what: 'CRC-32 and a sieve, 256 bytes of them, stage 1 and stage 2' },
  { name: 'compute-alone', what: 'the same with stage 1 alone' },
] as const;

export type BenchmarkName = (typeof benchmarks)[number]['name'];

/** One line of the guest's report. */
export interface Report {
  readonly name: BenchmarkName;
  readonly repetitions: number;
  /** Of CNTVCT, which counts at CNTFRQ. */
  readonly ticks: number;
  /** Processor time that the emulator used for each repetition, those of shorter measurements before it included; absent where the host does not tell. */
  readonly cpuNanoseconds?: number;
}

/** Repetitions of the first and shortest measurement; each is twice as long as the one before. */
const FIRST_REPETITIONS = 256;

/** CNTFRQ of QEMU's board and of ours: 62.5 MHz. */
export const TICK_NS = 16;

export const nanoseconds = ({ repetitions, ticks }: Report): number => (ticks * TICK_NS) / repetitions;

/**
 * Reads what the guest wrote to its serial port. The first report of each benchmark is its warm-up and left out.
 * @param cpuTimes the emulator's processor time in nanoseconds at the end of each line
 * @throws Error when there is anything else
 */
export function parseReports(output: string, cpuTimes: readonly number[] = []): Report[] {
  const seen = new Set<string>();
  const reports: Report[] = [];
  for (const [index, line] of output
    .split('\n')
    .map((text) => text.trim())
    .entries()) {
    if (line === '') continue;
    const match = /^@ ([0-9a-f]{8}) ([0-9a-f]{8}) ([0-9a-f]{8})$/.exec(line);
    const [number, repetitions, ticks] = (match ?? []).slice(1).map((text) => Number.parseInt(text, 16));
    const name = number === undefined ? undefined : benchmarks[number]?.name;
    if (name === undefined) throw new Error(`the guest says '${line}'`);
    if (seen.has(name)) {
      const cpu = (cpuTimes[index]! - cpuTimes[index - 1]!) / (2 * repetitions! - FIRST_REPETITIONS);
      reports.push({
        name,
        repetitions: repetitions!,
        ticks: ticks!,
        ...(!Number.isNaN(cpu) && { cpuNanoseconds: cpu }),
      });
    }
    seen.add(name);
  }
  return reports;
}
