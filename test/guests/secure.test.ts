/**
 * Secure firmware with a monitor, and the Non-secure code that it calls, interpreted, translated and in QEMU: what Secure state keeps to itself
 * (ARM DDI 0406C B1.5, B1.8, B3.15; IHI 0048B 3.7, 4.3), and Hyp mode beside it.
 */
import { describe, expect, it } from 'vitest';
import { oracleAvailable } from '../system/oracle.js';
import { assemblerAvailable } from './hypervisor/build.js';
import { BINARY } from './secure/binary.js';
import { assembleSecure } from './secure/build.js';
import { type Findings, runInQemu, runSecure } from './secure/run.js';

const NZCVQ = 0xf800_0000;
const UNDEFINED_RETURNED = 0xdd;

it.skipIf(!assemblerAvailable())('the binary is that of the source', () => {
  expect(assembleSecure().toString('base64')).toBe(BINARY);
});

const without = await runSecure(false);
const withHyp = await runSecure(true);
const MACHINES: readonly [string, boolean, Findings][] = [
  ['without the Virtualization Extensions', false, without],
  ['with them', true, withHyp],
];

describe.each(MACHINES)('%s', (_, virtualization, found) => {
  const at = (number: number) => found[number]!;

  it('starts in Secure Supervisor mode, SCR 0', () => {
    expect([at(0) & ~NZCVQ, at(1)]).toEqual([0x1d3, 0]);
  });

  it('has SCR.NS choose the copies of registers in Monitor mode, which stays Secure', () => {
    expect(at(2) & ~NZCVQ).toBe(0x1d6);
    // TTBR0 of both sides; CONTEXTIDR that the other side wrote as well.
    expect([at(7), at(17)]).toEqual([0x4000_c000, 0x4000_8000]);
    expect([at(8), at(18)]).toEqual([0, 0x77]);
  });

  it('SMC enters Monitor mode by MVBAR, everything masked, from Secure state as well', () => {
    expect([at(3) & ~NZCVQ, at(4) & ~NZCVQ, at(5)]).toEqual([0x1d3, 0x1d6, 0]);
    expect(at(19) & ~NZCVQ).toBe(0x1d3);
  });

  it('keeps SCR, MVBAR, SDER and NSACR from Non-secure PL1, which may read NSACR', () => {
    expect([at(9), at(10)]).toEqual([5, 0]);
  });

  it('NSACR keeps VFP from Non-secure state: CPACR reads as zero and ignores writes there', () => {
    expect([at(11), at(23)]).toEqual([0, 0]);
    expect([at(20), at(21), at(22)]).toEqual([0xf0_0000, 0x4000_0000, 5]);
  });

  it('SCR.FW and AW keep CPSR.F and A from Non-secure state, but not with the Virtualization Extensions', () => {
    expect([at(6), at(12), at(13)]).toEqual(virtualization ? [0x1d3, 0x193, 0x093] : [0x1d3, 0x1d3, 0x1d3]);
    // CPS to Monitor mode changes nothing.
    expect(at(14)).toBe(at(13));
  });

  it('takes an FIQ to Monitor mode by SCR.FIQ, masked or not in Non-secure state', () => {
    // Once more by the Secure timer, later.
    expect(at(27)).toBe(0x42);
    expect(at(28) & 0x1f).toBe(0x13);
    expect(at(29)).toBe(29);
  });

  it('takes one in Secure state where SCR.FIQ is 0', () => {
    expect([at(30), at(31), at(32) & ~NZCVQ]).toEqual([1 << 6, 8, 0x1d1]);
  });

  it('shows Group 0 to Secure accesses alone', () => {
    // GICD_IGROUPR0, GICD_ISENABLER0, GICC_PMR, GICD_IPRIORITYR0 and 2.
    expect([at(33), at(34), at(35)]).toEqual([0, 0xdfff_feff, 0xf0]);
    expect([at(36), at(37)]).toEqual([0x4040_4040, 0x8080_8000]);
    // An SGI of Group 0 that Non-secure software asks for is not sent.
    expect(at(38)).toBe(1023);
  });

  it('gives Non-secure state its Group 1 interrupts', () => {
    expect([at(39), at(40), at(41), at(42)]).toEqual([3, 3, 0x40, 0]);
  });

  it('makes SMC UNDEFINED by SCR.SCD, which the Virtualization Extensions have; the Secure timer comes through', () => {
    expect([at(43), at(44)]).toEqual([virtualization ? 1 : 0, 0]);
    expect(at(45)).toBeGreaterThan(100);
    // CNTP_CTL: enabled, condition met.
    expect(at(46)).toBe(5);
  });

  it('takes an external abort to Monitor mode by SCR.EA, with the Secure DFSR and DFAR', () => {
    expect([at(50), at(51), at(52) & ~NZCVQ]).toEqual([0x008, 0xf000_0000, 0x1d3]);
    expect([at(53) & ~NZCVQ, at(54), at(55), at(56)]).toEqual([0x1d3, 0x008, 0xf000_0000, 0x99]);
  });

  it('HVC is UNDEFINED in Secure state, and without SCR.HCE', () => {
    expect([at(57), at(59)]).toEqual([UNDEFINED_RETURNED, 1]);
    expect(at(58)).toBe(virtualization ? 1 : 0);
  });
});

