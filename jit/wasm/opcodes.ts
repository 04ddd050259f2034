/**
 * WebAssembly's numeric, memory and vector instructions by their names in Binaryen's builder interface, with the
 * opcodes of the WebAssembly core specification 2.0, section 5.4. `test/wasm/assembler.test.ts` compares
 * every one with Binaryen's encoding.
 */

/** Value types, numbered as Binaryen does. */
export const ValueType = { NONE: 0, UNREACHABLE: 1, I32: 2, I64: 3, F32: 4, F64: 5, V128: 6 } as const;

/** Encodings of the value types; no type is an empty block type. */
export const TYPE_BYTES = [0x40, 0x40, 0x7f, 0x7e, 0x7d, 0x7c, 0x7b];

/** What follows an opcode. */
export type Immediate = 'none' | 'memory' | 'lane' | 'memory-lane';

export interface Opcode {
  /** With prefix 0xfc or 0xfd in bits 23:16 when it has one. */
  readonly code: number;
  readonly operands: number;
  readonly result: number;
  readonly immediate: Immediate;
}

const { NONE, I32, I64, F32, F64, V128 } = ValueType;
const SATURATING = 0xfc_0000;
const VECTOR = 0xfd_0000;

type Entries = Record<string, Opcode>;

/** Instructions with consecutive opcodes, named by words; `-` leaves one out. */
function run(
  first: number,
  operands: number,
  result: number,
  names: string,
  immediate: Immediate = 'none',
): Entries {
  const entries: Entries = {};
  names.split(' ').forEach((name, index) => {
    if (name !== '-') entries[name] = { code: first + index, operands, result, immediate };
  });
  return entries;
}

const loads = (first: number, result: number, names: string) => run(first, 1, result, names, 'memory');
const stores = (first: number, names: string) => run(first, 2, NONE, names, 'memory');
const vector = (first: number, operands: number, names: string, result: number = V128) =>
  run(VECTOR + first, operands, result, names);
const lanes = (first: number, operands: number, result: number, name: string) =>
  run(VECTOR + first, operands, result, name, 'lane');

const COMPARISONS = 'eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u';
const FLOAT_COMPARISONS = 'eq ne lt gt le ge';
const ARITHMETIC = 'add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr';
const FLOAT_UNARY = 'abs neg ceil floor trunc nearest sqrt';
const FLOAT_BINARY = 'add sub mul div min max copysign';
const FLOAT_VECTOR = 'add sub mul div min max pmin pmax';

/** Extending operations on the lanes of half the width. */
function widening(extend: number, multiply: number, from: string): Entries {
  return {
    ...vector(
      extend,
      1,
      `extend_low_${from}_s extend_high_${from}_s extend_low_${from}_u extend_high_${from}_u`,
    ),
    ...vector(
      multiply,
      2,
      `extmul_low_${from}_s extmul_high_${from}_s extmul_low_${from}_u extmul_high_${from}_u`,
    ),
  };
}

function conversions(result: number, names: Record<string, number>): Entries {
  return Object.assign({}, ...Object.entries(names).map(([name, code]) => run(code, 1, result, name)));
}

