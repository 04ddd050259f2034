import { describe, expect, it } from 'vitest';
import { FPSCR } from '../../jit/isa/vfp/fpscr.js';
import { SimdMachine } from './simd-machine.js';

const { QC, IOC, IXC, IDC, DZC } = FPSCR;

interface Row {
  readonly text: string;
  readonly word: number;
  /** Doublewords before, by number. */
  readonly before: Readonly<Record<number, bigint>>;
  readonly after: Readonly<Record<number, bigint>>;
  /** Cumulative bits of FPSCR that the instruction sets. */
  readonly flags?: number;
}

function check(rows: readonly Row[]): void {
  it.each(rows)('$text', ({ word, before, after, flags = 0 }) => {
    const machine = new SimdMachine();
    for (const [n, value] of Object.entries(before)) machine.setD(Number(n), value);
    expect(machine.a32(word)).toBeUndefined();
    for (let n = 0; n < 32; n++) {
      expect(machine.d(n).toString(16), `d${n}`).toBe((after[n] ?? before[n] ?? 0n).toString(16));
    }
    expect(machine.fpscr).toBe(flags);
  });
}

describe('saturating arithmetic', () => {
  check([
    {
      text: 'vqadd.s8 d0, d1, d2: both ends and no saturation',
      word: 0xf201_0012,
      before: { 1: 0x7f80_017f_8000_ff40n, 2: 0x01ff_0200_8000_0140n },
      after: { 0: 0x7f80_037f_8000_007fn },
      flags: QC,
    },
    {
      text: 'vqadd.s8 d0, d1, d2: results just in range leave QC alone',
      word: 0xf201_0012,
      before: { 1: 0x7e81_0000_0000_0000n, 2: 0x01ff_0000_0000_0000n },
      after: { 0: 0x7f80_0000_0000_0000n },
    },
    {
      text: 'vqadd.u64 q0, q1, q2',
      word: 0xf332_0054,
      before: { 2: 0xffff_ffff_ffff_fff0n, 3: 1n, 4: 0x10n, 5: 0xffff_fffen },
      after: { 0: 0xffff_ffff_ffff_ffffn, 1: 0xffff_ffffn },
      flags: QC,
    },
    {
      text: 'vqadd.u64 q0, q1, q2: a carry out of the low word is no overflow',
      word: 0xf332_0054,
      before: { 2: 0xffff_ffffn, 3: 0xffff_ffff_0000_0000n, 4: 1n, 5: 0xffff_ffffn },
      after: { 0: 0x1_0000_0000n, 1: 0xffff_ffff_ffff_ffffn },
    },
    {
      text: 'vqsub.s64 d0, d1, d2',
      word: 0xf231_0212,
      before: { 1: 0x8000_0000_0000_0000n, 2: 1n },
      after: { 0: 0x8000_0000_0000_0000n },
      flags: QC,
    },
    {
      text: 'vqsub.s64 d0, d1, d2: the other end',
      word: 0xf231_0212,
      before: { 1: 0n, 2: 0x8000_0000_0000_0000n },
      after: { 0: 0x7fff_ffff_ffff_ffffn },
      flags: QC,
    },
    {
      text: 'vqabs.s16 d0, d1',
      word: 0xf3b4_0701,
      before: { 1: 0x8000_8001_7fff_ffffn },
      after: { 0: 0x7fff_7fff_7fff_0001n },
      flags: QC,
    },
    {
      text: 'vqneg.s32 d0, d1',
      word: 0xf3b8_0781,
      before: { 1: 0x8000_0000_0000_0001n },
      after: { 0: 0x7fff_ffff_ffff_ffffn },
      flags: QC,
    },
    {
      text: 'vqdmulh.s16 d0, d1, d2',
      word: 0xf211_0b02,
      before: { 1: 0x8000_8000_7fff_0001n, 2: 0x8000_7fff_7fff_ffffn },
      after: { 0: 0x7fff_8001_7ffe_ffffn },
      flags: QC,
    },
    {
      text: 'vqrdmulh.s32 d0, d1, d2[1]: rounds up at a half',
      word: 0xf2a1_0d62,
      before: { 1: 0x0000_0003_ffff_fffdn, 2: 0x4000_0000_1234_5678n },
      after: { 0: 0x0000_0002_ffff_ffffn },
    },
    {
      text: 'vqdmull.s32 q0, d2, d3',
      word: 0xf2a2_0d03,
      before: { 2: 0x8000_0000_8000_0000n, 3: 0x8000_0000_7fff_ffffn },
      after: { 0: 0x8000_0001_0000_0000n, 1: 0x7fff_ffff_ffff_ffffn },
      flags: QC,
    },
    {
      text: 'vqdmlal.s16 q0, d2, d3[2]: the product and the sum saturate each by itself',
      word: 0xf292_0363,
      before: {
        0: 0x0000_0001_7fff_ffffn,
        1: 0x8000_0000_8000_0000n,
        2: 0x0001_8000_0001_8000n,
        3: 0x0000_8000_0000_0000n,
      },
      after: { 0: 0xffff_0001_7fff_ffffn, 1: 0x8000_0000_ffff_ffffn },
      flags: QC,
    },
    {
      text: 'vqmovn.u32 d0, q1',
      word: 0xf3b6_02c2,
      before: { 2: 0x0000_ffff_0001_0000n, 3: 0xffff_ffff_0000_0001n },
      after: { 0: 0xffff_0001_ffff_ffffn },
      flags: QC,
    },
    {
      text: 'vqmovun.s64 d0, q1',
      word: 0xf3ba_0242,
      before: { 2: 0xffff_ffff_ffff_ffffn, 3: 0x0000_0001_0000_0000n },
      after: { 0: 0xffff_ffff_0000_0000n },
      flags: QC,
    },
  ]);
});