it('Hyp mode is entered by the monitor, and takes HVC, and SMC by HCR.TSC before Monitor mode', () => {
  // HCPTR with NSACR.CP10 and CP11 set.
  expect([withHyp[60]! & ~NZCVQ, withHyp[61]]).toEqual([0x1da, 0x33ff]);
  expect(withHyp[62]).toBe(0x4a00_0033);
  expect(withHyp[65]! & ~NZCVQ).toBe(0xd3);
  // The address of the SMC itself.
  expect([withHyp[63], withHyp[64]]).toEqual([0x4e00_0000, 1]);
});

it('CPSR.F does not keep Hyp mode from an FIQ that goes to Monitor mode, unless SCR.FW lets it and HCR.FMO is 0', () => {
  const fromHyp = 0x1da;
  expect(withHyp.slice(66, 70).map((spsr) => spsr & ~NZCVQ)).toEqual([fromHyp, 0, 0, fromHyp]);
});

describe.each(MACHINES)('translated, %s', (_, virtualization, found) => {
  it('finds the same', async () => {
    expect(await runSecure(virtualization, { threshold: 1 })).toEqual(found);
    expect(await runSecure(virtualization, { threshold: 2, check: true })).toEqual(found);
  });
});

describe.skipIf(!(await oracleAvailable()))('in QEMU', () => {
  it.each(MACHINES)('the same is found, %s', async (_, virtualization, found) => {
    const theirs = await runInQemu(virtualization);
    expect(theirs.map(comparable)).toEqual(found.map(comparable));
  });
});

/** CPSR and SPSR of Secure state, in which QEMU starts with Z set. */
const STATUS = new Set([0, 2, 3, 4, 19, 32]);
/**
 * What QEMU 7.2 does otherwise: 11, CPACR's other bits are ones in Non-secure state while NSACR gives no VFP (B4.1.40); 38, it sends SGIs of Group 0 for Non-secure
 * software (IHI 0048B table 4-22); 53 to 55, SCR.EA does not route synchronous aborts (B1.8.5); 61, HCPTR has no RAO bits (B4.1.64). What depends
 * on time: 28, 44 and 45, how far Non-secure code has come when the Secure timer is due.
 */
const OTHERWISE = new Set([11, 28, 38, 44, 45, 50, 51, 52, 53, 54, 55, 61]);

function comparable(value: number, number: number): number | string {
  if (OTHERWISE.has(number)) return 'otherwise';
  return STATUS.has(number) ? value & ~NZCVQ : value;
}
