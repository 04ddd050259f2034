import { banner } from '../../src/image/initramfs.js';
import type { ProcessCommand } from '../peers/emulator.js';
import { Session } from '../peers/session.js';

/** How far a boot of Xen is, in order; the last is what is compared. */
export const milestones = [
  { name: "Xen's first line", mark: /\(XEN\)/ },
  { name: 'Xen loads dom0', mark: /LOADING DOMAIN 0/ },
  { name: "dom0's kernel starts", mark: /Serial input to DOM0/ },
  { name: "dom0's first line", mark: /Booting Linux/ },
  { name: "dom0's init", mark: new RegExp(banner) },
] as const;

/** One boot. */
export interface Boot {
  /** Host's seconds from the start of the process to each milestone. */
  readonly seconds: readonly number[];
  /** Seconds of processor time to the last milestone, all threads together; undefined where /proc does not tell. */
  readonly cpuSeconds: number | undefined;
}

/** Boots to dom0's init, then switches the machine off from dom0's shell. @param timeout seconds; @throws SessionError; the signal's reason */
export async function boot(command: ProcessCommand, timeout: number, signal: AbortSignal): Promise<Boot> {
  const session = new Session(command);
  try {
    const seconds: number[] = [];
    for (const { mark } of milestones) {
      const { at } = await session.expect(mark, timeout, signal);
      seconds.push((at - session.started) / 1000);
    }
    const cpuSeconds = session.cpuSeconds();
    // Switched off in order, so that it completes its cache.
    await session.expect(/\w # /, timeout, signal);
    await session.close('poweroff -f');
    return { seconds, cpuSeconds };
  } finally {
    session.kill();
  }
}