describe('integer arithmetic', () => {
  check([
    {
      text: 'vhsub.u8 d0, d1, d2: rounds down, modulo 256',
      word: 0xf301_0202,
      before: { 1: 0x00ffn, 2: 0x0100n },
      after: { 0: 0xff7fn },
    },
    {
      text: 'vrhadd.u32 d0, d1, d2: 33 bits inside',
      word: 0xf321_0102,
      before: { 1: 0xffff_ffff_0000_0002n, 2: 0xffff_ffff_0000_0001n },
      after: { 0: 0xffff_ffff_0000_0002n },
    },
    {
      text: 'vmull.p8 q0, d2, d3',
      word: 0xf282_0e03,
      before: { 2: 0xff03_0000_0000_0000n, 3: 0xff03_0000_0000_0080n },
      after: { 1: 0x5555_0005_0000_0000n },
    },
    {
      text: 'vcls.s16 d0, d1',
      word: 0xf3b4_0401,
      before: { 1: 0xffff_0000_4000_c000n },
      after: { 0: 0x000f_000f_0000_0001n },
    },
    {
      text: 'vclz.i8 d0, d1',
      word: 0xf3b0_0481,
      before: { 1: 0x0001_8040_0000_0000n },
      after: { 0: 0x0807_0001_0808_0808n },
    },
    {
      text: 'vaddhn.i32 d0, q1, q2',
      word: 0xf292_0404,
      before: { 2: 0x1234_ffff_ffff_ffffn, 4: 0x0000_0001_0000_0001n },
      after: { 0: 0x1235_0000n },
    },
    {
      text: 'vraddhn.i64 d0, q1, q2: rounding carries out of the element',
      word: 0xf3a2_0404,
      before: { 2: 0xffff_ffff_7fff_ffffn, 3: 0x8000_0000n, 4: 1n },
      after: { 0: 0x0000_0001_0000_0000n },
    },
    {
      text: 'vabal.u8 q0, d2, d3',
      word: 0xf382_0503,
      before: { 0: 0xffff_0000_0000_0001n, 2: 0x00ff_0000_ff00_0000n, 3: 0xff00_0000_0000_0001n },
      after: { 0: 0x00fe_0000_0000_0002n, 1: 0x00ff_00ff_0000_0000n },
    },
    {
      text: 'vpadal.s32 q0, q1: the sum of two words has 33 bits',
      word: 0xf3b8_0642,
      before: { 0: 1n, 1: 0n, 2: 0x8000_0000_8000_0000n, 3: 0x7fff_ffff_7fff_ffffn },
      after: { 0: 0xffff_ffff_0000_0001n, 1: 0xffff_fffen },
    },
    {
      text: 'vpadd.i16 d0, d1, d2',
      word: 0xf211_0b12,
      before: { 1: 0x0004_0003_0002_0001n, 2: 0xffff_0001_0020_0010n },
      after: { 0: 0x0000_0030_0007_0003n },
    },
    {
      text: 'vpmax.s8 d0, d1, d2',
      word: 0xf201_0a02,
      before: { 1: 0x807f_ff00_0102_fefdn, 2: 0x8081_0000_7f80_0504n },
      after: { 0: 0x8100_7f05_7f00_02fen },
    },
    {
      text: 'vtst.8 d0, d1, d2',
      word: 0xf201_0812,
      before: { 1: 0x8001_ff00_0000_0000n, 2: 0x8002_01ff_0000_0000n },
      after: { 0: 0xff00_ff00_0000_0000n },
    },
  ]);
});

