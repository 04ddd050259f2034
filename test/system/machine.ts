import { VirtBoard } from '../../runtime/board/virt.js';
import { Machine, type StopReason } from '../../runtime/machine.js';
import type { Image } from './image.js';
import { RAM, RAM_BYTES, VARIABLES } from './memory-map.js';
import { caseAt } from './monitor.js';
import { type Outcome, readOutcomes } from './outcome.js';

/** Seconds for an image; what takes longer has gone astray. */
const TIMEOUT_SECONDS = 120;

/** Instructions between two translations of what has become hot. */
const TRANSLATION_INTERVAL = 5_000;

export interface MachineRun {
  readonly outcomes: readonly Outcome[];
  /** Guest instructions, and those of them that translated code has retired. */
  readonly retired: number;
  readonly translated: number;
}

/**
 * Runs an image in our machine.
 * @param translate the image's last pass finds the cases translated
 * @throws Error that names the case in which it went astray
 */
export async function runMachine(image: Image, translate = false): Promise<MachineRun> {
  const board = new VirtBoard({
    memoryBytes: RAM_BYTES,
    features: { security: false, virtualization: image.kind.virtualization, cpus: 1 },
    clock: 'virtual',
    firmware: image.firmware,
    ...(translate && { translationMode: 'synchronous', translationThreshold: 0 }),
    transmit: () => {},
  });
  const machine = new Machine(board);
  for (const { address, bytes } of image.segments) {
    if (!board.load(address, bytes)) throw new Error('the image does not fit');
  }
  board.reset(image.entry, false);
  const reason = await run(machine, translate);
  const ram = board.bus.linearOffset(RAM);
  const read = (address: number, count: number) =>
    new Int32Array(board.memory.buffer, ram + address - RAM, count).slice();
  if (reason !== 'off') {
    const at = image.cases[caseAt(new Uint32Array(read(VARIABLES, 3)))];
    throw new Error(`our machine: ${reason} in ${at?.class} ${at?.name}`);
  }
  const { translated } = board.vcpus[0]!.interpreter;
  return { outcomes: readOutcomes(image.cases, read), retired: machine.retired, translated };
}

async function run(machine: Machine, translate: boolean): Promise<StopReason> {
  const timeoutSeconds = TIMEOUT_SECONDS;
  if (!translate) return machine.run({ timeoutSeconds });
  for (;;) {
    const reason = await machine.run({
      timeoutSeconds,
      maxInstructions: machine.retired + TRANSLATION_INTERVAL,
    });
    if (reason !== 'max-instructions') return reason;
    machine.board.translations?.poll(true);
  }
}
