import { beforeEach, expect, test, vi } from 'vitest';
import { CPU } from '../../jit/abi/cpu-state.js';
import { RAM_BASE, UART_BASE } from '../../runtime/board/memory-map.js';
import { VirtBoard } from '../../runtime/board/virt.js';
import type { VirtualClock } from '../../runtime/clock.js';
import { Machine } from '../../runtime/machine.js';
import { Console } from '../../src/console.js';
import { SerialInput } from '../../src/serial-input.js';

const UARTDR = UART_BASE;
const UARTFR = UART_BASE + 0x18;
const UARTLCR_H = UART_BASE + 0x2c;
const UARTIMSC = UART_BASE + 0x38;
const FR_RXFE = 1 << 4;
const FIFO_ENABLE = 0x10;
const RX_INTERRUPTS = 0x50;

let board: VirtBoard;
let machine: Machine;
let terminal: Console;
let input: SerialInput;

function start(clock: 'host' | 'virtual'): void {
  board = new VirtBoard({
    memoryBytes: 1 << 20,
    features: { security: false, virtualization: false, cpus: 1 },
    clock,
    transmit: () => {},
  });
  machine = new Machine(board);
  terminal = new Console(undefined, () => {});
  input = new SerialInput(machine, terminal);
}

beforeEach(() => start('virtual'));

function pass(ns: number): void {
  const clock = board.clock as VirtualClock;
  clock.advance(ns);
  clock.queue.run(clock.now());
}

const flags = () => board.bus.read(UARTFR, 4, 0);
const received = () => (flags() & FR_RXFE) === 0;

function listen(): void {
  board.bus.write(UARTLCR_H, 4, FIFO_ENABLE, 0);
  board.bus.write(UARTIMSC, 4, RX_INTERRUPTS, 0);
}

function take(): string {
  let text = '';
  while (received()) text += String.fromCharCode(board.bus.read(UARTDR, 4, 0) & 0xff);
  return text;
}

/** As a program that waits for characters, until nothing comes for long. */
function poll(): string {
  let text = '';
  for (let idle = 0; idle < 50; idle++) {
    if (!received()) continue;
    idle = 0;
    text += String.fromCharCode(board.bus.read(UARTDR, 4, 0) & 0xff);
  }
  return text;
}

test('a guest that sleeps gets input at once, when it listens', () => {
  input.push(Buffer.from('ab'));
  expect(machine.onIdle()).toBe(false);
  listen();
  expect(received()).toBe(false);
  expect(machine.onIdle()).toBe(true);
  expect(take()).toBe('ab');
  expect(machine.onIdle()).toBe(false);
});

test('a busy guest gets a FIFO each millisecond of its own time', () => {
  listen();
  input.push(Buffer.from(`\x03${'x'.repeat(20)}`));
  input.afterBurst();
  pass(999_999);
  expect(received()).toBe(false);
  pass(1);
  expect(take()).toBe(`\x03${'x'.repeat(15)}`);
  pass(999_999);
  expect(received()).toBe(false);
  pass(1);
  expect(take()).toBe('x'.repeat(5));
});

test.each(['virtual', 'host'] as const)('a guest that polls gets input as it reads: %s clock', (clock) => {
  start(clock);
  input.push(Buffer.from('x'.repeat(5000)));
  expect(poll()).toBe('x'.repeat(5000));
});

test('so does one without the FIFO, and one that answers', () => {
  start('host');
  board.bus.write(UARTLCR_H, 4, 0, 0);
  input.push(Buffer.from('abcdef'));
  let text = '';
  for (let i = 0; i < 6; i++) {
    for (let polls = 0; polls < 8; polls++) flags();
    expect(received()).toBe(true);
    text += String.fromCharCode(board.bus.read(UARTDR, 4, 0) & 0xff);
    board.bus.write(UARTDR, 4, 0x06, 0);
  }
  expect(text).toBe('abcdef');
});

test.each(['virtual', 'host'] as const)(
  'a handler that empties the FIFO comes to its end, or nobody would fetch from it what it has read: %s clock',
  (clock) => {
    start(clock);
    listen();
    input.push(Buffer.from('x'.repeat(400)));
    for (let interrupt = 0; interrupt < 25; interrupt++) {
      expect(machine.onIdle()).toBe(true);
      expect(take()).toBe('x'.repeat(16));
    }
  },
);

test('on the host clock input goes in after each burst', () => {
  start('host');
  listen();
  input.push(Buffer.from('ab'));
  input.afterBurst();
  expect(take()).toBe('ab');
});

test('the host is paused while much waits, and goes on when it is gone', () => {
  const pause = vi.spyOn(terminal, 'pause');
  const resume = vi.spyOn(terminal, 'resume');
  listen();
  input.push(Buffer.alloc(4096));
  expect(pause).not.toHaveBeenCalled();
  input.push(Buffer.alloc(1));
  expect(pause).toHaveBeenCalledOnce();
  expect(resume).not.toHaveBeenCalled();
  machine.onIdle();
  expect(resume).toHaveBeenCalled();
});

test('on the host clock bursts are short while more input waits for a guest that listens', () => {
  start('host');
  input.push(Buffer.from('x'.repeat(20)));
  input.afterBurst();
  expect(machine.inputWaits).toBe(false);
  listen();
  input.afterBurst();
  expect(machine.inputWaits).toBe(true);
  expect(take()).toBe('x'.repeat(16));
  input.afterBurst();
  expect(machine.inputWaits).toBe(false);
  expect(take()).toBe('x'.repeat(4));
});

test('on the host clock bursts are short while the guest polls for what is not there', async () => {
  /** Bursts of a million instructions, on a host whose clock moves by half a millisecond a look. */
  const bursts = async (program: readonly number[], inputWaits = false) => {
    start('host');
    machine.inputWaits = inputWaits;
    board.load(RAM_BASE, new Uint8Array(Uint32Array.from(program).buffer));
    board.reset(RAM_BASE, false);
    board.vcpus[0].state.set(CPU.R, UART_BASE);
    let count = 0;
    machine.onBurst = () => {
      count++;
    };
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 0.5;
      return now;
    });
    await machine.run({ maxInstructions: 1_000_000 });
    clock.mockRestore();
    return count;
  };
  // b .
  const busy = await bursts([0xeaff_fffe]);
  // ldr r1, [r0, #0x18]; b to it
  const waiting = await bursts([0xe590_1018, 0xeaff_fffd]);
  expect(waiting).toBeGreaterThanOrEqual(2 * busy);
  expect(busy).toBeGreaterThan(0);
  expect(await bursts([0xeaff_fffe], true)).toBeGreaterThanOrEqual(2 * busy);
});
