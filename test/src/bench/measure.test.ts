import { describe, expect, test } from 'vitest';
import { type Guest, GuestError, type GuestRun } from '../../../src/bench/guest/guest.js';
import { emptyMeasurements, Measurement, type Plan, type Problem } from '../../../src/bench/measure.js';
import { Interrupted } from '../../../src/errors.js';

interface Behaviour {
  readonly status?: number;
  readonly fails?: string;
}

/** Sides with guests that do as they are told, and what they did, in order. */
function bench(
  plan: Partial<Plan> & Pick<Plan, 'groups'>,
  sides: readonly string[] = ['ours'],
  behave: (side: string, workload: string, count: number) => Behaviour = () => ({}),
) {
  const log: string[] = [];
  let open = 0;
  const counts = new Map<string, number>();
  const guest = (side: string, kind: string, workloads: readonly string[]): Guest => ({
    title: side,
    boot: async () => {
      open++;
      log.push(`${side} ${kind} boot ${workloads.join('+')}`);
    },
    run: async (workload, _, signal): Promise<GuestRun> => {
      const count = (counts.get(side + workload) ?? 0) + 1;
      counts.set(side + workload, count);
      const { status = 0, fails } = behave(side, workload, count);
      log.push(`${side} ${kind} ${workload}`);
      signal.throwIfAborted();
      if (fails !== undefined) throw new GuestError(fails);
      return { seconds: count, status, bench: [], output: ['said this'] };
    },
    close: async () => {
      open--;
    },
  });
  const complete: Plan = {
    titleOf: (workload) => workload,
    withheldFrom: () => [],
    sides: sides.map((title) => ({
      title,
      ...(title !== 'QEMU' && { exact: (workload: string) => guest(title, 'exact', [workload]) }),
      timed: (workloads) => guest(title, 'timed', workloads),
    })),
    exact: true,
    runs: 2,
    warmup: 1,
    timeout: 1,
    ignoreFailure: false,
    ...plan,
  };
  const into = emptyMeasurements(complete);
  const problems: Problem[] = [];
  const steps: [number, number][] = [];
  const abort = new AbortController();
  const events = {
    onStep: (_: string, done: number, total: number) => steps.push([done, total]),
    onRun: () => {},
    onProblem: (problem: Problem) => problems.push(problem),
  };
  const run = () => new Measurement(complete, into, events, abort.signal).run();
  return { log, into, problems, steps, abort, run, open: () => open };
}

const programs = (...workloads: string[]) => [{ workloads, whole: false }];
const seconds = (of: Map<string, { timed: readonly GuestRun[] }>, name: string) =>
  of.get(name)?.timed.map((run) => run.seconds);

test('programs run exactly in a guest each, then timed in one guest, after warm-up', async () => {
  const { log, into, steps, run, open } = bench({ groups: programs('a', 'b') });
  await run();
  expect(log).toEqual([
    'ours exact boot a',
    'ours exact a',
    'ours exact boot b',
    'ours exact b',
    'ours timed boot a+b',
    ...['a', 'b', 'a', 'b', 'a', 'b'].map((name) => `ours timed ${name}`),
  ]);
  expect(into[0].get('a')?.exact?.seconds).toBe(1);
  expect(seconds(into[0], 'a')).toEqual([3, 4]);
  expect(open()).toBe(0);
  expect(steps.map(([done]) => done)).toEqual(steps.map((_, i) => i));
  expect(steps.at(-1)).toEqual([steps.length - 1, steps.length]);
});

test('two sides alternate, and who is first changes', async () => {
  const { log, run } = bench({ groups: programs('a'), exact: false, warmup: 0, runs: 3 }, ['ours', 'QEMU']);
  await run();
  expect(log.filter((line) => !line.includes('boot'))).toEqual([
    'ours timed a',
    'QEMU timed a',
    'QEMU timed a',
    'ours timed a',
    'ours timed a',
    'QEMU timed a',
  ]);
});

test('a whole guest is booted for each run', async () => {
  const { log, run, steps } = bench({ groups: [{ workloads: ['w'], whole: true, runs: 3 }] });
  await run();
  expect(log.filter((line) => line.includes('boot'))).toEqual([
    'ours exact boot w',
    ...Array(3).fill('ours timed boot w'),
  ]);
  expect(steps.at(-1)).toEqual([3, 4]);
});

test('only exact, only timed', async () => {
  const exact = bench({ groups: programs('a'), runs: 0 });
  await exact.run();
  expect(exact.log).toEqual(['ours exact boot a', 'ours exact a']);
  const timed = bench({ groups: programs('a'), exact: false, warmup: 0, runs: 1 });
  await timed.run();
  expect(timed.log).toEqual(['ours timed boot a', 'ours timed a']);
});

describe('a workload that fails', () => {
  test('by its exit status is left alone, the others go on', async () => {
    const { into, problems, run } = bench({ groups: programs('a', 'b') }, ['ours'], (_, name) =>
      name === 'a' ? { status: 3 } : {},
    );
    await run();
    expect(problems).toEqual([
      { workload: 'a', side: 'ours', text: 'it ended with exit status 3: said this', timedOut: false },
    ]);
    expect([...into[0].keys()]).toEqual(['b']);
    expect(seconds(into[0], 'b')).toHaveLength(2);
  });

  test('may be measured all the same', async () => {
    const { into, problems, run } = bench({ groups: programs('a'), ignoreFailure: true }, ['ours'], () => ({
      status: 1,
    }));
    await run();
    expect(problems).toEqual([]);
    expect(seconds(into[0], 'a')).toHaveLength(2);
  });

  test('and takes its guest with it: the others get a new one, and keep what they had', async () => {
    const { log, into, problems, run, open } = bench(
      { groups: programs('a', 'b'), exact: false, warmup: 0 },
      ['ours'],
      (_, name, count) => (name === 'a' && count === 2 ? { fails: 'it panics' } : {}),
    );
    await run();
    expect(problems).toMatchObject([{ workload: 'a', text: 'it panics' }]);
    expect(log.filter((line) => line.includes('boot'))).toHaveLength(2);
    expect(seconds(into[0], 'a')).toEqual([1]);
    expect(seconds(into[0], 'b')).toEqual([1, 2]);
    expect(open()).toBe(0);
  });
});

test('a program that fails without a package that was left out is told of it', async () => {
  const { problems, run } = bench(
    { groups: programs('a', 'b'), runs: 0, withheldFrom: (name) => (name === 'a' ? ['zip'] : []) },
    ['ours'],
    () => ({ status: 127 }),
  );
  await run();
  expect(problems.map(({ text }) => text)).toEqual([
    'it ended with exit status 127: said this; it names nothing of zip, so its guest has it not: name it, be it in a comment',
    'it ended with exit status 127: said this',
  ]);
});

test('an abort keeps what was measured and ends all guests', async () => {
  const reason = new Interrupted('SIGINT');
  const { into, run, abort, open } = bench({ groups: programs('a', 'b') }, ['ours'], (_, name, count) => {
    if (name === 'b' && count === 1) abort.abort(reason);
    return {};
  });
  await expect(run()).rejects.toBe(reason);
  expect(into[0].get('a')?.exact?.seconds).toBe(1);
  expect(open()).toBe(0);
});
