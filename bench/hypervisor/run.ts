import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
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

/** Nanoseconds of processor time that a process has used, all its threads together (/proc/PID/task/TID/schedstat); NaN where there is none. */
function cpuNanoseconds(pid: number): number {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    const used = (task: string) =>
      Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0]);
    return tasks.reduce((sum, task) => sum + used(task), 0);
  } catch {
    return Number.NaN;
  }
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
    const cpuTimes: number[] = [];
    child.stdout.setEncoding('latin1').on('data', (text: string) => {
      output += text;
      const lines = output.split('\n').length - 1;
      while (cpuTimes.length < lines) cpuTimes.push(cpuNanoseconds(child.pid!));
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
          resolve(parseReports(output, cpuTimes));
        } catch (error) {
          reject(error);
        }
    });
  });
}
