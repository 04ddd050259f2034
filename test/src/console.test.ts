import { EventEmitter } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { Console } from '../../src/console.js';
import { endingSignals } from '../../src/signals.js';

class FakeInput extends EventEmitter {
  isTTY = true;
  raw = false;
  flowing = false;
  modes: boolean[] = [];
  setRawMode(raw: boolean) {
    this.raw = raw;
    this.modes.push(raw);
  }
  pause() {
    this.flowing = false;
    return this;
  }
  resume() {
    this.flowing = true;
    return this;
  }
  type(text: string) {
    this.emit('data', Buffer.from(text, 'latin1'));
  }
}

let open: Console | undefined;

function start() {
  const input = new FakeInput();
  const state = {
    input,
    output: '',
    typed: '',
    quits: 0,
    signals: 0,
    console: undefined as unknown as Console,
  };
  state.console = new Console(input, (bytes) => {
    state.output += Buffer.from(bytes).toString('latin1');
  });
  state.console.open({
    onInput: (bytes) => {
      state.typed += Buffer.from(bytes).toString('latin1');
    },
    onQuit: () => state.quits++,
    onSignal: () => state.signals++,
  });
  open = state.console;
  return state;
}

afterEach(() => open?.close());

test('a terminal is raw while open, and every key goes to the guest', () => {
  const s = start();
  expect(s.input.raw).toBe(true);
  expect(s.input.flowing).toBe(true);
  s.input.type('ls\r\x03\x1a');
  expect(s.typed).toBe('ls\r\x03\x1a');
  s.console.close();
  expect(s.input.raw).toBe(false);
  expect(s.input.flowing).toBe(false);
});

test('Ctrl-A x quits; what came before it is still given', () => {
  const s = start();
  s.input.type('ab\x01xcd');
  expect(s.typed).toBe('ab');
  expect(s.quits).toBe(1);
});

test('escapes may be split, and Ctrl-A can be sent', () => {
  const s = start();
  s.input.type('\x01');
  s.input.type('a-\x01\x01');
  expect(s.typed).toBe('\x01-\x01');
  expect(s.quits).toBe(0);
});

test('Ctrl-A h and c answer here, not in the guest', () => {
  const s = start();
  s.input.type('\x01h\x01c');
  expect(s.typed).toBe('');
  expect(s.output).toContain('Ctrl-A x    exit');
  expect(s.output).toContain('no monitor');
});

test('output is kept in order, and is out after a turn of the event loop, a flush or a close', async () => {
  const s = start();
  for (const c of 'hello') s.console.writeByte(c.charCodeAt(0));
  expect(s.output).toBe('');
  await new Promise((resolve) => setImmediate(resolve));
  expect(s.output).toBe('hello');
  s.console.write(Buffer.from(' a'));
  s.console.flush();
  s.console.write(Buffer.from(' b'));
  s.console.close();
  expect(s.output).toBe('hello a b');
  const large = start();
  large.console.write(Buffer.alloc(10_000, 'x'));
  expect(large.output.length).toBe(8192);
});

test('input can be stopped; after its end it does not start again', () => {
  const s = start();
  s.console.pause();
  expect(s.input.flowing).toBe(false);
  s.console.resume();
  expect(s.input.flowing).toBe(true);
  s.input.emit('end');
  s.console.pause();
  s.console.resume();
  expect(s.input.flowing).toBe(false);
});

test.each(endingSignals)('%s restores the terminal before it is reported', (signal) => {
  const s = start();
  process.emit(signal, signal);
  expect(s.signals).toBe(1);
  expect(s.input.raw).toBe(false);
  s.console.close();
  expect(process.listenerCount(signal)).toBe(0);
});

test('after a stop the mode is set again, not only when it seems to be another one', () => {
  const s = start();
  process.emit('SIGCONT', 'SIGCONT');
  expect(s.input.modes).toEqual([true, false, true]);
  s.console.close();
  process.emit('SIGCONT', 'SIGCONT');
  expect(s.input.modes).toEqual([true, false, true, false]);
});
