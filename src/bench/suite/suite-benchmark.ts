import { basename } from 'node:path';
import { parseLoad, parseSize } from '../../cli/parse.js';
import type { RunFlags } from '../../cli/run-options.js';
import { ExitCode, UserError } from '../../errors.js';
import { readInput } from '../../files.js';
import type { Flavour } from '../../image/flavours.js';
import type { Progress } from '../../image/progress.js';
import type { Benchmark, BenchmarkWorkload } from '../benchmark.js';
import { ChildGuest } from '../guest/child-guest.js';
import type { GuestDescription } from '../guest/messages.js';
import { QemuGuest, qemuVersion } from '../guest/qemu-guest.js';
import { commonFlags, LinuxGuests } from '../linux-guest.js';
import type { WorkloadGroup } from '../measure.js';
import { type PackedProgram, type PackOptions, packPrograms, shortHash } from '../packing/pack.js';
import { type Shard, shardOf } from '../shards.js';
import type { Suite, SuiteGuest, SuiteWorkload } from './suite.js';

/** What the command line and the host give to all guests. */
export interface SuiteSurroundings {
  readonly pack: Omit<PackOptions, 'packages' | 'files' | 'sysroot' | 'ownRoot'>;
  /** Path of Debian's kernel. */
  debianKernel(flavour: Flavour): Promise<string>;
  readonly jitThreshold: number;
  /** For guests that do not say, as `--memory`: bytes. */
  readonly memory: number;
  readonly shard?: Shard;
  /** A suite's own count of runs is not used. */
  readonly runsGiven: boolean;
  readonly warmupGiven: boolean;
}

type Named = SuiteWorkload & { readonly id: string };

/** How to start the guests of one workload. */
interface Source {
  describe(workloads: readonly string[], exact: boolean): GuestDescription;
  /** Of programs; absent for a whole guest. */
  readonly program?: PackedProgram;
  readonly linux?: LinuxGuests;
}

/** @throws UserError for what cannot be read, packed or fetched */
export async function suiteBenchmark(
  suite: Suite,
  surroundings: SuiteSurroundings,
  progress: Progress,
): Promise<Benchmark> {
  const { shard } = surroundings;
  const names = suite.workloads.map(({ name }) => name);
  const chosen = new Set(shard === undefined ? names : shardOf(names, shard.index, shard.count));
  const everything: Named[] = suite.workloads.map((workload, i) => ({
    ...workload,
    id: `workload-${i + 1}`,
  }));
  const workloads = everything.filter(({ name }) => chosen.has(name));
  const isChosen = ({ name }: Named) => chosen.has(name);

  const configuration: Record<string, string | number | boolean> = {
    jitThreshold: surroundings.jitThreshold,
  };
  const sources = new Map<string, Source>();
  const groups: WorkloadGroup[] = [];
  const commands = new Map<string, readonly string[]>();
  const opened: LinuxGuests[] = [];
  try {
    // All of it, whatever the shard: its guests and their configuration are those of the whole suite.
    for (const [name, guest] of Object.entries(suite.guests)) {
      const own = everything.filter((workload) => (workload.guest ?? Object.keys(suite.guests)[0]) === name);
      const configure = (what: string, value: string | number | boolean) => {
        configuration[`${name}.${what}`] = value;
      };
      configure('memory', memoryOf(guest, surroundings));
      configure('smp', guest.smp ?? 1);
      const programs = own.filter(({ run }) => run !== undefined);
      if (programs.length > 0) {
        const linux = await linuxGuest(guest, programs, surroundings, progress);
        opened.push(linux.guests);
        for (const [what, value] of Object.entries(linux.configuration)) configure(what, value);
        for (const program of linux.programs) {
          sources.set(program.name, {
            describe: (all, exact) =>
              exact ? linux.guests.describeExact(all[0]) : linux.guests.describe(all),
            program,
            linux: linux.guests,
          });
        }
        groups.push(...grouped(programs.filter(isChosen), suite, surroundings));
      }
      for (const workload of own.filter(({ boot }) => boot !== undefined)) {
        const flags = await bootFlags(guest, workload, surroundings);
        const { kernel, load, start, end } = workload.boot!;
        if (load === undefined && kernel === undefined) {
          configure('kernel', shortHash(readInput(flags.kernel!, 'kernel')));
        }
        const images = flags.load?.map(({ path }) => path) ?? [flags.kernel!];
        commands.set(
          workload.id,
          images.map((path) => basename(path)),
        );
        sources.set(workload.id, {
          describe: (_, exact) => ({
            flags: { ...flags, clock: exact ? 'virtual' : 'host' },
            exact,
            whole: { ...(start !== undefined && { start }), ...(end !== undefined && { end }) },
          }),
        });
        if (!isChosen(workload)) continue;
        const runs = surroundings.runsGiven ? undefined : (workload.runs ?? suite.runs);
        groups.push({ workloads: [workload.id], whole: true, ...(runs !== undefined && { runs }) });
      }
    }
  } catch (error) {
    for (const guests of opened) guests.close();
    throw error;
  }

  const all = workloads.map(({ id, name, written, markers }): BenchmarkWorkload => {
    const { packagesHash = '', withheld = [] } = sources.get(id)?.program ?? {};
    return {
      id,
      title: name,
      command: written ?? commands.get(id) ?? [],
      markers: markers ?? [],
      ...(packagesHash !== '' && { packages: packagesHash }),
      withheld,
    };
  });
  const source = (ids: readonly string[]) => sources.get(ids[0])!;
  return {
    workloads: all,
    groups,
    configuration,
    suite: suite.suite,
    ...(shard && { shard: { index: shard.index, count: shard.count, all: names } }),
    side: (title, server) => ({
      title,
      exact: (workload) => new ChildGuest(source([workload]).describe([workload], true), server, title),
      timed: (ids) => new ChildGuest(source(ids).describe(ids, false), server, title),
    }),
    qemuSide: () => {
      const whole = workloads.find(({ boot }) => boot !== undefined);
      if (whole !== undefined) {
        throw new UserError(
          ExitCode.usage,
          `--against qemu runs programs only: workload '${whole.name}' boots a guest of its own`,
        );
      }
      return { title: qemuVersion(), timed: (ids) => new QemuGuest(source(ids).linux!.describeForQemu(ids)) };
    },
    close: () => {
      for (const guests of opened) guests.close();
    },
  };
}

