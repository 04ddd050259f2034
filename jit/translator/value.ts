/** Binaryen's types: their numbers are fixed, but the library has them only once it has started. */
export const Type = { NONE: 0, I32: 2, I64: 3, F32: 4, F64: 5, V128: 6 } as const;

/**
 * A guest value while code is being built: a constant, or a WebAssembly local that holds it. Binaryen's
 * expressions are trees, each used once; a value may be used any number of times.
 */
export class Value {
  /** The constant (signed 32 bits), when `local` is -1. */
  readonly constant: number;
  /** Index of the local, or -1. */
  readonly local: number;
  /** Type of the local, one of {@link Type}. A single may travel as F32, a double as I64 or F64. */
  readonly type: number;
  /** The value is that of the local `base` plus `displacement`: addresses near each other share a TLB look-up. */
  readonly base: number;
  readonly displacement: number;

  constructor(constant: number, local: number, type: number = Type.I32, base = local, displacement = 0) {
    this.constant = constant;
    this.local = local;
    this.type = type;
    this.base = base;
    this.displacement = displacement;
  }

  static constant(value: number): Value {
    return new Value(value | 0, -1);
  }

  static inLocal(local: number, type: number = Type.I32): Value {
    return new Value(0, local, type);
  }

  get isConstant(): boolean {
    return this.local < 0;
  }
}

/** Thrown by an operation that the translator does not express: the block ends before the instruction. */
export class NotTranslatable extends Error {}
