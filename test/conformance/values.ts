/** Operand values: edges of every number format, and random ones in between. */
import type { Random } from './random.js';

const INTEGERS = [
  0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 33, 63, 64, 127, 128, 255, 256, -1, -2, -128, -129, 0x7f, 0x80, 0x7fff,
  0x8000, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0x7fff_fffe, 0x7fff_7fff, 0x8000_8000,
  0x8080_8080, 0x7f7f_7f7f, 0x5555_5555, 0xaaaa_aaaa, 0xffff_0000, 0x0000_ffff, 0x4000_0000, 0xc000_0000,
];

const SINGLES = [
  0, 0x8000_0000, 0x3f80_0000, 0xbf80_0000, 0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0xffc0_0000, 0x7f80_0001,
  0xff80_0001, 0x7fa1_2345, 0x7fc1_2345, 0x0000_0001, 0x8000_0001, 0x007f_ffff, 0x807f_ffff, 0x0080_0000,
  0x8080_0000, 0x0080_0001, 0x7f7f_ffff, 0xff7f_ffff, 0x3f00_0000, 0xbf00_0000, 0x3f7f_ffff, 0x3f80_0001,
  0x4000_0000, 0x4040_0000, 0x4f00_0000, 0xcf00_0000, 0x4eff_ffff, 0x4f80_0000, 0x4f7f_ffff, 0x5f00_0000,
  0x4b00_0000, 0x4b7f_ffff, 0x4700_0000, 0x477f_e000, 0x477f_f000, 0x3880_0000, 0x3380_0000, 0x3300_0000,
  0x387f_c000, 0x3fc0_0000, 0x4020_0000, 0x1f80_0000, 0x2080_0000, 0x0100_0000, 0x7e80_0000,
];

/** Sign, exponent and top bits of doubles; the low word follows. */
const DOUBLE_HIGHS = [
  0, 0x8000_0000, 0x3ff0_0000, 0xbff0_0000, 0x7ff0_0000, 0xfff0_0000, 0x7ff8_0000, 0xfff8_0000, 0x7ff0_1234,
  0x000f_ffff, 0x0010_0000, 0x8010_0000, 0x7fef_ffff, 0xffef_ffff, 0x41e0_0000, 0xc1e0_0000, 0x41df_ffff,
  0x41ef_ffff, 0x47ef_ffff, 0x47f0_0000, 0x3810_0000, 0x380f_ffff, 0x36a0_0000, 0x3690_0000, 0x3fe0_0000,
  0x3ff8_0000, 0x4330_0000, 0x43e0_0000,
];

export function integer(random: Random): number {
  const kind = random.below(8);
  if (kind < 3) return random.pick(INTEGERS) | 0;
  if (kind === 3) return random.below(64);
  return random.word();
}

/** Bits of a single-precision number. */
export function single(random: Random): number {
  const kind = random.below(8);
  if (kind < 3) return random.pick(SINGLES) | 0;
  if (kind === 3) return random.word();
  if (kind === 4)
    return (random.word() & 0x8000_0000) | (random.below(64) << 23) | random.pick([0, 1, 0x7f_ffff]);
  // An exponent near that of 1, so that operands of one instruction meet.
  return (random.word() & 0x807f_ffff) | ((127 - 12 + random.below(40)) << 23);
}

/** Two words, low one first. */
export function doubleword(random: Random): [number, number] {
  switch (random.below(6)) {
    case 0: {
      const high = random.pick(DOUBLE_HIGHS) | 0;
      return [random.pick([0, 0, 1, -1, 0x8000_0000 | 0, random.word()]), high];
    }
    case 1: {
      const exponent = 1023 - 30 + random.below(100);
      return [random.word(), (random.word() & 0x800f_ffff) | (exponent << 20)];
    }
    case 2:
      return [integer(random), integer(random)];
    case 3:
      return [random.word(), random.word()];
    default:
      return [single(random), single(random)];
  }
}

/** FPSCR: condition flags, QC, AHP, DN, FZ, RMode and the cumulative flags. LEN and STRIDE are rarely not 0. */
export function fpscr(random: Random): number {
  if (random.chance(0.3)) return 0;
  const flags = random.word() & 0xf800_0000;
  const modes = random.chance(0.5) ? random.word() & 0x07c0_0000 : (random.below(4) << 22) | 0;
  const cumulative = random.chance(0.5) ? random.word() & 0x9f : 0;
  const vectorLength = random.chance(0.03) ? random.word() & 0x0037_0000 : 0;
  return flags | modes | cumulative | vectorLength;
}
