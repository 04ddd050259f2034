import { describe, expect, it } from 'vitest';
import { Bank, CPU, Mode } from '../../jit/abi/cpu-state.js';
import { HCR, SCR } from '../../jit/abi/registers.js';
import { cp15, cp15Wide } from '../../runtime/cpu/cp15/table.js';
import { BOTH, CpuBench, HYP, PLAIN, SECURE } from './bench.js';

type Place = readonly [opc1: number, crn: number, crm: number, opc2: number];

/** Reset values as `qemu-system-arm -M virt -cpu cortex-a15 -smp 2` 7.2 gives them to Non-secure PL1. */
const RESET: readonly (readonly [string, Place, number])[] = [
  ['MIDR', [0, 0, 0, 0], 0x414f_c0f0],
  ['CTR', [0, 0, 0, 1], 0x8444_c004],
  ['TCMTR', [0, 0, 0, 2], 0],
  ['TLBTR', [0, 0, 0, 3], 0],
  ['MIDR alias', [0, 0, 0, 4], 0x414f_c0f0],
  ['MPIDR', [0, 0, 0, 5], 0x8000_0000],
  ['MIDR alias', [0, 0, 0, 6], 0x414f_c0f0],
  ['MIDR alias', [0, 0, 0, 7], 0x414f_c0f0],
  ['ID_PFR0', [0, 0, 1, 0], 0x0000_1131],
  ['ID_PFR1', [0, 0, 1, 1], 0x0001_0001],
  ['ID_DFR0', [0, 0, 1, 2], 0x0201_0505],
  ['ID_AFR0', [0, 0, 1, 3], 0],
  ['ID_MMFR0', [0, 0, 1, 4], 0x1020_1105],
  ['ID_MMFR1', [0, 0, 1, 5], 0x2000_0000],
  ['ID_MMFR2', [0, 0, 1, 6], 0x0124_0000],
  ['ID_MMFR3', [0, 0, 1, 7], 0x0210_2211],
  ['ID_ISAR0', [0, 0, 2, 0], 0x0210_1110],
  ['ID_ISAR1', [0, 0, 2, 1], 0x1311_2111],
  ['ID_ISAR2', [0, 0, 2, 2], 0x2123_2041],
  ['ID_ISAR3', [0, 0, 2, 3], 0x1111_2131],
  ['ID_ISAR4', [0, 0, 2, 4], 0x1001_1142],
  ['SCTLR', [0, 1, 0, 0], 0x00c5_0078],
  ['ACTLR', [0, 1, 0, 1], 0],
  ['CPACR', [0, 1, 0, 2], 0],
  ['TTBR0', [0, 2, 0, 0], 0],
  ['TTBR1', [0, 2, 0, 1], 0],
  ['TTBCR', [0, 2, 0, 2], 0],
  ['DACR', [0, 3, 0, 0], 0],
  ['DFSR', [0, 5, 0, 0], 0],
  ['IFSR', [0, 5, 0, 1], 0],
  ['ADFSR', [0, 5, 1, 0], 0],
  ['AIFSR', [0, 5, 1, 1], 0],
  ['DFAR', [0, 6, 0, 0], 0],
  ['WFAR', [0, 6, 0, 1], 0],
  ['IFAR', [0, 6, 0, 2], 0],
  ['PAR', [0, 7, 4, 0], 0],
  ['PMCR', [0, 9, 12, 0], 0x410f_3000],
  ['PMCNTENSET', [0, 9, 12, 1], 0],
  ['PMCNTENCLR', [0, 9, 12, 2], 0],
  ['PMOVSR', [0, 9, 12, 3], 0],
  ['PMSELR', [0, 9, 12, 5], 0],
  ['PMCCNTR', [0, 9, 13, 0], 0],
  ['PMXEVTYPER', [0, 9, 13, 1], 0],
  ['PMXEVCNTR', [0, 9, 13, 2], 0],
  ['PMUSERENR', [0, 9, 14, 0], 0],
  ['PMINTENSET', [0, 9, 14, 1], 0],
  ['PMINTENCLR', [0, 9, 14, 2], 0],
  ['PMOVSSET', [0, 9, 14, 3], 0],
  ['PRRR', [0, 10, 2, 0], 0],
  ['NMRR', [0, 10, 2, 1], 0],
  ['AMAIR0', [0, 10, 3, 0], 0],
  ['AMAIR1', [0, 10, 3, 1], 0],
  ['VBAR', [0, 12, 0, 0], 0],
  ['ISR', [0, 12, 1, 0], 0],
  ['FCSEIDR', [0, 13, 0, 0], 0],
  ['CONTEXTIDR', [0, 13, 0, 1], 0],
  ['TPIDRURW', [0, 13, 0, 2], 0],
  ['TPIDRURO', [0, 13, 0, 3], 0],
  ['TPIDRPRW', [0, 13, 0, 4], 0],
  ['CNTFRQ', [0, 14, 0, 0], 62_500_000],
  ['CNTKCTL', [0, 14, 1, 0], 0],
  ['CNTP_TVAL', [0, 14, 2, 0], 0],
  ['CNTP_CTL', [0, 14, 2, 1], 0],
  ['CNTV_TVAL', [0, 14, 3, 0], 0],
  ['CNTV_CTL', [0, 14, 3, 1], 0],
  ['CCSIDR', [1, 0, 0, 0], 0x701f_e00a],
  ['CLIDR', [1, 0, 0, 1], 0x0a20_0023],
  ['AIDR', [1, 0, 0, 7], 0],
  ['L2CTLR', [1, 9, 0, 2], 0x0180_0000],
  ['L2ECTLR', [1, 9, 0, 3], 0],
  ['CSSELR', [2, 0, 0, 0], 0],
  ['CBAR', [4, 15, 0, 0], 0x0800_0000],
];