describe('shifts', () => {
  check([
    {
      text: 'vshl.s8 d0, d1, d2: amounts out of range either way',
      word: 0xf202_0401,
      before: { 1: 0x8080_8001_0101_8001n, 2: 0xf8f9_8007_087f_ff00n },
      after: { 0: 0xffff_ff80_0000_c001n },
    },
    {
      text: 'vrshl.s64 d0, d1, d2: by -64, a negative number rounds to zero',
      word: 0xf232_0501,
      before: { 1: 0x8000_0000_0000_0000n, 2: 0xc0n },
      after: { 0: 0n },
    },
    {
      text: 'vqshl.u16 d0, d1, d2',
      word: 0xf312_0411,
      before: { 1: 0x0001_8000_0000_0001n, 2: 0x000f_0001_0064_0010n },
      after: { 0: 0x8000_ffff_0000_ffffn },
      flags: QC,
    },
    {
      text: 'vqrshl.s32 d0, d1, d2: only the low byte of an amount counts',
      word: 0xf222_0511,
      before: { 1: 0xffff_fffd_4000_0000n, 2: 0x1234_56ff_ffff_ff01n },
      after: { 0: 0xffff_ffff_7fff_ffffn },
      flags: QC,
    },
    {
      text: 'vshr.s8 d0, d1, #8',
      word: 0xf288_0011,
      before: { 1: 0x807f_ff01_0000_0000n },
      after: { 0: 0xff00_ff00_0000_0000n },
    },
    {
      text: 'vshr.u64 d0, d1, #64',
      word: 0xf380_0091,
      before: { 0: 7n, 1: 0xffff_ffff_ffff_ffffn },
      after: { 0: 0n },
    },
    {
      text: 'vrsra.u32 d0, d1, #32',
      word: 0xf3a0_0311,
      before: { 0: 0x0000_0005_ffff_ffffn, 1: 0x7fff_ffff_8000_0000n },
      after: { 0: 0x0000_0005_0000_0000n },
    },
    {
      text: 'vsri.16 d0, d1, #16: keeps everything',
      word: 0xf390_0411,
      before: { 0: 0x0123_4567_89ab_cdefn, 1: 0xffff_ffff_ffff_ffffn },
      after: { 0: 0x0123_4567_89ab_cdefn },
    },
    {
      text: 'vsri.8 d0, d1, #3',
      word: 0xf38d_0411,
      before: { 0: 0xffff_ffff_0000_0000n, 1: 0x0008_0000_ffff_ff08n },
      after: { 0: 0xe0e1_e0e0_1f1f_1f01n },
    },
    {
      text: 'vsli.64 d0, d1, #40',
      word: 0xf3a8_0591,
      before: { 0: 0xffff_ffff_ffff_ffffn, 1: 0x1234_5678_9abc_def0n },
      after: { 0: 0xbcde_f0ff_ffff_ffffn },
    },
    {
      text: 'vqshlu.s8 d0, d1, #3',
      word: 0xf38b_0611,
      before: { 1: 0xff01_1f20_8000_0000n },
      after: { 0: 0x0008_f8ff_0000_0000n },
      flags: QC,
    },
    {
      text: 'vqshrn.s64 d0, q1, #32',
      word: 0xf2a0_0912,
      before: { 2: 0x7fff_ffff_ffff_ffffn, 3: 0x8000_0000_0000_0000n },
      after: { 0: 0x8000_0000_7fff_ffffn },
    },
    {
      text: 'vqrshrun.s16 d0, q1, #1',
      word: 0xf38f_0852,
      before: { 2: 0x01ff_01fd_0001_ffffn, 3: 0x7fff_8000_ffff_fffen },
      after: { 0: 0xff00_0000_ffff_0100n },
      flags: QC,
    },
    {
      text: 'vshll.i32 q0, d2, #32',
      word: 0xf3ba_0302,
      before: { 2: 0x8000_0001_1234_5678n },
      after: { 0: 0x1234_5678_0000_0000n, 1: 0x8000_0001_0000_0000n },
    },
    {
      text: 'vshll.u8 q0, d2, #7',
      word: 0xf38f_0a12,
      before: { 2: 0xff80_0100_0000_0000n },
      after: { 1: 0x7f80_4000_0080_0000n },
    },
    {
      text: 'vmovl.s16 q0, d2',
      word: 0xf290_0a12,
      before: { 2: 0x8000_7fff_ffff_0001n },
      after: { 0: 0xffff_ffff_0000_0001n, 1: 0xffff_8000_0000_7fffn },
    },
  ]);
});

