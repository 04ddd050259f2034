import { ExitCode, UserError } from '../errors.js';
import type { Cache } from '../image/cache.js';
import type { Progress } from '../image/progress.js';
import type { Benchmark } from './benchmark.js';
import { ChildGuest } from './guest/child-guest.js';
import { QemuGuest, qemuVersion } from './guest/qemu-guest.js';
import { LinuxGuests, type LinuxMachine } from './linux-guest.js';
import { type CommandRequest, type PackOptions, packPrograms } from './packing/pack.js';
import { quote } from './packing/shell-words.js';

/** Programs from the command line, all in guests of one kind. */
export interface ProgramRequests {
  readonly commands: readonly (readonly string[] | string)[];
  /** For people, in the order of the commands; the commands themselves where there are none. */
  readonly names: readonly string[];
  readonly pack: PackOptions & { readonly cache: Cache };
  readonly machine: LinuxMachine;
  /** What decides the exact metrics beside the programs. */
  readonly configuration: Readonly<Record<string, string | number | boolean>>;
}

/** @throws UserError, as `packPrograms` */
export async function programsBenchmark(request: ProgramRequests, progress: Progress): Promise<Benchmark> {
  const { commands, names, machine, configuration } = request;
  const requests: CommandRequest[] = commands.map((command, i) => ({ name: `program-${i + 1}`, command }));
  const packed = await packPrograms(requests, request.pack, progress);
  const guests = new LinuxGuests(machine, packed);
  const workloads = packed.programs.map(({ name, command, packagesHash, withheld }, i) => ({
    id: name,
    title: names[i] ?? (command.length === 1 ? command[0] : command.map(quote).join(' ')),
    command,
    markers: [],
    ...(packagesHash !== '' && { packages: packagesHash }),
    withheld,
  }));
  const twice = workloads.find(({ title }, i) => workloads.findIndex((other) => other.title === title) < i);
  if (twice !== undefined) {
    guests.close();
    throw new UserError(ExitCode.usage, `'${twice.title}' is there twice: tell them apart with --name`);
  }
  return {
    workloads,
    groups: [{ workloads: workloads.map(({ id }) => id), whole: false }],
    configuration,
    suite: null,
    side: (title, server) => ({
      title,
      exact: (workload) => new ChildGuest(guests.describeExact(workload), server, title),
      timed: (all) => new ChildGuest(guests.describe(all), server, title),
    }),
    qemuSide: () => {
      const title = qemuVersion();
      return { title, timed: (all) => new QemuGuest(guests.describeForQemu(all)) };
    },
    close: () => guests.close(),
  };
}
