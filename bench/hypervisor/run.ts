import { spawn } from 'node:child_process';
import { parseReports, type Report } from './benchmarks.js';
import { IMAGE_ADDRESS, IMAGE_MEMORY } from './image.js';

const ADDRESS = `0x${IMAGE_ADDRESS.toString(16)}`;

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

/** @param main path of hyperthumb's compiled `main.js`; @param extra further options of `hyperthumb run` */
export function hyperthumbCommand(main: string, image: string, extra: readonly string[]): Command {
  const machine = ['--virtualization', '--memory', `${IMAGE_MEMORY >> 20}M`, '--no-translation-cache'];
  return {
    file: process.execPath,
    args: [main, 'run', '--load', `${image}@${ADDRESS}`, ...machine, ...extra],
  };
}

/** @param file `qemu-system-arm` or a path to one */
export function qemuCommand(file: string, image: string): Command {
  return {
    file,
    args: [
      ['-M', 'virt,virtualization=on', '-cpu', 'cortex-a15', '-m', `${IMAGE_MEMORY >> 20}M`],
      ['-device', `loader,file=${image},addr=${ADDRESS},cpu-num=0`],
      ['-display', 'none', '-serial', 'stdio', '-monitor', 'none', '-nic', 'none', '-no-reboot'],
    ].flat(),
  };
}

/**
 * Runs the benchmarks once. What the emulator says on standard error goes to ours.
 * @param timeout seconds
 * @throws Error when it does not end by itself with exit code 0, or says anything but reports
 */
export function runBenchmarks({ file, args }: Command, timeout: number): Promise<readonly Report[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    let late = false;
    child.stdout.setEncoding('latin1').on('data', (text: string) => {
      output += text;
    });
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, timeout * 1000);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (late) reject(new Error(`${file} was not done after ${timeout} seconds: ${output}`));
      else if (code !== 0) reject(new Error(`${file} ended with ${code ?? signal}: ${output}`));
      else
        try {
          resolve(parseReports(output));
        } catch (error) {
          reject(error);
        }
    });
  });
}