/** Readable here and not in QEMU 7.2: the manual has them (B4.1.115). */
const MORE: readonly (readonly [string, Place])[] = [
  ['PMCEID0', [0, 9, 12, 6]],
  ['PMCEID1', [0, 9, 12, 7]],
];

/** CRn, CRm of the spaces in which QEMU answers every encoding. */
function isFilled([, crn, crm]: Place): boolean {
  return crn === 3 || crn === 15 || (crn === 10 && [0, 1, 4, 8].includes(crm));
}

function everyPlace(): Place[] {
  const places: Place[] = [];
  for (let opc1 = 0; opc1 < 8; opc1++)
    for (let crn = 0; crn < 16; crn++)
      for (let crm = 0; crm < 16; crm++)
        for (let opc2 = 0; opc2 < 8; opc2++) places.push([opc1, crn, crm, opc2]);
  return places;
}

const key = (place: Place) => place.join(' ');

describe('CP15 by MRC', () => {
  it.each(RESET)('%s has its reset value', (_, place, value) => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
    expect(bench.system.readCoprocessor(15, ...place) >>> 0).toBe(value);
  });

  it('has the registers that QEMU has, and no others', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
    const expected = new Set([...RESET, ...MORE].map(([, place]) => key(place)));
    for (let crm = 2; crm < 8; crm++) for (let opc2 = 0; opc2 < 8; opc2++) expected.add(`0 0 ${crm} ${opc2}`);
    const readable = new Set<string>();
    for (const place of everyPlace()) {
      const undef = bench.isUndefined(() => bench.system.readCoprocessor(15, ...place));
      if (isFilled(place)) expect(undef, key(place)).toBe(false);
      else if (!undef) readable.add(key(place));
    }
    for (const place of expected)
      if (isFilled(place.split(' ').map(Number) as unknown as Place)) expected.delete(place);
    expect([...readable].sort()).toEqual([...expected].sort());
  });

  it('is UNDEFINED in User mode but for the thread registers and PMUSERENR', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.USR);
    const readable = everyPlace()
      .filter((place) => !bench.isUndefined(() => bench.system.readCoprocessor(15, ...place)))
      .map(key);
    expect(readable).toEqual(['0 9 14 0', '0 13 0 2', '0 13 0 3']);
    const writable = everyPlace()
      .filter((place) => !bench.isUndefined(() => bench.system.writeCoprocessor(15, ...place, 0)))
      .map(key);
    // CP15ISB, CP15DSB, CP15DMB, TPIDRURW.
    expect(writable).toEqual(['0 7 5 4', '0 7 10 4', '0 7 10 5', '0 13 0 2']);
    for (let opc1 = 0; opc1 < 16; opc1++)
      for (let crm = 0; crm < 16; crm++) {
        expect(bench.isUndefined(() => bench.system.readCoprocessor64(15, opc1, crm))).toBe(true);
        expect(bench.isUndefined(() => bench.system.writeCoprocessor64(15, opc1, crm, 0, 0))).toBe(true);
      }
  });

  it('shows the Security and Virtualization Extensions in the ID registers when they are there', () => {
    const pfr1 = (features: typeof PLAIN) => new CpuBench(features).system.cp15.read(0, 0, 1, 1);
    const dfr0 = (features: typeof PLAIN) => new CpuBench(features).system.cp15.read(0, 0, 1, 2);
    expect([PLAIN, HYP, SECURE, BOTH].map(pfr1)).toEqual([0x1_0001, 0x1_1001, 0x1_0011, 0x1_1011]);
    expect([PLAIN, HYP, SECURE, BOTH].map(dfr0)).toEqual([0x201_0505, 0x201_0505, 0x201_0555, 0x201_0555]);
  });

  it('numbers the vCPUs in MPIDR and counts them in L2CTLR', () => {
    const bench = new CpuBench({ ...PLAIN, cpus: 4 }, 3).at(0, Mode.SVC);
    expect(bench.system.cp15.read(0, 0, 0, 5) >>> 0).toBe(0x8000_0003);
    expect(bench.system.cp15.read(1, 9, 0, 2)).toBe(0x0380_0000);
  });

  it('describes the cache that CSSELR selects', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
    const sizes = [0, 1, 2, 3].map((level) => {
      bench.system.cp15.write(2, 0, 0, 0, level);
      return bench.system.cp15.read(1, 0, 0, 0);
    });
    expect(sizes).toEqual([0x701f_e00a, 0x201f_e00a, 0x711f_e07a, 0]);
  });
});

