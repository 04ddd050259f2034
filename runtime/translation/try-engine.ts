import { execFile } from 'node:child_process';

/** Milliseconds for one step of a trial, of which each takes some hundred. */
const LONGEST = 30_000;
/** Ways in which the machine, or somebody at it, ends a process: they say nothing of the engine. */
const FROM_OUTSIDE: readonly unknown[] = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'];
/** Exit code of a trial in which the engine is another one than here: see `machine-code-trial.ts`. */
const OTHER_ENGINE = 2;

/**
 * Finds out, in processes of their own, whether the engine takes machine code up again without harm: it ends the process where it does not.
 * @param trial arguments for Node to run `machine-code-trial.ts`; @param signal ends the trial
 * @returns undefined when that could not be found out
 */
export async function tryEngine(
  trial: readonly string[],
  engine: string,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const step = (name: string, input: string) => run([...trial, engine, name], input, signal);
  const made = await step('make', '');
  if (made.sound !== true) return made.sound;
  return (await step('use', made.output)).sound;
}

interface Outcome {
  readonly sound: boolean | undefined;
  readonly output: string;
}

function run(args: readonly string[], input: string, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { signal, timeout: LONGEST, killSignal: 'SIGKILL', maxBuffer: 1 << 24 } as const;
    try {
      const child = execFile(process.execPath, args, options, (error, output) => {
        resolve({ sound: error === null ? true : verdict(error), output });
      });
      child.stdin?.on('error', () => {
        // It ended without reading.
      });
      child.stdin?.end(input);
    } catch {
      // No process can be made, or none is allowed.
      resolve({ sound: undefined, output: '' });
    }
  });
}

/** @returns undefined when the engine is not at fault */
function verdict({ code, signal }: { code?: unknown; signal?: unknown }): false | undefined {
  const ended = typeof code === 'number' ? code !== OTHER_ENGINE : typeof signal === 'string';
  return ended && !FROM_OUTSIDE.includes(signal) ? false : undefined;
}