describe('immediates', () => {
  const ones = 0xffff_ffff_ffff_ffffn;
  check([
    {
      text: 'vmov.i64 d0, #0xff00ff0000ffff00',
      word: 0xf382_0e36,
      before: {},
      after: { 0: 0xff00_ff00_00ff_ff00n },
    },
    {
      text: 'vmov.f32 q0, #-0.5',
      word: 0xf386_0f50,
      before: {},
      after: { 0: 0xbf00_0000_bf00_0000n, 1: 0xbf00_0000_bf00_0000n },
    },
    { text: 'vmov.i32 d0, #0x12ffff', word: 0xf281_0d12, before: {}, after: { 0: 0x0012_ffff_0012_ffffn } },
    { text: 'vmvn.i16 d0, #0x1200', word: 0xf281_0a32, before: {}, after: { 0: 0xedff_edff_edff_edffn } },
    {
      text: 'vorr.i32 d0, #0x12000000',
      word: 0xf281_0712,
      before: { 0: 0x0000_0001_0100_0000n },
      after: { 0: 0x1200_0001_1300_0000n },
    },
    {
      text: 'vbic.i16 d0, #0x12',
      word: 0xf281_0932,
      before: { 0: ones },
      after: { 0: 0xffed_ffed_ffed_ffedn },
    },
  ]);
});

describe('rearrangements', () => {
  const d2 = 0x0706_0504_0302_0100n;
  const d3 = 0x0f0e_0d0c_0b0a_0908n;
  const d4 = 0x1716_1514_1312_1110n;
  const d5 = 0x1f1e_1d1c_1b1a_1918n;
  check([
    {
      text: 'vext.8 q0, q1, q2, #13',
      word: 0xf2b2_0d44,
      before: { 2: d2, 3: d3, 4: d4, 5: d5 },
      after: { 0: 0x1413_1211_100f_0e0dn, 1: 0x1c1b_1a19_1817_1615n },
    },
    {
      text: 'vtbl.8 d0, {d4-d7}, d1: 0 past the end',
      word: 0xf3b4_0b01,
      before: { 0: 0x5555_5555_5555_5555n, 1: 0xff20_1f18_1710_0f00n, 4: d2, 5: d3, 6: d4, 7: d5 },
      after: { 0: 0x0000_1f18_1710_0f00n },
    },
    {
      text: 'vtbx.8 d0, {d4-d6}, d1: unchanged past the end',
      word: 0xf3b4_0a41,
      before: { 0: 0x8786_8584_8382_8180n, 1: 0xff20_1f18_1710_0f00n, 4: d2, 5: d3, 6: d4, 7: d5 },
      after: { 0: 0x8786_8584_1710_0f00n },
    },
    {
      text: 'vdup.16 q0, d2[3]',
      word: 0xf3be_0c42,
      before: { 2: d2 },
      after: { 0: 0x0706_0706_0706_0706n, 1: 0x0706_0706_0706_0706n },
    },
    {
      text: 'vrev64.16 q0, q1',
      word: 0xf3b4_0042,
      before: { 2: d2, 3: d3 },
      after: { 0: 0x0100_0302_0504_0706n, 1: 0x0908_0b0a_0d0c_0f0en },
    },
    { text: 'vrev32.8 d0, d1', word: 0xf3b0_0081, before: { 1: d2 }, after: { 0: 0x0405_0607_0001_0203n } },
    {
      text: 'vtrn.8 d0, d1',
      word: 0xf3b2_0081,
      before: { 0: d2, 1: d3 },
      after: { 0: 0x0e06_0c04_0a02_0800n, 1: 0x0f07_0d05_0b03_0901n },
    },
    {
      text: 'vuzp.16 q0, q1',
      word: 0xf3b6_0142,
      before: { 0: d2, 1: d3, 2: d4, 3: d5 },
      after: {
        0: 0x0d0c_0908_0504_0100n,
        1: 0x1d1c_1918_1514_1110n,
        2: 0x0f0e_0b0a_0706_0302n,
        3: 0x1f1e_1b1a_1716_1312n,
      },
    },
    {
      text: 'vzip.32 q0, q1',
      word: 0xf3ba_01c2,
      before: { 0: d2, 1: d3, 2: d4, 3: d5 },
      after: {
        0: 0x1312_1110_0302_0100n,
        1: 0x1716_1514_0706_0504n,
        2: 0x1b1a_1918_0b0a_0908n,
        3: 0x1f1e_1d1c_0f0e_0d0cn,
      },
    },
    {
      text: 'vswp q0, q1',
      word: 0xf3b2_0042,
      before: { 0: d2, 1: d3, 2: d4, 3: d5 },
      after: { 0: d4, 1: d5, 2: d2, 3: d3 },
    },
    {
      text: 'vbsl d0, d1, d2',
      word: 0xf311_0112,
      before: { 0: 0xff00_f0f0_0000_ffffn, 1: d4, 2: d2 },
      after: { 0: 0x1706_1514_0302_1110n },
    },
  ]);
});

