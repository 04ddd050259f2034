import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { AccessWidth } from '../../runtime/devices/device.js';

const SUFFIX = { 1: 'b', 2: 'w', 4: 'l' } as const;

/** Whether there is a QEMU to compare with. */
export const hasQemu = spawnSync('qemu-system-arm', ['--version']).status === 0;

/** Bus accesses on QEMU's `virt` board with one stopped CPU, by its qtest protocol. */
export class Qtest {
  readonly #process: ChildProcess;
  readonly #waiting: ((line: string) => void)[] = [];

  /** @param machine of QEMU's `-M` */
  constructor(machineType = 'virt') {
    const machine = [
      '-M',
      machineType,
      '-cpu',
      'cortex-a15',
      '-m',
      '64',
      '-accel',
      'tcg',
      '-S',
      '-net',
      'none',
    ];
    const quiet = ['-display', 'none', '-serial', 'null', '-monitor', 'none', '-qtest-log', '/dev/null'];
    this.#process = spawn('qemu-system-arm', [...machine, ...quiet, '-qtest', 'stdio'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    createInterface({ input: this.#process.stdout! }).on('line', (line) => {
      if (/^(OK|FAIL|ERR)/.test(line)) this.#waiting.shift()?.(line);
    });
  }

  async read(address: number, width: AccessWidth = 4): Promise<number> {
    const line = await this.#command(`read${SUFFIX[width]} 0x${address.toString(16)}`);
    return Number(line.split(' ')[1]);
  }

  async write(address: number, width: AccessWidth, value: number): Promise<void> {
    await this.#command(`write${SUFFIX[width]} 0x${address.toString(16)} 0x${(value >>> 0).toString(16)}`);
  }

  close(): void {
    this.#process.kill();
  }

  #command(line: string): Promise<string> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#process.stdin!.write(`${line}\n`);
    });
  }
}
