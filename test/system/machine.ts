import { VirtBoard } from '../../runtime/board/virt.js';
import { Machine } from '../../runtime/machine.js';
import type { Image } from './image.js';
import { RAM, RAM_BYTES, VARIABLES } from './memory-map.js';
import { caseAt } from './monitor.js';
import { type Outcome, readOutcomes } from './outcome.js';

/** Seconds for an image; what takes longer has gone astray. */
const TIMEOUT_SECONDS = 120;

/** Runs an image in our machine. @throws Error that names the case in which it went astray */
export async function runMachine(image: Image): Promise<Outcome[]> {
  const board = new VirtBoard({
    memoryBytes: RAM_BYTES,
    features: { security: false, virtualization: image.kind.virtualization, cpus: 1 },
    clock: 'virtual',
    firmware: image.firmware,
    transmit: () => {},
  });
  const machine = new Machine(board);
  for (const { address, bytes } of image.segments) {
    if (!board.load(address, bytes)) throw new Error('the image does not fit');
  }
  board.reset(image.entry, false);
  const reason = await machine.run({ timeoutSeconds: TIMEOUT_SECONDS });
  const ram = board.bus.linearOffset(RAM);
  const read = (address: number, count: number) =>
    new Int32Array(board.memory.buffer, ram + address - RAM, count).slice();
  if (reason !== 'off') {
    const at = image.cases[caseAt(new Uint32Array(read(VARIABLES, 3)))];
    throw new Error(`our machine: ${reason} in ${at?.class} ${at?.name}`);
  }
  return readOutcomes(image.cases, read);
}