/** What reads back after writing all ones, then zero. */
const WRITABLE: readonly (readonly [string, Place, number, number])[] = [
  ['SCTLR', [0, 1, 0, 0], 0x72dd_3c7f, 0x00c5_0078],
  ['ACTLR', [0, 1, 0, 1], 0, 0],
  ['CPACR', [0, 1, 0, 2], 0xc0f0_0000, 0],
  ['TTBR0', [0, 2, 0, 0], 0xffff_ffff, 0],
  ['TTBR1', [0, 2, 0, 1], 0xffff_ffff, 0],
  ['TTBCR', [0, 2, 0, 2], 0xffc7_3f87, 0],
  ['DACR', [0, 3, 0, 0], 0xffff_ffff, 0],
  ['DFSR', [0, 5, 0, 0], 0xffff_ffff, 0],
  ['IFSR', [0, 5, 0, 1], 0xffff_ffff, 0],
  ['DFAR', [0, 6, 0, 0], 0xffff_ffff, 0],
  ['IFAR', [0, 6, 0, 2], 0xffff_ffff, 0],
  ['PAR', [0, 7, 4, 0], 0xffff_ffff, 0],
  ['PMCR', [0, 9, 12, 0], 0x410f_3039, 0x410f_3000],
  ['PMSELR', [0, 9, 12, 5], 0x1f, 0],
  ['PMUSERENR', [0, 9, 14, 0], 1, 0],
  ['PMINTENSET', [0, 9, 14, 1], 0x8000_003f, 0x8000_003f],
  ['PRRR', [0, 10, 2, 0], 0xffff_ffff, 0],
  ['NMRR', [0, 10, 2, 1], 0xffff_ffff, 0],
  ['VBAR', [0, 12, 0, 0], 0xffff_ffe0, 0],
  ['FCSEIDR', [0, 13, 0, 0], 0, 0],
  ['CONTEXTIDR', [0, 13, 0, 1], 0xffff_ffff, 0],
  ['TPIDRURW', [0, 13, 0, 2], 0xffff_ffff, 0],
  ['TPIDRURO', [0, 13, 0, 3], 0xffff_ffff, 0],
  ['TPIDRPRW', [0, 13, 0, 4], 0xffff_ffff, 0],
  ['CNTFRQ', [0, 14, 0, 0], 0xffff_ffff, 0],
  ['CNTKCTL', [0, 14, 1, 0], 0x3ff, 0],
  ['CNTP_CTL', [0, 14, 2, 1], 7, 0],
  ['CNTV_CTL', [0, 14, 3, 1], 7, 0],
  ['CSSELR', [2, 0, 0, 0], 0xf, 0],
];

