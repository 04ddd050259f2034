import { beforeEach, expect, test } from 'vitest';
import { Pl061, POWER_BUTTON_PIN } from '../../runtime/devices/pl061.js';

const DATA_ALL = 0x3fc;
const DIR = 0x400;
const IS = 0x404;
const IBE = 0x408;
const IEV = 0x40c;
const IE = 0x410;
const RIS = 0x414;
const MIS = 0x418;
const IC = 0x41c;
const AFSEL = 0x420;

let gpio: Pl061;
let line: boolean;
const get = (offset: number) => gpio.read(offset, 4);
const set = (offset: number, value: number) => gpio.write(offset, 4, value);

beforeEach(() => {
  line = false;
  gpio = new Pl061((level) => {
    line = level;
  });
});

test('data is masked by the address', () => {
  set(DIR, 0xff);
  set(DATA_ALL, 0xa5);
  set(0x0f << 2, 0xff);
  expect(get(DATA_ALL)).toBe(0xaf);
  expect(get(0x81 << 2)).toBe(0x81);
  expect(get(0)).toBe(0);
  set(0, 0xff);
  expect(get(DATA_ALL)).toBe(0xaf);
  expect(gpio.level(1)).toBe(true);
});

test('pins that are inputs take no writes', () => {
  set(DIR, 0x0f);
  set(DATA_ALL, 0xff);
  expect(get(DATA_ALL)).toBe(0x0f);
  gpio.setInput(7, true);
  gpio.setInput(0, true);
  set(1 << 2, 0);
  expect(get(DATA_ALL)).toBe(0x8e);
});

test('rising edges are latched until cleared', () => {
  set(IEV, 1 << POWER_BUTTON_PIN);
  set(IE, 1 << POWER_BUTTON_PIN);
  gpio.setInput(POWER_BUTTON_PIN, true);
  gpio.setInput(POWER_BUTTON_PIN, false);
  expect(get(RIS)).toBe(8);
  expect(get(MIS)).toBe(8);
  expect(line).toBe(true);
  set(IC, 8);
  expect(line).toBe(false);
});

test('falling edges, both edges, masked', () => {
  gpio.setInput(0, true);
  expect(get(RIS)).toBe(0);
  gpio.setInput(0, false);
  expect(get(RIS)).toBe(1);
  expect(line).toBe(false);
  set(IE, 1);
  expect(line).toBe(true);
  set(IC, 0xff);
  set(IBE, 1);
  gpio.setInput(0, true);
  expect(get(RIS)).toBe(1);
  set(IC, 1);
  gpio.setInput(0, false);
  expect(get(RIS)).toBe(1);
});

test('levels are not latched, and IC does not clear them', () => {
  set(IS, 2);
  set(IE, 2);
  expect(line).toBe(true); // low level, and the pin is low
  set(IEV, 2);
  expect(line).toBe(false);
  gpio.setInput(1, true);
  expect(line).toBe(true);
  set(IC, 2);
  expect(line).toBe(true);
  gpio.setInput(1, false);
  expect(line).toBe(false);
});

test('outputs raise no interrupts', () => {
  set(DIR, 1);
  set(IEV, 1);
  set(IE, 1);
  set(DATA_ALL, 1);
  expect(get(RIS)).toBe(0);
});

test('identification and reset', () => {
  const id = [0xfe0, 0xfe4, 0xfe8, 0xfec, 0xff0, 0xff4, 0xff8, 0xffc].map(get);
  expect(id).toEqual([0x61, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1]);
  for (const register of [DIR, IS, IBE, IEV, IE, AFSEL]) {
    set(register, 0x1a5);
    expect(get(register)).toBe(0xa5);
  }
  gpio.setInput(3, true);
  gpio.reset();
  for (const register of [DIR, IS, IBE, IEV, IE, AFSEL, RIS]) expect(get(register)).toBe(0);
  expect(get(DATA_ALL)).toBe(8);
});
