/**
 * A guest value while code is being built: a constant, or a WebAssembly local that holds it. Binaryen's
 * expressions are trees, each used once; a value may be used any number of times.
 */
export class Value {
  /** The constant (signed 32 bits), when `local` is -1. */
  readonly constant: number;
  /** Index of the local, or -1. */
  readonly local: number;

  constructor(constant: number, local: number) {
    this.constant = constant;
    this.local = local;
  }

  static constant(value: number): Value {
    return new Value(value | 0, -1);
  }

  static inLocal(local: number): Value {
    return new Value(0, local);
  }

  get isConstant(): boolean {
    return this.local < 0;
  }
}

/** Thrown by an operation that the translator does not express: the block ends before the instruction. */
export class NotTranslatable extends Error {}
