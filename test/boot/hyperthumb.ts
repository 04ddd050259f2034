import { spawn, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cache } from '../../src/image/cache.js';

export interface Outcome {
  /** What the guest sent by its serial port, and what our own commands printed. */
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
  /** `instructions` of `--stats`. */
  readonly instructions: number | undefined;
}

export interface RunOptions {
  /** Piped to standard input, all of it at the start. */
  readonly input?: string;
  /** Lines typed in turn, each with Enter, when the guest has printed this prompt for it. */
  readonly dialogue?: { readonly prompt: string; readonly lines: readonly string[] };
  readonly env?: NodeJS.ProcessEnv;
  /** Kills the run, which then has no status. */
  readonly timeoutSeconds?: number;
}

let built: Promise<void> | undefined;

/** Compiles `dist/`, under a lock: spec files run side by side. */
async function build(): Promise<void> {
  const compile = async () => {
    const { status, stdout, stderr } = spawnSync('npm', ['run', '-s', 'build'], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`npm run build failed:\n${stdout}${stderr}`);
  };
  const lock = new Cache(join(tmpdir(), `hyperthumb-build-${process.getuid?.() ?? 0}`));
  await lock.locked(compile, AbortSignal.timeout(60_000), () => {});
}

/** Runs the command line as a user does, compiled and in a process of its own. */
export async function hyperthumb(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  built ??= build();
  await built;
  const child = spawn(process.execPath, ['dist/src/main.js', ...args], {
    env: { ...process.env, HYPERTHUMB_DEBUG: '', ...options.env },
    timeout: 1000 * (options.timeoutSeconds ?? 150),
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  const { prompt, lines } = options.dialogue ?? { prompt: '', lines: [] };
  let line = 0;
  let answered = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (line === lines.length || !stdout.includes(prompt, answered)) return;
    answered = stdout.length;
    child.stdin.write(`${lines[line++]}\n`);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {
    // It ended without reading its input.
  });
  child.stdin.write(options.input ?? '');
  if (options.dialogue === undefined) child.stdin.end();
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      const count = /^instructions +([\d,]+)$/m.exec(stderr)?.[1];
      resolve({
        stdout,
        stderr,
        status,
        instructions: count === undefined ? undefined : Number(count.replaceAll(',', '')),
      });
    });
  });
}
