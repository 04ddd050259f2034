import { describe, expect, it } from 'vitest';
import { Fault, FaultType } from '../../runtime/mmu/fault.js';

const T = FaultType;

describe('Fault', () => {
  // ARM DDI 0406C tables B3-23 (Short-descriptor) and B3-24 (Long-descriptor).
  it.each([
    [T.ALIGNMENT, 0, 0b00001, 0b100001],
    [T.DEBUG, 0, 0b00010, 0b100010],
    [T.ACCESS_FLAG, 1, 0b00011, 0b001001],
    [T.TRANSLATION, 1, 0b00101, 0b000101],
    [T.ACCESS_FLAG, 2, 0b00110, 0b001010],
    [T.TRANSLATION, 2, 0b00111, 0b000110],
    [T.EXTERNAL, 0, 0b01000, 0b010000],
    [T.DOMAIN, 1, 0b01001, 0b111101],
    [T.DOMAIN, 2, 0b01011, 0b111110],
    [T.EXTERNAL_ON_WALK, 1, 0b01100, 0b010101],
    [T.PERMISSION, 1, 0b01101, 0b001101],
    [T.EXTERNAL_ON_WALK, 2, 0b01110, 0b010110],
    [T.PERMISSION, 2, 0b01111, 0b001110],
    [T.ASYNC_EXTERNAL, 0, 0b10110, 0b010001],
  ])('type %d level %d', (type, level, short, long) => {
    const fault = new Fault();
    fault.set(type, level, 5);
    const shortField = ((short & 16) << 6) | (short & 15);
    expect(fault.dfsr(false, false)).toBe(shortField | 0x50);
    expect(fault.dfsr(true, false)).toBe(shortField | 0x50 | 0x800);
    expect(fault.ifsr(false)).toBe(shortField);
    expect(fault.dfsr(true, true)).toBe(0xa00 | long);
    expect(fault.ifsr(true)).toBe(0x200 | long);
  });

  it.each([
    [T.TRANSLATION, 0b000111],
    [T.ACCESS_FLAG, 0b001011],
    [T.PERMISSION, 0b001111],
    [T.EXTERNAL_ON_WALK, 0b010111],
  ])('type %d at level 3', (type, long) => {
    const fault = new Fault();
    fault.set(type, 3, 0);
    expect(fault.longStatus).toBe(long);
  });

  it('has ExT in bit 12, and CM in bit 13 with WnR', () => {
    const fault = new Fault();
    fault.set(T.EXTERNAL, 0, 0);
    fault.externalType = 1;
    expect(fault.dfsr(false, false)).toBe(0x1008);
    expect(fault.ifsr(true)).toBe(0x1210);
    fault.set(T.TRANSLATION, 1, 0);
    fault.cacheMaintenance = true;
    expect(fault.dfsr(false, false)).toBe(0x2805);
  });
});