describe('floating point under StandardFPSCRValue()', () => {
  const ONE = 0x3f80_0000n;
  const QUIET = 0x7fc1_2345n;
  const SIGNALLING = 0x7f81_2345n;
  const DEFAULT_NAN = 0x7fc0_0000n;
  const DENORMAL = 0x0000_1234n;
  const pair = (high: bigint, low: bigint) => (high << 32n) | low;
  check([
    {
      text: 'vadd.f32 d0, d1, d2: a denormal counts as zero, NaNs become the default one',
      word: 0xf201_0d02,
      before: { 1: pair(QUIET, DENORMAL), 2: pair(ONE, ONE) },
      after: { 0: pair(DEFAULT_NAN, ONE) },
      flags: IDC,
    },
    {
      text: 'vmla.f32 d0, d1, d2 rounds the product',
      word: 0xf201_0d12,
      // (1 + 2^-23)^2 - 1 - 2^-22 is 2^-46, lost when the product is rounded.
      before: { 0: pair(0n, 0xbf80_0002n), 1: pair(0n, 0x3f80_0001n), 2: pair(0n, 0x3f80_0001n) },
      after: { 0: 0n },
      flags: IXC,
    },
    {
      text: 'vfma.f32 d0, d1, d2 does not',
      word: 0xf201_0c12,
      before: { 0: pair(0n, 0xbf80_0002n), 1: pair(0n, 0x3f80_0001n), 2: pair(0n, 0x3f80_0001n) },
      after: { 0: 0x2880_0000n },
    },
    {
      text: 'vfms.f32 d0, d1, d2',
      word: 0xf221_0c12,
      before: { 0: pair(ONE, 0x3f80_0002n), 1: pair(ONE, 0x3f80_0001n), 2: pair(ONE, 0x3f80_0001n) },
      after: { 0: pair(0n, 0xa880_0000n) },
    },
    {
      text: 'vceq.f32 d0, d1, d2: a quiet NaN is no exception',
      word: 0xf201_0e02,
      before: { 1: pair(QUIET, 0x8000_0000n), 2: pair(QUIET, 0n) },
      after: { 0: 0xffff_ffffn },
    },
    {
      text: 'vceq.f32 d0, d1, d2: a signalling one is',
      word: 0xf201_0e02,
      before: { 1: pair(SIGNALLING, 0n), 2: pair(ONE, ONE) },
      after: { 0: 0n },
      flags: IOC,
    },
    {
      text: 'vcge.f32 d0, d1, d2: any NaN is',
      word: 0xf301_0e02,
      before: { 1: pair(QUIET, ONE), 2: pair(ONE, ONE) },
      after: { 0: 0xffff_ffffn },
      flags: IOC,
    },
    {
      text: 'vcle.f32 d0, d1, #0',
      word: 0xf3b9_0581,
      before: { 1: pair(0x8000_0000n, ONE) },
      after: { 0: 0xffff_ffff_0000_0000n },
    },
    {
      text: 'vacgt.f32 d0, d1, d2',
      word: 0xf321_0e12,
      before: { 1: pair(0xc000_0000n, ONE), 2: pair(ONE, 0xc000_0000n) },
      after: { 0: 0xffff_ffff_0000_0000n },
    },
    {
      text: 'vmax.f32 d0, d1, d2: +0 is above -0',
      word: 0xf201_0f02,
      before: { 1: pair(0x8000_0000n, ONE), 2: pair(0n, QUIET) },
      after: { 0: pair(0n, DEFAULT_NAN) },
    },
    {
      text: 'vrecpe.f32 d0, d1',
      word: 0xf3bb_0501,
      before: { 1: pair(0x8000_0000n, ONE) },
      after: { 0: pair(0xff80_0000n, 0x3f7f_8000n) },
      flags: DZC,
    },
    {
      text: 'vrecps.f32 d0, d1, d2: infinity times zero makes 2',
      word: 0xf201_0f12,
      before: { 1: pair(0x7f80_0000n, ONE), 2: pair(0n, ONE) },
      after: { 0: pair(0x4000_0000n, ONE) },
    },
    {
      text: 'vrsqrts.f32 d0, d1, d2: infinity times zero makes 1.5',
      word: 0xf221_0f12,
      before: { 1: pair(0n, ONE), 2: pair(0x7f80_0000n, ONE) },
      after: { 0: pair(0x3fc0_0000n, ONE) },
    },
    {
      text: 'vcvt.s32.f32 d0, d1: towards zero',
      word: 0xf3bb_0701,
      before: { 1: pair(0xbfff_ffffn, 0x4f00_0000n) },
      after: { 0: 0xffff_ffff_7fff_ffffn },
      flags: IXC | IOC,
    },
    {
      text: 'vcvt.f32.u32 d0, d1, #32',
      word: 0xf3a0_0e11,
      before: { 1: pair(0x8000_0000n, 0xffff_ffffn) },
      after: { 0: pair(0x3f00_0000n, ONE) },
      flags: IXC,
    },
    {
      text: 'vcvt.u32.f32 d0, d1, #8',
      word: 0xf3b8_0f11,
      before: { 1: pair(0xbf80_0000n, 0x3fc0_0000n) },
      after: { 0: 0x180n },
      flags: IOC,
    },
    {
      text: 'vcvt.f16.f32 d0, q1',
      word: 0xf3b6_0602,
      before: { 2: pair(0xc000_0000n, ONE), 3: pair(0x7f80_0000n, 0x3380_0000n) },
      after: { 0: 0x7c00_0001_c000_3c00n },
    },
    {
      text: 'vcvt.f32.f16 q0, d2',
      word: 0xf3b6_0702,
      before: { 2: 0x7c00_0001_c000_3c00n },
      after: { 0: pair(0xc000_0000n, ONE), 1: pair(0x7f80_0000n, 0x3380_0000n) },
    },
  ]);

  it('leaves the rounding mode, DN and FZ of FPSCR out of account', () => {
    const machine = new SimdMachine();
    machine.fpscr = 3 << FPSCR.RMODE_SHIFT;
    // 1 + 3 × 2^-25 rounds to nearest, up.
    machine.setD(1, ONE);
    machine.setD(2, 0x33c0_0000n);
    machine.a32(0xf201_0d02);
    expect(machine.d(0)).toBe(0x3f80_0001n);
    expect(machine.fpscr).toBe((3 << FPSCR.RMODE_SHIFT) | IXC);
  });
});

describe('core register to vector', () => {
  it('vdup.8 q8, r1', () => {
    const machine = new SimdMachine();
    machine.setReg(1, 0x1234_56f7);
    expect(machine.a32(0xeee0_1b90)).toBeUndefined();
    expect(machine.q(16)).toBe(0xf7f7_f7f7_f7f7_f7f7_f7f7_f7f7_f7f7_f7f7n);
  });
});