/** Workloads that have the same numbers of runs share a guest. */
function grouped(programs: readonly Named[], suite: Suite, given: SuiteSurroundings): WorkloadGroup[] {
  const groups = new Map<string, WorkloadGroup & { workloads: string[] }>();
  for (const workload of programs) {
    const runs = given.runsGiven ? undefined : (workload.runs ?? suite.runs);
    const warmup = given.warmupGiven ? undefined : (workload.warmup ?? suite.warmup);
    const key = `${runs} ${warmup}`;
    const group = groups.get(key) ?? {
      workloads: [],
      whole: false,
      ...(runs !== undefined && { runs }),
      ...(warmup !== undefined && { warmup }),
    };
    group.workloads.push(workload.id);
    groups.set(key, group);
  }
  return [...groups.values()];
}

async function linuxGuest(
  guest: SuiteGuest,
  programs: readonly Named[],
  surroundings: SuiteSurroundings,
  progress: Progress,
) {
  const kernel = guest.kernel ?? (await surroundings.debianKernel(guest.flavour ?? 'armmp-lpae'));
  const initrd = guest.initrd === undefined ? undefined : readInput(guest.initrd, 'initrd');
  const packed = await packPrograms(
    programs.map(({ id, run }) => ({ name: id, command: run! })),
    {
      ...surroundings.pack,
      packages: guest.packages ?? [],
      ownRoot: initrd !== undefined,
      files: new Map(Object.entries(guest.files ?? {}).map(([to, from]) => [to.replace(/^\/+/, ''), from])),
      ...(guest.sysroot !== undefined && { sysroot: guest.sysroot }),
    },
    progress,
  );
  const guests = new LinuxGuests(
    {
      kernel,
      append: guest.append ?? '',
      ...(initrd && { initrd }),
      memory: memoryOf(guest, surroundings),
      smp: guest.smp ?? 1,
      jitThreshold: surroundings.jitThreshold,
      virtualization: guest.virtualization ?? false,
    },
    packed,
  );
  return {
    guests,
    programs: packed.programs,
    configuration: {
      kernel: shortHash(readInput(kernel, 'kernel')),
      ...(initrd && { initrd: shortHash(initrd) }),
      ...(guest.append !== undefined && { append: guest.append }),
    },
  };
}

async function bootFlags(
  guest: SuiteGuest,
  { boot }: Named,
  surroundings: SuiteSurroundings,
): Promise<RunFlags> {
  const { kernel, load, initrd, append } = boot!;
  const own = kernel ?? guest.kernel;
  const flavour = guest.flavour ?? 'armmp-lpae';
  const ramdisk = initrd ?? guest.initrd;
  const isLinux = load === undefined;
  return {
    ...commonFlags,
    ...(isLinux && { kernel: own ?? (await surroundings.debianKernel(flavour)) }),
    ...(load && {
      load: load.reduce<ReturnType<typeof parseLoad>>((list, text) => parseLoad(text, list), []),
    }),
    ...(isLinux && ramdisk !== undefined && { initrd: ramdisk }),
    append: append ?? guest.append ?? '',
    memory: memoryOf(guest, surroundings),
    smp: guest.smp ?? 1,
    virtualization: guest.virtualization ?? false,
    secure: guest.secure ?? false,
    jitThreshold: surroundings.jitThreshold,
    clock: 'host',
  };
}

const memoryOf = ({ memory }: SuiteGuest, { memory: otherwise }: SuiteSurroundings): number =>
  memory === undefined ? otherwise : parseSize(memory);