describe('CP15 by MCR', () => {
  it.each(WRITABLE)('%s keeps the bits that it has', (_, place, ones, zeros) => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
    bench.system.writeCoprocessor(15, ...place, -1);
    expect(bench.system.readCoprocessor(15, ...place) >>> 0).toBe(ones);
    bench.system.writeCoprocessor(15, ...place, 0);
    expect(bench.system.readCoprocessor(15, ...place) >>> 0).toBe(zeros);
  });

  it('does not write identification registers', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
    for (const { name, opc1, crn, crm, opc2 } of cp15.filter(({ crn, opc1 }) => crn === 0 && opc1 < 2))
      expect(
        bench.isUndefined(() => bench.system.cp15.write(opc1, crn, crm, opc2, 0)),
        name,
      ).toBe(true);
  });

  it('TTBCR has N alone in the short format, PD0 and PD1 with the Security Extensions', () => {
    for (const [features, mask] of [
      [PLAIN, 7],
      [SECURE, 0x37],
    ] as const) {
      const bench = new CpuBench(features).at(0, Mode.SVC);
      bench.system.cp15.write(0, 2, 0, 2, 0x7fff_ffff);
      expect(bench.system.cp15.read(0, 2, 0, 2)).toBe(mask);
    }
  });

  it('tells the executor when translation changed', () => {
    const places: Place[] = [
      [0, 1, 0, 0],
      [0, 2, 0, 0],
      [0, 2, 0, 1],
      [0, 2, 0, 2],
      [0, 3, 0, 0],
      [0, 10, 2, 0],
      [0, 13, 0, 1],
      [0, 8, 7, 0],
    ];
    for (const place of places) {
      const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
      bench.system.writeCoprocessor(15, ...place, 1);
      expect(bench.control.calls, key(place)).toEqual(['translationChanged']);
    }
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
    bench.system.writeCoprocessor64(15, 0, 2, 0, 0);
    expect(bench.control.calls).toEqual(['translationChanged']);
  });

  it('tells the executor when one mapping changed', () => {
    for (const [crm, opc2] of [
      [3, 1],
      [3, 3],
      [5, 1],
      [6, 1],
      [7, 1],
      [7, 3],
    ] as const) {
      const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
      bench.system.writeCoprocessor(15, 0, 8, crm, opc2, 0x1000);
      expect(bench.control.calls, `CRm ${crm}, opc2 ${opc2}`).toEqual(['mappingChanged']);
    }
  });

  it('carries TLB operations to the MMU', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
    const value = 0x1234_5042;
    for (const [crm, opc2] of [
      [3, 0],
      [3, 1],
      [3, 2],
      [3, 3],
      [5, 0],
      [6, 1],
      [7, 0],
      [7, 1],
      [7, 2],
      [7, 3],
    ])
      bench.system.cp15.write(0, 8, crm, opc2, value);
    expect(bench.mmu).toEqual([
      'tlb.invalidateAll(true)',
      `tlb.invalidateAddress(${value}, true)`,
      'tlb.invalidateAsid(66, true)',
      `tlb.invalidateAddressAllAsids(${value}, true)`,
      'tlb.invalidateAll(false)',
      `tlb.invalidateAddress(${value}, false)`,
      'tlb.invalidateAll(false)',
      `tlb.invalidateAddress(${value}, false)`,
      'tlb.invalidateAsid(66, false)',
      `tlb.invalidateAddressAllAsids(${value}, false)`,
    ]);
    const hyp = new CpuBench(HYP).at(0, Mode.HYP);
    for (const crm of [3, 7]) for (const opc2 of [0, 1, 4]) hyp.system.cp15.write(4, 8, crm, opc2, value);
    expect(hyp.mmu).toEqual([
      'tlb.invalidateHyp(true)',
      `tlb.invalidateHypAddress(${value}, true)`,
      'tlb.invalidateNonSecureNonHyp(true)',
      'tlb.invalidateHyp(false)',
      `tlb.invalidateHypAddress(${value}, false)`,
      'tlb.invalidateNonSecureNonHyp(false)',
    ]);
    // HCR.FB.
    hyp.state.set(CPU.HCR, HCR.FB);
    hyp.at(0, Mode.SVC).system.cp15.write(0, 8, 7, 0, 0);
    expect(hyp.mmu.at(-1)).toBe('tlb.invalidateAll(true)');
  });

  it('carries address translation operations to the MMU', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
    for (let opc2 = 0; opc2 < 4; opc2++) bench.system.cp15.write(0, 7, 8, opc2, 0x8000);
    expect(bench.mmu).toEqual([
      'at.stage1Current(32768, false, false)',
      'at.stage1Current(32768, false, true)',
      'at.stage1Current(32768, true, false)',
      'at.stage1Current(32768, true, true)',
    ]);
    expect(bench.isUndefined(() => bench.system.cp15.write(0, 7, 8, 4, 0))).toBe(true);
    const hyp = new CpuBench(HYP).at(0, Mode.HYP);
    hyp.system.cp15.write(0, 7, 8, 7, 0x8000);
    hyp.system.cp15.write(4, 7, 8, 1, 0x8000);
    expect(hyp.mmu).toEqual(['at.stages12NonSecure(32768, true, true)', 'at.stage1Hyp(32768, true)']);
  });

  it('takes cache operations as done', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
    for (const [crm, opc2] of [
      [1, 0],
      [1, 6],
      [5, 0],
      [5, 1],
      [5, 6],
      [5, 7],
      [6, 1],
      [6, 2],
      [10, 1],
      [10, 2],
      [11, 1],
      [14, 1],
      [14, 2],
    ])
      expect(bench.isUndefined(() => bench.system.cp15.write(0, 7, crm, opc2, 0))).toBe(false);
    // Never allocated: UNPREDICTABLE, a NOP in QEMU, but with opc1 0 only.
    expect(bench.isUndefined(() => bench.system.cp15.write(0, 7, 9, 1, 0))).toBe(false);
    expect(bench.isUndefined(() => bench.system.cp15.write(1, 7, 9, 1, 0))).toBe(true);
  });
});

