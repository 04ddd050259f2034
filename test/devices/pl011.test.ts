import { beforeEach, describe, expect, test } from 'vitest';
import { Pl011 } from '../../runtime/devices/pl011.js';

const DR = 0x00;
const RSR = 0x04;
const FR = 0x18;
const IBRD = 0x24;
const LCR_H = 0x2c;
const CR = 0x30;
const IFLS = 0x34;
const IMSC = 0x38;
const RIS = 0x3c;
const MIS = 0x40;
const ICR = 0x44;
const RXFE = 1 << 4;
const RXFF = 1 << 6;
const RX = 1 << 4;
const TX = 1 << 5;
const RT = 1 << 6;
const OE = 1 << 10;
const BE = 1 << 9;
const FEN = 1 << 4;
const ENABLED = 0x301;

let uart: Pl011;
let sent: number[];
let line: boolean;
let readable: number;

const get = (offset: number) => uart.read(offset, 4);
const set = (offset: number, value: number) => uart.write(offset, 4, value);
const feed = (text: string) => {
  for (const byte of Buffer.from(text)) uart.receive(byte);
};

beforeEach(() => {
  sent = [];
  line = false;
  readable = 0;
  uart = new Pl011({
    transmit: (byte) => sent.push(byte),
    interrupt: (level) => {
      line = level;
    },
  });
  uart.onReadable = () => {
    readable++;
  };
});

test('reset state and identification', () => {
  expect(get(FR)).toBe(0x90);
  expect(get(CR)).toBe(0x300);
  expect(get(IFLS)).toBe(0x12);
  const id = [0xfe0, 0xfe4, 0xfe8, 0xfec, 0xff0, 0xff4, 0xff8, 0xffc].map(get);
  expect(id).toEqual([0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1]);
  set(IBRD, 0x12345);
  set(LCR_H, 0x70);
  set(CR, ENABLED);
  set(IMSC, RX);
  feed('x');
  uart.reset();
  expect([FR, CR, IBRD, LCR_H, IMSC, RIS].map(get)).toEqual([0x90, 0x300, 0, 0, 0, 0]);
  expect(line).toBe(false);
});

test('sending drains at once and leaves the transmit interrupt, which ICR clears', () => {
  set(IMSC, TX);
  expect(line).toBe(false);
  set(DR, 0x141);
  expect(sent).toEqual([0x41]);
  expect(get(FR) & 0x80).toBe(0x80);
  expect(get(MIS)).toBe(TX);
  expect(line).toBe(true);
  set(ICR, TX);
  expect(line).toBe(false);
});

describe('with FIFOs', () => {
  beforeEach(() => {
    set(LCR_H, FEN | 0x60);
    set(CR, ENABLED);
  });

  test('one character raises the receive timeout, and reading it clears it', () => {
    set(IMSC, RX | RT);
    feed('a');
    expect(get(RIS)).toBe(RT);
    expect(line).toBe(true);
    expect(get(FR) & RXFE).toBe(0);
    expect(get(DR)).toBe(0x61);
    expect(get(RIS)).toBe(0);
    expect(line).toBe(false);
    expect(get(FR) & RXFE).toBe(RXFE);
  });

  test.each([
    [0, 2],
    [1, 4],
    [2, 8],
    [3, 12],
    [4, 14],
  ])('RXIFLSEL %i triggers at %i characters', (select, level) => {
    set(IFLS, select << 3);
    feed('x'.repeat(level - 1));
    expect(get(RIS) & RX).toBe(0);
    feed('x');
    expect(get(RIS) & RX).toBe(RX);
    get(DR);
    expect(get(RIS) & (RX | RT)).toBe(RT);
  });

  test('the timeout cleared by ICR comes back when a read leaves characters', () => {
    feed('abc');
    set(ICR, RT);
    expect(get(RIS)).toBe(0);
    get(DR);
    expect(get(RIS)).toBe(RT);
  });

  test('order over the end of the ring', () => {
    feed('0123456789');
    for (const c of '01234567') expect(get(DR)).toBe(c.charCodeAt(0));
    feed('abcdefghijklmn');
    expect(get(FR) & RXFF).toBe(RXFF);
    for (const c of '89abcdefghijklmn') expect(get(DR)).toBe(c.charCodeAt(0));
    expect(get(FR) & RXFE).toBe(RXFE);
  });

  test('overrun loses the character, flags it, and ECR clears it', () => {
    feed('0123456789abcdefX');
    expect(get(RIS) & OE).toBe(OE);
    expect(get(RSR)).toBe(8);
    set(RSR, 0xff);
    expect(get(RSR)).toBe(0);
    expect(get(DR)).toBe(0x30 | 0x800);
    feed('Y');
    expect(get(DR)).toBe(0x31);
    let last = 0;
    while ((get(FR) & RXFE) === 0) last = get(DR);
    expect(last).toBe(0x59);
  });

  test('a break', () => {
    uart.receiveBreak();
    expect(get(RIS) & BE).toBe(BE);
    expect(get(DR)).toBe(0x400);
    expect(get(RSR)).toBe(4);
  });

  test('toggling FEN empties the FIFO; without it there is room for one', () => {
    feed('abc');
    set(LCR_H, 0x60);
    expect(get(FR) & RXFE).toBe(RXFE);
    expect(get(RIS)).toBe(0);
    feed('d');
    expect(get(FR) & RXFF).toBe(RXFF);
    expect(get(RIS) & RX).toBe(RX);
    feed('e');
    expect(get(RIS) & OE).toBe(OE);
    expect(get(DR) & 0xff).toBe(0x64);
    expect(get(RIS) & RX).toBe(0);
  });

  test('loopback', () => {
    set(CR, ENABLED | 0x80 | (1 << 11) | (1 << 13));
    expect(get(FR) & 0x107).toBe(0x101);
    expect(get(RIS) & 0xf).toBe(3);
    set(DR, 0x55);
    expect(sent).toEqual([]);
    feed('z');
    expect(get(DR)).toBe(0x55);
    expect(get(FR) & RXFE).toBe(RXFE);
  });
});

