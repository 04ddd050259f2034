import { describe, expect, test } from 'vitest';
import { type MarkedRun, SerialProtocol } from '../../../src/bench/guest/serial-protocol.js';
import { WholeMarks } from '../../../src/bench/guest/whole-marks.js';

/** What came of a text on the serial port; an observation is how many bytes had come. */
function read(text: string) {
  let bytes = 0;
  const ready: number[] = [];
  const runs: MarkedRun<number>[] = [];
  const failures: string[] = [];
  const protocol = new SerialProtocol<number>(() => bytes, {
    onReady: () => ready.push(bytes),
    onRun: (run) => runs.push(run),
    onFailure: (why) => failures.push(why),
  });
  for (const byte of Buffer.from(text)) {
    bytes++;
    protocol.receive(byte);
  }
  return { ready, runs, failures, recent: protocol.recent };
}

describe('the serial port of a guest with our init', () => {
  const whole = '@start a\n@end a 3 20\nBENCH x 1 s\n| out\n| \n@done a\n';

  test('gives a run with what was observed at its marks', () => {
    const { ready, runs } = read(`booting\r\n@ready\r\n${whole}@ready\n`);
    expect(ready).toHaveLength(2);
    const start = 'booting\r\n@ready\r\n@start a\n'.length;
    expect(runs).toEqual([
      {
        name: 'a',
        status: 3,
        peakMemory: 20 * 1024,
        start,
        end: start + '@end a 3 20\n'.length,
        bench: ['BENCH x 1 s'],
        output: ['out', ''],
      },
    ]);
  });

  test('may have words of the kernel in the line of a mark', () => {
    expect(read(whole.replace('@end', '[    1.0] random: crng init done@end')).runs[0].status).toBe(3);
  });

  test('takes no marks from what the program printed', () => {
    const { runs, ready } = read(whole.replace('| out', '| @ready\n| @end a 0 1'));
    expect(ready).toEqual([]);
    expect(runs[0].status).toBe(3);
    expect(runs[0].output[0]).toBe('@ready');
  });

  test('has no results from before the end, and forgets those of the run before', () => {
    const { runs } = read(`BENCH y 1\n${whole}@start b\n@end b 0 1\n@done b\n`);
    expect(runs.map(({ bench }) => bench)).toEqual([['BENCH x 1 s'], []]);
  });

  test('tells of a panic, and of an end without a start', () => {
    expect(read('[ 1.0] Kernel panic - not syncing: VFS: no root\r\n').failures).toEqual([
      "the guest's kernel panics: VFS: no root",
    ]);
    expect(read('@done a\n').failures).toEqual(["the guest ended 'a' without having started it"]);
  });

  test('keeps the last lines for a message, an unfinished one among them', () => {
    expect(read('one\ntwo').recent).toEqual(['one', 'two']);
  });
});

describe('the serial port of a guest as a whole', () => {
  function readWhole(text: string, whole: { start?: string; end?: string }, off = false) {
    let bytes = 0;
    let ended = false;
    const marks = new WholeMarks<number>(whole, () => bytes, {
      onEnd: () => {
        ended = true;
      },
      onFailure: () => {},
    });
    if (whole.start === undefined) marks.begin();
    for (const byte of Buffer.from(text)) {
      bytes++;
      marks.receive(byte);
    }
    if (off) marks.finish();
    return { marks, ended };
  }

  test('is measured from reset to power-off', () => {
    const { marks, ended } = readWhole('BENCH a 1\nlast', {}, true);
    expect([marks.start, marks.end, ended]).toEqual([0, 14, false]);
    expect(marks.bench).toEqual(['BENCH a 1']);
    expect(marks.output).toEqual(['BENCH a 1', 'last']);
  });

  test('is measured from mark to mark', () => {
    const { marks, ended } = readWhole('done\nready now\nx\nall done\n', { start: 'ready', end: 'done' });
    expect([marks.start, marks.end, ended]).toEqual([15, 26, true]);
  });

  test('has no end without its mark', () => {
    expect(readWhole('x\n', { end: 'login' }, true).marks.end).toBeUndefined();
  });
});
