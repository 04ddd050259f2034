import { beforeEach, describe, expect, test } from 'vitest';
import { GenericTimer, type TimerChannel } from '../../runtime/devices/generic-timer.js';
import { TestClock } from './test-clock.js';

const TICK = 16;
const ENABLE = 1;
const IMASK = 2;
const ISTATUS = 4;

let clock: TestClock;
let timer: GenericTimer;
let lines: Record<string, boolean>;

beforeEach(() => {
  clock = new TestClock();
  lines = {};
  const line = (name: string) => (level: boolean) => {
    lines[name] = level;
  };
  timer = new GenericTimer(clock, {
    securePhysical: line('securePhysical'),
    nonSecurePhysical: line('nonSecurePhysical'),
    virtual: line('virtual'),
    hyp: line('hyp'),
  });
});

const NAMES = ['securePhysical', 'nonSecurePhysical', 'virtual', 'hyp'] as const;

test('the counter is 64 bits wide, a tick 16 ns', () => {
  expect(timer.frequency).toBe(62_500_000);
  clock.advance(TICK * (2 ** 32 * 5 + 7) + 15);
  expect(timer.readCounter()).toBe(7);
  expect(timer.counterHigh).toBe(5);
});

test('the virtual counter is behind by CNTVOFF', () => {
  clock.advance(TICK * (2 ** 32 * 5 + 7));
  timer.setCNTVOFF(2, 8);
  expect([timer.readVirtualCounter(), timer.counterHigh]).toEqual([0xffffffff, 2]);
  timer.setCNTVOFF(6, 0);
  expect([timer.readVirtualCounter(), timer.counterHigh]).toEqual([7, 0xffffffff]);
  expect([timer.readCNTVOFFHigh(), timer.readCNTVOFFLow()]).toEqual([6, 0]);
});

describe.each(NAMES)('%s', (name) => {
  let channel: TimerChannel;
  beforeEach(() => {
    channel = timer[name];
  });

  test('fires at CVAL, not a tick before, and on its own line only', () => {
    clock.advance(100 * TICK);
    channel.writeCVAL(0, 150);
    channel.writeCTL(ENABLE);
    clock.advance(50 * TICK - 1);
    expect(lines[name] ?? false).toBe(false);
    expect(channel.readCTL()).toBe(ENABLE);
    clock.advance(1);
    expect(lines).toEqual({ [name]: true });
    expect(channel.readCTL()).toBe(ENABLE | ISTATUS);
  });

  test('TVAL counts down through zero', () => {
    clock.advance(1000 * TICK);
    channel.writeTVAL(30);
    expect([channel.readCVALHigh(), channel.readCVALLow()]).toEqual([0, 1030]);
    channel.writeCTL(ENABLE);
    clock.advance(29 * TICK);
    expect(channel.readTVAL()).toBe(1);
    expect(lines[name] ?? false).toBe(false);
    clock.advance(2 * TICK);
    expect(channel.readTVAL()).toBe(0xffffffff);
    expect(lines[name]).toBe(true);
  });

  test('TVAL is signed', () => {
    clock.advance(10 * TICK);
    channel.writeTVAL(-20);
    expect([channel.readCVALHigh(), channel.readCVALLow()]).toEqual([0xffffffff, 0xfffffff6]);
    clock.advance(90 * TICK);
    channel.writeTVAL(-20 >>> 0);
    expect([channel.readCVALHigh(), channel.readCVALLow()]).toEqual([0, 80]);
    channel.writeCTL(ENABLE);
    expect(lines[name]).toBe(true);
  });

  test('TVAL carries into the high word', () => {
    clock.advance(TICK * (2 ** 32 - 10));
    channel.writeTVAL(15);
    expect([channel.readCVALHigh(), channel.readCVALLow()]).toEqual([1, 5]);
    expect(channel.readTVAL()).toBe(15);
    channel.writeCTL(ENABLE);
    clock.advance(15 * TICK);
    expect(lines[name]).toBe(true);
    expect(channel.readTVAL()).toBe(0);
  });

  test('IMASK masks the line, not ISTATUS', () => {
    channel.writeCVAL(0, 10);
    channel.writeCTL(ENABLE | IMASK);
    clock.advance(20 * TICK);
    expect(channel.readCTL()).toBe(ENABLE | IMASK | ISTATUS);
    expect(lines[name] ?? false).toBe(false);
    channel.writeCTL(ENABLE);
    expect(lines[name]).toBe(true);
    channel.writeCTL(0);
    expect(lines[name]).toBe(false);
    expect(channel.readCTL()).toBe(0);
  });

  test('moving CVAL ahead lowers the line and arms again', () => {
    channel.writeCVAL(0, 10);
    channel.writeCTL(ENABLE);
    clock.advance(20 * TICK);
    expect(lines[name]).toBe(true);
    channel.writeCVAL(0, 40);
    expect(lines[name]).toBe(false);
    clock.advance(20 * TICK);
    expect(lines[name]).toBe(true);
  });

  test('a compare value out of reach sets no deadline', () => {
    channel.writeCVAL(0x7fffffff, 0xffffffff);
    channel.writeCTL(ENABLE);
    expect(clock.next).toBe(Number.POSITIVE_INFINITY);
    expect(channel.readCTL()).toBe(ENABLE);
  });

  test('a compare value of 0, met by a counter of 0, sets no deadline', () => {
    channel.writeCTL(ENABLE);
    expect(lines[name]).toBe(true);
    expect(clock.next).toBe(Number.POSITIVE_INFINITY);
  });

  test('reset disables it', () => {
    channel.writeCVAL(0, 10);
    channel.writeCTL(ENABLE);
    clock.advance(20 * TICK);
    timer.reset();
    expect(lines[name]).toBe(false);
    expect(channel.readCTL()).toBe(0);
    channel.writeCVAL(0, 100);
    clock.advance(100 * TICK);
    expect(lines[name]).toBe(false);
  });
});