/** By namespace and name; a nested name such as `trunc_s.f32` stands with its dot. */
export const OPCODES: Readonly<Record<string, Readonly<Entries>>> = {
  i32: {
    ...loads(0x28, I32, 'load'),
    ...loads(0x2c, I32, 'load8_s load8_u load16_s load16_u'),
    ...stores(0x36, 'store'),
    ...stores(0x3a, 'store8 store16'),
    ...run(0x45, 1, I32, 'eqz'),
    ...run(0x46, 2, I32, COMPARISONS),
    ...run(0x67, 1, I32, 'clz ctz popcnt'),
    ...run(0x6a, 2, I32, ARITHMETIC),
    ...conversions(I32, {
      wrap: 0xa7,
      'trunc_s.f32': 0xa8,
      'trunc_u.f32': 0xa9,
      'trunc_s.f64': 0xaa,
      'trunc_u.f64': 0xab,
      reinterpret: 0xbc,
      extend8_s: 0xc0,
      extend16_s: 0xc1,
      'trunc_s_sat.f32': SATURATING + 0,
      'trunc_u_sat.f32': SATURATING + 1,
      'trunc_s_sat.f64': SATURATING + 2,
      'trunc_u_sat.f64': SATURATING + 3,
    }),
  },
  i64: {
    ...loads(0x29, I64, 'load'),
    ...loads(0x30, I64, 'load8_s load8_u load16_s load16_u load32_s load32_u'),
    ...stores(0x37, 'store'),
    ...stores(0x3c, 'store8 store16 store32'),
    ...run(0x50, 1, I32, 'eqz'),
    ...run(0x51, 2, I32, COMPARISONS),
    ...run(0x79, 1, I64, 'clz ctz popcnt'),
    ...run(0x7c, 2, I64, ARITHMETIC),
    ...conversions(I64, {
      extend_s: 0xac,
      extend_u: 0xad,
      'trunc_s.f32': 0xae,
      'trunc_u.f32': 0xaf,
      'trunc_s.f64': 0xb0,
      'trunc_u.f64': 0xb1,
      reinterpret: 0xbd,
      extend8_s: 0xc2,
      extend16_s: 0xc3,
      extend32_s: 0xc4,
      'trunc_s_sat.f32': SATURATING + 4,
      'trunc_u_sat.f32': SATURATING + 5,
      'trunc_s_sat.f64': SATURATING + 6,
      'trunc_u_sat.f64': SATURATING + 7,
    }),
  },
  f32: {
    ...loads(0x2a, F32, 'load'),
    ...stores(0x38, 'store'),
    ...run(0x5b, 2, I32, FLOAT_COMPARISONS),
    ...run(0x8b, 1, F32, FLOAT_UNARY),
    ...run(0x92, 2, F32, FLOAT_BINARY),
    ...conversions(F32, {
      'convert_s.i32': 0xb2,
      'convert_u.i32': 0xb3,
      'convert_s.i64': 0xb4,
      'convert_u.i64': 0xb5,
      demote: 0xb6,
      reinterpret: 0xbe,
    }),
  },
  f64: {
    ...loads(0x2b, F64, 'load'),
    ...stores(0x39, 'store'),
    ...run(0x61, 2, I32, FLOAT_COMPARISONS),
    ...run(0x99, 1, F64, FLOAT_UNARY),
    ...run(0xa0, 2, F64, FLOAT_BINARY),
    ...conversions(F64, {
      'convert_s.i32': 0xb7,
      'convert_u.i32': 0xb8,
      'convert_s.i64': 0xb9,
      'convert_u.i64': 0xba,
      promote: 0xbb,
      reinterpret: 0xbf,
    }),
  },
  v128: {
    ...loads(
      VECTOR,
      V128,
      'load load8x8_s load8x8_u load16x4_s load16x4_u load32x2_s load32x2_u load8_splat load16_splat load32_splat load64_splat',
    ),
    ...stores(VECTOR + 11, 'store'),
    ...vector(77, 1, 'not'),
    ...vector(78, 2, 'and andnot or xor'),
    ...vector(82, 3, 'bitselect'),
    ...vector(83, 1, 'any_true', I32),
    ...run(VECTOR + 84, 2, V128, 'load8_lane load16_lane load32_lane load64_lane', 'memory-lane'),
    ...run(VECTOR + 88, 2, NONE, 'store8_lane store16_lane store32_lane store64_lane', 'memory-lane'),
    ...loads(VECTOR + 92, V128, 'load32_zero load64_zero'),
  },
  i8x16: {
    ...vector(14, 2, 'swizzle'),
    ...vector(15, 1, 'splat'),
    ...lanes(21, 1, I32, 'extract_lane_s extract_lane_u'),
    ...lanes(23, 2, V128, 'replace_lane'),
    ...vector(35, 2, COMPARISONS),
    ...vector(96, 1, 'abs neg popcnt'),
    ...vector(99, 1, 'all_true bitmask', I32),
    ...vector(101, 2, 'narrow_i16x8_s narrow_i16x8_u'),
    ...vector(107, 2, 'shl shr_s shr_u add add_saturate_s add_saturate_u sub sub_saturate_s sub_saturate_u'),
    ...vector(118, 2, 'min_s min_u max_s max_u - avgr_u'),
  },
  i16x8: {
    ...vector(16, 1, 'splat'),
    ...lanes(24, 1, I32, 'extract_lane_s extract_lane_u'),
    ...lanes(26, 2, V128, 'replace_lane'),
    ...vector(45, 2, COMPARISONS),
    ...vector(124, 1, 'extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u'),
    ...vector(128, 1, 'abs neg'),
    ...vector(130, 2, 'q15mulr_sat_s'),
    ...vector(131, 1, 'all_true bitmask', I32),
    ...vector(133, 2, 'narrow_i32x4_s narrow_i32x4_u'),
    ...vector(139, 2, 'shl shr_s shr_u add add_saturate_s add_saturate_u sub sub_saturate_s sub_saturate_u'),
    ...vector(149, 2, 'mul min_s min_u max_s max_u - avgr_u'),
    ...widening(135, 156, 'i8x16'),
  },
  i32x4: {
    ...vector(17, 1, 'splat'),
    ...lanes(27, 1, I32, 'extract_lane'),
    ...lanes(28, 2, V128, 'replace_lane'),
    ...vector(55, 2, COMPARISONS),
    ...vector(126, 1, 'extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u'),
    ...vector(160, 1, 'abs neg'),
    ...vector(163, 1, 'all_true bitmask', I32),
    ...vector(171, 2, 'shl shr_s shr_u add'),
    ...vector(177, 2, 'sub - - - mul min_s min_u max_s max_u dot_i16x8_s'),
    ...widening(167, 188, 'i16x8'),
    ...vector(
      248,
      1,
      'trunc_sat_f32x4_s trunc_sat_f32x4_u - - trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero',
    ),
  },
  i64x2: {
    ...vector(18, 1, 'splat'),
    ...lanes(29, 1, I64, 'extract_lane'),
    ...lanes(30, 2, V128, 'replace_lane'),
    ...vector(192, 1, 'abs neg'),
    ...vector(195, 1, 'all_true bitmask', I32),
    ...vector(203, 2, 'shl shr_s shr_u add'),
    ...vector(209, 2, 'sub - - - mul eq ne lt_s gt_s le_s ge_s'),
    ...widening(199, 220, 'i32x4'),
  },
  f32x4: {
    ...vector(19, 1, 'splat'),
    ...lanes(31, 1, F32, 'extract_lane'),
    ...lanes(32, 2, V128, 'replace_lane'),
    ...vector(65, 2, FLOAT_COMPARISONS),
    ...vector(94, 1, 'demote_f64x2_zero'),
    ...vector(103, 1, 'ceil floor trunc nearest'),
    ...vector(224, 1, 'abs neg - sqrt'),
    ...vector(228, 2, FLOAT_VECTOR),
    ...vector(250, 1, 'convert_i32x4_s convert_i32x4_u'),
  },
  f64x2: {
    ...vector(20, 1, 'splat'),
    ...lanes(33, 1, F64, 'extract_lane'),
    ...lanes(34, 2, V128, 'replace_lane'),
    ...vector(71, 2, FLOAT_COMPARISONS),
    ...vector(95, 1, 'promote_low_f32x4'),
    ...vector(116, 1, 'ceil floor'),
    ...vector(122, 1, 'trunc'),
    ...vector(148, 1, 'nearest'),
    ...vector(236, 1, 'abs neg - sqrt'),
    ...vector(240, 2, FLOAT_VECTOR),
    ...vector(254, 1, 'convert_low_i32x4_s convert_low_i32x4_u'),
  },
};
