import { beforeEach, expect, test } from 'vitest';
import { VirtualClock } from '../../runtime/clock.js';
import { Pl031 } from '../../runtime/devices/pl031.js';
import { TestClock } from './test-clock.js';

const DR = 0x00;
const MR = 0x04;
const LR = 0x08;
const IMSC = 0x10;
const RIS = 0x14;
const MIS = 0x18;
const ICR = 0x1c;
const SECOND = 1_000_000_000;

let clock: TestClock;
let rtc: Pl031;
let line: boolean;
const get = (offset: number) => rtc.read(offset, 4);
const set = (offset: number, value: number) => rtc.write(offset, 4, value);

beforeEach(() => {
  clock = new TestClock();
  line = false;
  rtc = new Pl031(clock, (level) => {
    line = level;
  });
});

test('counts seconds from the epoch of the clock', () => {
  expect(get(DR)).toBe(clock.epochSeconds);
  clock.advance(1.5 * SECOND);
  expect(get(DR)).toBe(clock.epochSeconds + 1);
  expect(get(0x0c)).toBe(1);
  expect([0xfe0, 0xfe4].map(get)).toEqual([0x31, 0x10]);
});

test('loading sets the time', () => {
  clock.advance(10 * SECOND);
  set(LR, 1000);
  expect(get(DR)).toBe(1000);
  expect(get(LR)).toBe(1000);
  clock.advance(5 * SECOND);
  expect(get(DR)).toBe(1005);
  set(LR, 0xffffffff);
  clock.advance(SECOND);
  expect(get(DR)).toBe(0);
});

test('the alarm fires on the second, masked or not', () => {
  clock.advance(0.25 * SECOND);
  set(MR, clock.epochSeconds + 3);
  clock.advance(2.7 * SECOND);
  expect(get(RIS)).toBe(0);
  clock.advance(0.1 * SECOND);
  expect(get(RIS)).toBe(1);
  expect(get(MIS)).toBe(0);
  expect(line).toBe(false);
  set(IMSC, 1);
  expect(get(MIS)).toBe(1);
  expect(line).toBe(true);
  set(ICR, 1);
  expect(line).toBe(false);
});

test('reset cancels the alarm and keeps the time', () => {
  set(LR, 5000);
  set(MR, 5002);
  rtc.reset();
  set(IMSC, 1);
  clock.advance(10 * SECOND);
  expect(get(DR)).toBe(5010);
  expect(line).toBe(false);
});

test('the time of a virtual clock is fixed', () => {
  const fixed = new Pl031(new VirtualClock(), () => {});
  expect(fixed.read(DR, 4)).toBe(1_704_067_200);
});
