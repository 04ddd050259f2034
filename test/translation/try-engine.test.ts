import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { tryEngine } from '../../runtime/translation/try-engine.js';

const never = new AbortController().signal;
/** A trial of which each step is this program; `step` is its name. */
const program = (source: string) => ['-e', `const [engine, step] = process.argv.slice(1); ${source}`];
const outcome = (source: string, signal = never) => tryEngine(program(source), 'engine', signal);

describe('an engine', () => {
  it('is sound when both steps come back well, the second with what the first has given', async () => {
    const source = `if (step === 'make') process.stdout.write('code of ' + engine);
      else process.exit(require('fs').readFileSync(0, 'utf8') === 'code of engine' ? 0 : 3);`;
    expect(await outcome(source)).toBe(true);
    expect(await outcome(source.replace('code of engine', 'another'))).toBe(false);
  });

  it.each(['make', 'use'])('is not when %s fails or ends its process', async (step) => {
    expect(await outcome(`process.exit(step === '${step}' ? 3 : 0);`)).toBe(false);
    for (const signal of ['SIGSEGV', 'SIGILL', 'SIGABRT', 'SIGTRAP']) {
      expect(await outcome(`if (step === '${step}') process.kill(process.pid, '${signal}');`), signal).toBe(
        false,
      );
    }
  });

  it('is not judged when it is another one, or the trial was ended from outside', async () => {
    expect(await outcome('process.exit(2);')).toBeUndefined();
    expect(await outcome(`process.kill(process.pid, 'SIGKILL');`)).toBeUndefined();
    expect(await outcome('', AbortSignal.abort())).toBeUndefined();
    const closing = new AbortController();
    const trial = outcome('setInterval(() => {}, 1000);', closing.signal);
    closing.abort();
    expect(await trial).toBeUndefined();
  });

  it('of another name is found out by the trial itself', async () => {
    const trial = fileURLToPath(new URL('../../runtime/translation/machine-code-trial.ts', import.meta.url));
    expect(await tryEngine(['--import', 'tsx', trial], 'another engine', never)).toBeUndefined();
  });
});