describe('CP15 banking', () => {
  it('has a Non-secure and a Secure copy, which SCR.NS selects in Monitor mode', () => {
    for (const register of cp15.filter(
      ({ banked, field, write, mask }) => banked && field !== undefined && !write && mask === undefined,
    )) {
      const { opc1, crn, crm, opc2, name } = register;
      const bench = new CpuBench(SECURE).at(0, Mode.SVC);
      bench.system.cp15.write(opc1, crn, crm, opc2, 0x111);
      bench.at(0, Mode.MON);
      bench.state.set(CPU.SCR, SCR.NS);
      bench.system.cp15.write(opc1, crn, crm, opc2, 0x222);
      expect(bench.system.cp15.read(opc1, crn, crm, opc2), name).toBe(0x222);
      bench.state.set(CPU.SCR, 0);
      expect(bench.system.cp15.read(opc1, crn, crm, opc2), name).toBe(0x111);
      bench.secure(false).at(0, Mode.SVC);
      expect(bench.system.cp15.read(opc1, crn, crm, opc2), name).toBe(0x222);
    }
  });

  it('has Monitor registers for Secure PL1 alone', () => {
    const bench = new CpuBench(SECURE);
    const places: Place[] = [
      [0, 1, 1, 0],
      [0, 1, 1, 1],
      [0, 12, 0, 1],
    ];
    for (const place of places) {
      bench.secure(true).at(0, Mode.SVC);
      expect(bench.isUndefined(() => bench.system.cp15.read(...place))).toBe(false);
      bench.secure(false).at(0, Mode.SVC);
      expect(bench.isUndefined(() => bench.system.cp15.read(...place))).toBe(true);
    }
    expect(bench.isUndefined(() => bench.system.cp15.read(0, 1, 1, 2))).toBe(false);
    expect(bench.isUndefined(() => bench.system.cp15.write(0, 1, 1, 2, 0))).toBe(true);
    const plain = new CpuBench(PLAIN).at(0, Mode.SVC);
    expect(plain.isUndefined(() => plain.system.cp15.read(0, 1, 1, 0))).toBe(true);
    // Hyp registers without Hyp mode: RAZ/WI to Secure PL1.
    bench.secure(true).at(0, Mode.SVC).system.cp15.write(4, 12, 0, 0, -1);
    expect(bench.system.cp15.read(4, 12, 0, 0)).toBe(0);
    bench.secure(false).at(0, Mode.SVC);
    expect(bench.isUndefined(() => bench.system.cp15.read(4, 12, 0, 0))).toBe(true);
  });

  it('gives Hyp registers their reset values', () => {
    const bench = new CpuBench(HYP, 1).at(0, Mode.HYP);
    const values: readonly (readonly [string, Place, number])[] = [
      ['VPIDR', [4, 0, 0, 0], 0x414f_c0f0],
      ['VMPIDR', [4, 0, 0, 5], 0x8000_0001],
      // The bits that are RAO: QEMU has them 0.
      ['HSCTLR', [4, 1, 0, 0], 0x30c5_0878],
      ['HCPTR', [4, 1, 1, 2], 0x33ff],
      ['HCR', [4, 1, 1, 0], 0],
      ['HDCR', [4, 1, 1, 1], 6],
      ['HSTR', [4, 1, 1, 3], 0],
      ['HVBAR', [4, 12, 0, 0], 0],
      ['CNTHCTL', [4, 14, 1, 0], 3],
    ];
    for (const [name, place, value] of values)
      expect(bench.system.cp15.read(...place) >>> 0, name).toBe(value);
  });

  it('has Hyp registers in Hyp mode alone', () => {
    const hyps = cp15.filter(({ needs, access }) => needs === 'virtualization' && access.read < 4);
    expect(hyps.length).toBe(26);
    const bench = new CpuBench(HYP);
    const plain = new CpuBench(PLAIN).at(0, Mode.SVC);
    for (const { opc1, crn, crm, opc2, name } of hyps) {
      bench.at(0, Mode.HYP);
      expect(
        bench.isUndefined(() => bench.system.cp15.read(opc1, crn, crm, opc2)),
        name,
      ).toBe(false);
      bench.at(0, Mode.SVC);
      expect(
        bench.isUndefined(() => bench.system.cp15.read(opc1, crn, crm, opc2)),
        name,
      ).toBe(true);
      expect(
        plain.isUndefined(() => plain.system.cp15.read(opc1, crn, crm, opc2)),
        name,
      ).toBe(true);
    }
  });
});

describe('CP15 by MRRC and MCRR', () => {
  it('has the registers that QEMU has', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
    const found: string[] = [];
    for (let opc1 = 0; opc1 < 16; opc1++)
      for (let crm = 0; crm < 16; crm++)
        if (!bench.isUndefined(() => bench.system.readCoprocessor64(15, opc1, crm)))
          found.push(`${opc1} ${crm}`);
    expect(found).toEqual(['0 2', '0 7', '0 14', '1 2', '1 14', '2 14', '3 14']);
    bench.at(0, Mode.SVC);
    expect(bench.isUndefined(() => bench.system.writeCoprocessor64(15, 0, 14, 0, 0))).toBe(true);
  });

  it('keeps all 64 bits of the base registers', () => {
    for (const { name, opc1, crm } of cp15Wide.filter(({ field }) => field !== undefined)) {
      const bench = new CpuBench(BOTH).at(0, Mode.MON);
      bench.system.writeCoprocessor64(15, opc1, crm, 0x1234_5678, 0x9abc);
      expect(bench.system.readCoprocessor64(15, opc1, crm), name).toBe(0x1234_5678);
      expect(bench.system.readCoprocessor64High(), name).toBe(0x9abc);
    }
    // MCR changes bits 31:0 only.
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
    bench.system.writeCoprocessor64(15, 0, 2, 1, 2);
    bench.system.cp15.write(0, 2, 0, 0, 3);
    expect(bench.system.readCoprocessor64(15, 0, 2)).toBe(3);
    expect(bench.system.readCoprocessor64High()).toBe(2);
  });

  it('banks TTBR0', () => {
    const bench = new CpuBench(SECURE).at(0, Mode.SVC);
    bench.system.writeCoprocessor64(15, 0, 2, 1, 2);
    bench.secure(false).at(0, Mode.SVC);
    expect(bench.system.readCoprocessor64(15, 0, 2)).toBe(0);
    bench.system.cp15.write(0, 2, 0, 0, 7);
    bench.secure(true).at(0, Mode.SVC);
    expect(bench.system.cp15.read(0, 2, 0, 0)).toBe(1);
  });
});

