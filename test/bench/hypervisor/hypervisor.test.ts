/** The micro-benchmarks of exits: that they run and measure what they say; and what stage 2 costs, in counts. */
import { describe, expect, it } from 'vitest';
import { benchmarks, nanoseconds, parseReports, type Report } from '../../../bench/hypervisor/benchmarks.js';
import { BINARY } from '../../../bench/hypervisor/binary.js';
import { assembleBenchmarks } from '../../../bench/hypervisor/build.js';
import { benchmarkImage, IMAGE_ADDRESS, IMAGE_MEMORY } from '../../../bench/hypervisor/image.js';
import { formatReport, ratios, stage2Costs } from '../../../bench/hypervisor/report.js';
import { VirtBoard } from '../../../runtime/board/virt.js';
import { Machine } from '../../../runtime/machine.js';
import { assemblerAvailable } from '../../guests/hypervisor/build.js';
import { runTranslating } from '../../guests/hypervisor/run.js';

/** Counter ticks of a measurement: 160,000 instructions. */
const TICKS = 10_000;

/** What the machine has counted when the guest ends a line of its report. */
interface Counts {
  readonly retired: number;
  readonly interpreted: number;
  readonly walks: number;
  readonly fills: number;
}

/** @param threshold branches before code is translated; absent: it is interpreted */
async function run(names: readonly string[] | undefined, threshold?: number) {
  let output = '';
  const counts: Counts[] = [];
  const board: VirtBoard = new VirtBoard({
    memoryBytes: IMAGE_MEMORY,
    features: { security: false, virtualization: true, cpus: 1 },
    clock: 'virtual',
    translationMode: 'synchronous',
    ...(threshold !== undefined && { translationThreshold: threshold }),
    transmit: (byte) => {
      output += String.fromCharCode(byte);
      if (byte === 0x0a) counts.push(count());
    },
  });
  const machine = new Machine(board);
  const { interpreter, tlb } = board.vcpus[0]!;
  const count = (): Counts => {
    const retired = machine.retired + interpreter.executed;
    const { walks, fills } = tlb.statistics;
    return { retired, interpreted: retired - interpreter.translated, walks, fills };
  };
  board.load(IMAGE_ADDRESS, benchmarkImage(TICKS, names));
  board.reset(IMAGE_ADDRESS, false);
  const reason = await runTranslating(machine);
  expect(reason, output).toBe('off');
  return { output, counts };
}

it.skipIf(!assemblerAvailable())('the binary is that of the source', () => {
  expect(assembleBenchmarks().toString('base64')).toBe(BINARY);
});

describe('in our machine', async () => {
  const { output } = await run(undefined);
  const reports = parseReports(output);
  const instructions = (name: string) => nanoseconds(reports.find((report) => report.name === name)!);

  it('reports every benchmark', () => {
    expect(new Set(reports.map(({ name }) => name))).toEqual(new Set(benchmarks.map(({ name }) => name)));
  });

  it('measures instructions where time is instructions', () => {
    // The loop; HVC, its handler's 12 instructions, and the loop.
    expect(instructions('loop')).toBeCloseTo(2, 1);
    expect(instructions('hypercall')).toBeCloseTo(14, 0);
    expect(instructions('counter')).toBeCloseTo(3, 1);
    expect(instructions('trapped-cp15')).toBeCloseTo(22, 0);
    expect(instructions('mmio-exit')).toBeCloseTo(34, 0);
  });

  it('computes as many instructions under stage 2 as without', () => {
    for (const cost of stage2Costs([reports])) expect(cost).toBeCloseTo(1, 2);
  });
});

it('stage 2 costs a translated computation neither walks nor ways out of translated code', async () => {
  const { output, counts } = await run(['compute'], 20);
  const lines = output.trim().split('\n');
  /** What it took from the end of the line before to the end of this one: a measurement, and the change of virtual machines. */
  const spent = (line: number) => {
    const [before, after] = [counts[line - 1]!, counts[line]!];
    return {
      retired: after.retired - before.retired,
      interpreted: after.interpreted - before.interpreted,
      walks: after.walks - before.walks,
      fills: after.fills - before.fills,
    };
  };
  // Under stage 2 and without, in turns; the first of each are warm-up.
  expect(lines).toHaveLength(10);
  for (let line = 4; line < lines.length; line += 2) {
    const [under, alone] = [spent(line), spent(line + 1)];
    expect(under.retired / alone.retired).toBeCloseTo(1, 1);
    expect(under.retired).toBeGreaterThan(300_000);
    // Both do some hundred instructions in the interpreter for the report and the change of virtual machines.
    expect(under.interpreted).toBeLessThan(0.02 * under.retired);
    expect(Math.abs(under.interpreted - alone.interpreted)).toBeLessThan(0.01 * under.retired);
    expect(under.walks).toBeLessThan(20);
    expect(under.fills).toBeLessThan(100);
  }
});

describe('the report', () => {
  const report = (name: Report['name'], ticks: number): Report => ({ name, repetitions: 100, ticks });

  it('leaves warm-ups out', () => {
    const text = '@ 00000001 00000100 00000200\r\n@ 00000001 00000100 00000100\r\n';
    expect(parseReports(text)).toEqual([{ name: 'hypercall', repetitions: 256, ticks: 256 }]);
  });

  it('divides processor time among the repetitions of all measurements, each twice the one before', () => {
    const text = '@ 00000001 00000100 00000200\r\n@ 00000001 00000400 00000100\r\n';
    // 256, 512 and 1024.
    expect(parseReports(text, [1000, 1000 + 1792 * 7])[0]!.cpuNanoseconds).toBe(7);
  });

  it('does not take anything else', () => {
    expect(() => parseReports('!')).toThrow("the guest says '!'");
    expect(() => parseReports('@ 000000ff 00000001 00000001\n')).toThrow('the guest says');
  });

  it('has ratios round by round, above 1 where hyperthumb is faster, and what stage 2 adds', () => {
    const hyperthumb = [
      [report('hypercall', 100), report('compute', 110), report('compute-alone', 100)],
      [report('hypercall', 50), report('compute', 105), report('compute-alone', 100)],
    ];
    const qemu = [[report('hypercall', 200)], [report('hypercall', 200)]];
    const rounds = { hyperthumb, qemu, instructions: new Map([['hypercall', 14]]) };
    expect(ratios(rounds, 'hypercall')).toEqual([2, 4]);
    expect(stage2Costs(hyperthumb)).toEqual([1.1, 1.05]);
    const lines = formatReport(rounds);
    expect(lines[1]).toMatch(/^hypercall +14\.0 +12\.0 ns +32\.0 ns +3\.00 +2\.00 to 4\.00 +-$/);
    expect(lines.at(-1)).toBe('hyperthumb: stage 2 adds 7.5% to the computation (5.0% to 10.0%)');
  });
});