describe('the host side', () => {
  test('input waits for a driver that takes interrupts', () => {
    set(LCR_H, FEN);
    expect(uart.canReceive()).toBe(false);
    set(CR, ENABLED);
    expect(uart.canReceive()).toBe(false);
    set(IMSC, RX | RT);
    expect(readable).toBe(1);
    expect(uart.canReceive()).toBe(true);
    feed('0123456789abcdef');
    expect(uart.canReceive()).toBe(false);
    get(DR);
    expect(readable).toBe(2);
    expect(uart.canReceive()).toBe(true);
  });

  test('input waits for a program that polls, and closes when it writes', () => {
    set(LCR_H, FEN);
    set(CR, ENABLED);
    // A console that writes reads the flags once or twice a character.
    for (let i = 0; i < 50; i++) {
      get(FR);
      get(FR);
      set(DR, 0x2e);
    }
    expect(readable).toBe(0);
    expect(uart.canReceive()).toBe(false);
    for (let i = 0; i < 10; i++) get(FR);
    expect(readable).toBe(1);
    expect(uart.canReceive()).toBe(true);
    set(DR, 0x2e);
    expect(uart.canReceive()).toBe(false);
  });

  test('a program that polls in vain waits, one that finds something does not', () => {
    let waiting = 0;
    uart.onWaiting = () => {
      waiting++;
    };
    set(LCR_H, FEN);
    const poll = (times: number) => {
      for (let i = 0; i < times; i++) get(FR);
    };
    poll(8 + 255);
    expect(waiting).toBe(0);
    poll(1);
    expect(waiting).toBe(1);
    poll(256);
    expect(waiting).toBe(2);
    poll(200);
    feed('x');
    poll(1000);
    expect(waiting).toBe(2);
    get(DR);
    poll(255);
    expect(waiting).toBe(2);
    set(DR, 0x2e);
    poll(8 + 255);
    expect(waiting).toBe(2);
    poll(1);
    expect(waiting).toBe(3);
  });

  test('a handler that empties the FIFO does not count as a program that polls', () => {
    set(LCR_H, FEN);
    set(IMSC, RX | RT);
    for (let interrupt = 0; interrupt < 4; interrupt++) {
      for (let n = 0; n < 16; n++) uart.receive(n);
      for (let n = 0; (get(FR) & RXFE) === 0; n++) expect(get(DR)).toBe(n);
      expect(uart.polled).toBe(false);
    }
  });

  test('a program polls while it reads flags that say that nothing is there, until it has read', () => {
    set(LCR_H, FEN);
    for (let i = 0; i < 8; i++) get(FR);
    expect(uart.polled).toBe(true);
    uart.receive(1);
    expect(uart.canReceive()).toBe(true);
    uart.receive(2);
    for (let i = 0; i < 8; i++) get(FR);
    expect(get(DR)).toBe(1);
    expect(uart.polled).toBe(false);
    for (let i = 0; i < 8; i++) get(FR);
    expect(uart.polled).toBe(false);
    expect(get(DR)).toBe(2);
    for (let i = 0; i < 8; i++) get(FR);
    expect(uart.polled).toBe(true);
  });

  test('a long input, fed from onReadable, arrives whole', () => {
    const input = Buffer.from('the quick brown fox jumps over the lazy dog '.repeat(20));
    let next = 0;
    uart.onReadable = () => {
      while (next < input.length && uart.canReceive()) uart.receive(input[next++]);
    };
    set(LCR_H, FEN);
    set(CR, ENABLED);
    set(IMSC, RX | RT);
    const got: number[] = [];
    while (line) got.push(get(DR));
    expect(Buffer.from(got).toString()).toBe(input.toString());
  });
});

test('narrow reads', () => {
  set(IBRD, 0xabcd);
  expect(uart.read(IBRD, 1)).toBe(0xcd);
  expect(uart.read(IBRD + 1, 1)).toBe(0xab);
  expect(uart.read(IBRD, 2)).toBe(0xabcd);
});