describe('Generic Timer access', () => {
  it('counts at 62.5 MHz and compares', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
    bench.clock.advance(1600);
    expect(bench.system.readCoprocessor64(15, 0, 14)).toBe(100);
    expect(bench.system.readCoprocessor64(15, 1, 14)).toBe(100);
    bench.system.cp15.write(0, 14, 3, 0, 50);
    expect(bench.system.readCoprocessor64(15, 3, 14)).toBe(150);
    bench.system.cp15.write(0, 14, 3, 1, 1);
    expect(bench.timerLines.size).toBe(0);
    bench.clock.advance(50 * 16);
    bench.clock.queue.run(bench.clock.now());
    expect([...bench.timerLines]).toEqual(['virtual']);
    bench.system.writeCoprocessor64(15, 2, 14, 10, 0);
    bench.system.cp15.write(0, 14, 2, 1, 1);
    expect([...bench.timerLines]).toEqual(['virtual', 'nonSecurePhysical']);
  });

  it('reads a counter past 32 bits whole', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
    bench.clock.advance((2 ** 32 + 5) * 16);
    expect(bench.system.readCoprocessor64(15, 0, 14)).toBe(5);
    expect(bench.system.readCoprocessor64High()).toBe(1);
  });

  it('lets User mode in as CNTKCTL says', () => {
    const accesses: readonly [string, number, (b: CpuBench) => void][] = [
      ['CNTPCT', 1, (b) => b.system.readCoprocessor64(15, 0, 14)],
      ['CNTVCT', 2, (b) => b.system.readCoprocessor64(15, 1, 14)],
      ['CNTV_CTL', 0x100, (b) => b.system.cp15.read(0, 14, 3, 1)],
      ['CNTV_CVAL', 0x100, (b) => b.system.writeCoprocessor64(15, 3, 14, 0, 0)],
      ['CNTP_TVAL', 0x200, (b) => b.system.cp15.write(0, 14, 2, 0, 0)],
      ['CNTP_CVAL', 0x200, (b) => b.system.readCoprocessor64(15, 2, 14)],
    ];
    const bench = new CpuBench(PLAIN);
    for (const [name, bit, access] of accesses)
      for (const enabled of [1, 2, 0x100, 0x200]) {
        bench.state.set(CPU.CNTKCTL, enabled);
        bench.at(0, Mode.USR);
        expect(
          bench.isUndefined(() => access(bench)),
          `${name} ${enabled}`,
        ).toBe(enabled !== bit);
      }
    bench.state.set(CPU.CNTKCTL, 2);
    bench.at(0, Mode.USR);
    expect(bench.isUndefined(() => bench.system.cp15.read(0, 14, 0, 0))).toBe(false);
    expect(bench.isUndefined(() => bench.system.cp15.write(0, 14, 0, 0, 0))).toBe(true);
  });

  it('banks CNTP, offsets CNTVCT, traps by CNTHCTL', () => {
    const secure = new CpuBench(SECURE).at(0, Mode.SVC);
    secure.system.cp15.write(0, 14, 2, 1, 1);
    expect([...secure.timerLines]).toEqual(['securePhysical']);
    const bench = new CpuBench(HYP).at(0, Mode.HYP);
    bench.clock.advance(1600);
    bench.system.writeCoprocessor64(15, 4, 14, 30, 0);
    expect(bench.system.readCoprocessor64(15, 1, 14)).toBe(70);
    expect(bench.system.readCoprocessor64(15, 4, 14)).toBe(30);
    bench.system.cp15.write(4, 14, 2, 1, 1);
    expect([...bench.timerLines]).toEqual(['hyp']);
    bench.system.cp15.write(4, 14, 1, 0, 1);
    bench.at(0x100, Mode.SVC);
    expect(bench.leaves(() => bench.system.readCoprocessor64(15, 0, 14))).toBe(false);
    expect(bench.leaves(() => bench.system.cp15.read(0, 14, 2, 1))).toBe(true);
    expect(bench.state.mode).toBe(Mode.HYP);
    expect(bench.state.get(CPU.HSR) >>> 26).toBe(0x03);
    bench.system.cp15.write(4, 14, 1, 0, 2);
    bench.at(0x100, Mode.SVC);
    expect(bench.leaves(() => bench.system.readCoprocessor64(15, 0, 14))).toBe(true);
    expect(bench.state.get(CPU.HSR) >>> 26).toBe(0x04);
  });
});