describe('CNTVOFF', () => {
  test('moves the deadline of the virtual timer', () => {
    timer.virtual.writeCVAL(0, 10);
    timer.virtual.writeCTL(ENABLE);
    timer.setCNTVOFF(0, 100);
    clock.advance(2 * TICK);
    // 2 - 100 is far past 10 as an unsigned number.
    expect(lines.virtual).toBe(true);
    clock.advance(98 * TICK);
    // The virtual counter has wrapped to zero.
    expect(lines.virtual).toBe(false);
    clock.advance(10 * TICK);
    expect(lines.virtual).toBe(true);
  });

  test('a counter that is made 0, and meets 0, sets no deadline', () => {
    clock.advance(1000 * TICK);
    timer.virtual.writeCTL(ENABLE);
    timer.setCNTVOFF(0, 1000);
    expect(lines.virtual).toBe(true);
    expect(clock.next).toBe(Number.POSITIVE_INFINITY);
  });

  test('TVAL of the virtual timer is relative to the virtual counter', () => {
    clock.advance(1000 * TICK);
    timer.setCNTVOFF(0, 900);
    timer.virtual.writeTVAL(50);
    expect(timer.virtual.readCVALLow()).toBe(150);
    expect(timer.virtual.readTVAL()).toBe(50);
    timer.virtual.writeCTL(ENABLE);
    clock.advance(49 * TICK);
    expect(lines.virtual ?? false).toBe(false);
    clock.advance(TICK);
    expect(lines.virtual).toBe(true);
  });

  test('borrows across words', () => {
    clock.advance(TICK * (2 ** 32 + 5));
    timer.setCNTVOFF(0, 10);
    timer.virtual.writeTVAL(20);
    expect([timer.virtual.readCVALHigh(), timer.virtual.readCVALLow()]).toEqual([1, 15]);
    timer.virtual.writeCVAL(1, 0);
    timer.virtual.writeCTL(ENABLE);
    clock.advance(4 * TICK);
    expect(timer.virtual.readCTL()).toBe(ENABLE);
    clock.advance(TICK);
    expect(timer.virtual.readCTL()).toBe(ENABLE | ISTATUS);
  });
});