describe('Performance Monitors', () => {
  const PMCR: Place = [0, 9, 12, 0];
  const ENSET: Place = [0, 9, 12, 1];
  const CCNTR: Place = [0, 9, 13, 0];

  it('count cycles while enabled', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
    const { cp15: registers } = bench.system;
    bench.cycles = 1000;
    expect(registers.read(...CCNTR)).toBe(0);
    registers.write(...PMCR, 1);
    registers.write(...ENSET, 0x8000_0000 | 0);
    bench.cycles = 1640;
    expect(registers.read(...CCNTR)).toBe(640);
    registers.write(0, 9, 12, 2, 0x8000_0000 | 0);
    bench.cycles = 5000;
    expect(registers.read(...CCNTR)).toBe(640);
    registers.write(...CCNTR, 7);
    expect(registers.read(...CCNTR)).toBe(7);
    registers.write(...ENSET, 0x8000_0000 | 0);
    bench.cycles = 5003;
    expect(registers.read(...CCNTR)).toBe(10);
    // C resets; D divides by 64.
    registers.write(...PMCR, 0b1101);
    expect(registers.read(...CCNTR)).toBe(0);
    bench.cycles += 6400;
    expect(registers.read(...CCNTR)).toBe(100);
  });

  it('count instructions and software increments by event type', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
    const { cp15: registers } = bench.system;
    registers.write(...PMCR, 1);
    registers.write(0, 9, 12, 5, 2);
    registers.write(0, 9, 13, 1, 0x08);
    registers.write(...ENSET, 0b101);
    bench.cycles = 123;
    expect(registers.read(0, 9, 13, 2)).toBe(123);
    registers.write(0, 9, 12, 5, 0);
    registers.write(0, 9, 12, 4, 0b111);
    registers.write(0, 9, 12, 4, 0b111);
    expect(registers.read(0, 9, 13, 2)).toBe(2);
    registers.write(0, 9, 13, 2, -1);
    registers.write(0, 9, 12, 4, 1);
    expect(registers.read(0, 9, 12, 3)).toBe(1);
    registers.write(0, 9, 12, 3, 1);
    expect(registers.read(0, 9, 12, 3)).toBe(0);
    registers.write(...PMCR, 0b11);
    registers.write(0, 9, 12, 5, 2);
    expect(registers.read(0, 9, 13, 2)).toBe(0);
    registers.write(0, 9, 12, 5, 9);
    expect(registers.read(0, 9, 13, 1)).toBe(0);
  });

  it('give Non-secure PL1 the counters that HDCR.HPMN says', () => {
    const bench = new CpuBench(HYP).at(0, Mode.HYP);
    const { cp15: registers } = bench.system;
    const HDCR: Place = [4, 1, 1, 1];
    registers.write(...HDCR, 2);
    expect((registers.read(...PMCR) >>> 11) & 0x1f).toBe(6);
    registers.write(...ENSET, 0b1001);
    bench.at(0, Mode.SVC);
    expect((registers.read(...PMCR) >>> 11) & 0x1f).toBe(2);
    expect(registers.read(...ENSET)).toBe(1);
    registers.write(...ENSET, 0b110);
    expect(registers.read(...ENSET)).toBe(0b11);
    registers.write(0, 9, 12, 2, 0b1010);
    registers.write(0, 9, 12, 5, 3);
    registers.write(0, 9, 13, 1, 8);
    expect(registers.read(0, 9, 13, 1)).toBe(0);
    bench.at(0, Mode.HYP);
    expect(registers.read(...ENSET)).toBe(0b1001);
    // HPME, not PMCR.E, enables the others.
    registers.write(0, 9, 13, 1, 8);
    registers.write(...PMCR, 1);
    bench.cycles = 100;
    expect(registers.read(0, 9, 13, 2)).toBe(0);
    registers.write(...HDCR, 2 | (1 << 7));
    bench.cycles = 130;
    expect(registers.read(0, 9, 13, 2)).toBe(30);
    registers.write(...HDCR, 2);
    bench.cycles = 200;
    expect(registers.read(0, 9, 13, 2)).toBe(30);
  });

  it('let User mode in by PMUSERENR.EN', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.USR);
    expect(bench.isUndefined(() => bench.system.cp15.read(...CCNTR))).toBe(true);
    bench.state.set(CPU.PMUSERENR, 1);
    expect(bench.isUndefined(() => bench.system.cp15.read(...CCNTR))).toBe(false);
    expect(bench.isUndefined(() => bench.system.cp15.write(...PMCR, 0))).toBe(false);
    expect(bench.isUndefined(() => bench.system.cp15.read(0, 9, 14, 1))).toBe(true);
    expect(bench.isUndefined(() => bench.system.cp15.write(0, 9, 14, 0, 0))).toBe(true);
  });
});

describe('traps to Hyp mode', () => {
  const traps = (hcr: number, body: (b: CpuBench) => void, mode: number = Mode.SVC) => {
    const bench = new CpuBench(HYP);
    bench.state.set(CPU.HCR, hcr);
    bench.at(0x100, mode);
    return bench.leaves(() => body(bench)) && bench.control.target === 0x14 ? bench.state.get(CPU.HSR) : 0;
  };

  it('follow HCR, with the access in HSR', () => {
    // MRC p15, 0, Rt, c0, c1, 0
    const pfr0 = (b: CpuBench) => b.system.cp15.read(0, 0, 1, 0);
    expect(traps(HCR.TID3, pfr0)).toBe((0x03 << 26) | (1 << 25) | (0x1e << 20) | (1 << 1) | 1);
    expect(traps(HCR.TID1 | HCR.TID2, pfr0)).toBe(0);
    expect(traps(HCR.TVM, (b) => b.system.cp15.write(0, 1, 0, 0, 0)) & 1).toBe(0);
    expect(traps(HCR.TVM, (b) => b.system.cp15.write(0, 1, 0, 0, 0))).not.toBe(0);
    expect(traps(HCR.TVM, (b) => b.system.cp15.read(0, 1, 0, 0))).toBe(0);
    expect(traps(HCR.TTLB, (b) => b.system.cp15.write(0, 8, 7, 0, 0))).not.toBe(0);
    expect(traps(HCR.TSW, (b) => b.system.cp15.write(0, 7, 14, 2, 0))).not.toBe(0);
    expect(traps(HCR.TPC, (b) => b.system.cp15.write(0, 7, 14, 1, 0))).not.toBe(0);
    expect(traps(HCR.TPU, (b) => b.system.cp15.write(0, 7, 11, 1, 0))).not.toBe(0);
    expect(traps(HCR.TAC, (b) => b.system.cp15.read(0, 1, 0, 1))).not.toBe(0);
    expect(traps(HCR.TIDCP, (b) => b.system.cp15.read(1, 9, 0, 2))).not.toBe(0);
    // MCRR p15, 0, Rt, Rt2, c2
    expect(traps(HCR.TVM, (b) => b.system.writeCoprocessor64(15, 0, 2, 0, 0))).toBe(
      (0x04 << 26) | (1 << 25) | (0x1e << 20) | (2 << 1),
    );
  });

  it('do not touch Hyp mode, nor what is UNDEFINED in User mode', () => {
    expect(traps(HCR.TID3, (b) => b.system.cp15.read(0, 0, 1, 0), Mode.HYP)).toBe(0);
    expect(traps(HCR.TID3, (b) => b.system.cp15.read(0, 0, 1, 0), Mode.USR)).toBe(0);
  });

  it('follow HSTR by CRn, and HCPTR.TCPAC', () => {
    const bench = new CpuBench(HYP);
    bench.state.set(CPU.HSTR, 1 << 13);
    bench.at(0x100, Mode.USR);
    expect(bench.leaves(() => bench.system.cp15.read(0, 13, 0, 3))).toBe(true);
    expect(bench.state.mode).toBe(Mode.HYP);
    bench.state.set(CPU.HCPTR, 0x8000_0000 | 0);
    bench.at(0x100, Mode.SVC);
    expect(bench.leaves(() => bench.system.cp15.read(0, 1, 0, 2))).toBe(true);
    bench.at(0x100, Mode.SVC);
    bench.state.set(CPU.HSTR, 1 << 17);
    expect(bench.leaves(() => bench.system.checkBxjTrap(3))).toBe(true);
    expect(bench.state.get(CPU.HSR)).toBe((0x0a << 26) | (1 << 25) | (0x1e << 20) | 3);
  });

  it('give Non-secure PL1 the hypervisor’s MIDR and MPIDR', () => {
    const bench = new CpuBench(HYP, 1).at(0, Mode.HYP);
    expect(bench.system.cp15.read(4, 0, 0, 0) >>> 0).toBe(0x414f_c0f0);
    expect(bench.system.cp15.read(4, 0, 0, 5) >>> 0).toBe(0x8000_0001);
    bench.system.cp15.write(4, 0, 0, 0, 0x1111);
    bench.system.cp15.write(4, 0, 0, 5, 0x2222);
    expect(bench.system.cp15.read(0, 0, 0, 0) >>> 0).toBe(0x414f_c0f0);
    bench.at(0, Mode.SVC);
    expect(bench.system.cp15.read(0, 0, 0, 0)).toBe(0x1111);
    expect(bench.system.cp15.read(0, 0, 0, 5)).toBe(0x2222);
  });
});

describe('coprocessors that are not there', () => {
  it('are UNDEFINED', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
    for (const cp of [0, 1, 7, 8, 9, 12, 13]) {
      expect(bench.isUndefined(() => bench.system.readCoprocessor(cp, 0, 0, 0, 0))).toBe(true);
      expect(bench.isUndefined(() => bench.system.writeCoprocessor(cp, 0, 0, 0, 0, 0))).toBe(true);
      expect(bench.isUndefined(() => bench.system.readCoprocessor64(cp, 0, 0))).toBe(true);
      expect(bench.isUndefined(() => bench.system.writeCoprocessor64(cp, 0, 0, 0, 0))).toBe(true);
    }
    expect(bench.spsr(Bank.UND)).toBe(Mode.SVC);
  });
});
