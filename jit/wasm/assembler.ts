import type binaryen from 'binaryen';
import { ByteWriter } from './byte-writer.js';
import type { FunctionType } from './linker.js';
import { OPCODES, type Opcode, TYPE_BYTES, ValueType } from './opcodes.js';

/** The part of Binaryen's module interface that builds expressions: what emitters are written against. */
export type ExpressionBuilder = binaryen.Module;
type Expression = binaryen.ExpressionRef;

/** Kinds of nodes. */
const Kind = {
  /** opcode, operands */
  PLAIN: 0,
  /** opcode, operands, log2 of the alignment, offset */
  MEMORY: 1,
  /** opcode, operands, lane */
  LANE: 2,
  /** opcode, operands, log2 of the alignment, offset, lane */
  MEMORY_LANE: 3,
  /** value */
  I32: 4,
  /** low word, high word */
  I64: 5,
  /** bits */
  F32: 6,
  /** low word, high word */
  F64: 7,
  /** four words */
  V128: 8,
  /** two operands, four words */
  SHUFFLE: 9,
  /** index */
  GET: 10,
  /** index, value */
  SET: 11,
  TEE: 12,
  /** children */
  SEQUENCE: 13,
  /** label, children */
  BLOCK: 14,
  /** label, body */
  LOOP: 15,
  /** condition, then, else or -1 */
  IF: 16,
  /** label, condition or -1 */
  BRANCH: 17,
  /** selector, default label, labels */
  SWITCH: 18,
  /** opcode, type, operands, index in the table */
  CALL: 19,
  /** opcode, function, operands */
  CALL_FUNCTION: 20,
} as const;

const { NONE, UNREACHABLE, I32, I64, F32, F64, V128 } = ValueType;
const ATOMIC = 0xfe_0000;
const LOCAL_SET = 0x21;
const LOCAL_TEE = 0x22;

/**
 * Writes WebAssembly functions. Its methods build expressions as those of a Binaryen module do, under the same names and
 * for the same arguments, so that the same emitter runs on either. It is many times faster, and
 * checks nothing: tests build the same code with Binaryen, and validate it there (docs/performance.md says why).
 *
 * An expression is the place of its node in one array of words; like Binaryen's, it is used once.
 */
export class Assembler {
  /** Nodes: kind, type << 8 and number of operands << 16, then what {@link Kind} says. Node 0 is an empty statement. */
  #nodes = new Int32Array(1 << 16);
  #length = 1;
  readonly #labels = new Map<string, number>();
  /** Labels around the code that is being written, the innermost last. */
  readonly #scopes: number[] = [];
  readonly #types: readonly FunctionType[];
  readonly #functions: readonly string[];
  readonly #body = new ByteWriter();
  /** The last local.set that was written: where it starts and ends, and its local. */
  #setAt = 0;
  #setEnd = -1;
  #setIndex = 0;

  /**
   * @param types the function types of the module that the functions will stand in, by index
   * @param functions names of the functions that it imports
   */
  constructor(types: readonly FunctionType[], functions: readonly string[] = []) {
    this.#types = types;
    this.#functions = functions;
    this.#nodes[0] = Kind.SEQUENCE;
    Object.assign(this, ...Object.keys(OPCODES).map((name) => ({ [name]: this.#namespace(name) })));
    Object.assign(this, { local: this.#locals(), atomic: { fence: () => this.#plain(ATOMIC + 3, NONE) } });
  }

  /** This, as emitters know it. */
  get builder(): ExpressionBuilder {
    return this as unknown as ExpressionBuilder;
  }

  // Statements

  block(label: string | null, children: readonly Expression[], type?: number): Expression {
    const last = children.length === 0 ? NONE : this.#typeOf(children[children.length - 1]);
    if (label === null) {
      const node = this.#node(Kind.SEQUENCE, type ?? last, children.length, children.length);
      for (let index = 0; index < children.length; index++) this.#nodes[node + 1 + index] = children[index];
      return node;
    }
    const node = this.#node(
      Kind.BLOCK,
      type ?? (last === UNREACHABLE ? NONE : last),
      children.length,
      children.length + 1,
    );
    this.#nodes[node + 1] = this.#label(label);
    for (let index = 0; index < children.length; index++) this.#nodes[node + 2 + index] = children[index];
    return node;
  }

  loop(label: string | null, body: Expression): Expression {
    const node = this.#node(Kind.LOOP, this.#typeOf(body), 0, 2);
    this.#nodes[node + 1] = label === null ? -1 : this.#label(label);
    this.#nodes[node + 2] = body;
    return node;
  }

  if(condition: Expression, then: Expression, otherwise?: Expression): Expression {
    const type = this.#typeOf(then);
    const joined = otherwise === undefined ? NONE : type === UNREACHABLE ? this.#typeOf(otherwise) : type;
    const node = this.#node(Kind.IF, joined, 0, 3);
    this.#nodes[node + 1] = condition;
    this.#nodes[node + 2] = then;
    this.#nodes[node + 3] = otherwise ?? -1;
    return node;
  }

  br(label: string, condition?: Expression): Expression {
    const node = this.#node(Kind.BRANCH, condition ? NONE : UNREACHABLE, 0, 2);
    this.#nodes[node + 1] = this.#label(label);
    this.#nodes[node + 2] = condition || -1;
    return node;
  }

  br_if(label: string, condition: Expression): Expression {
    return this.br(label, condition);
  }

  switch(labels: readonly string[], otherwise: string, selector: Expression): Expression {
    const node = this.#node(Kind.SWITCH, UNREACHABLE, labels.length, labels.length + 2);
    this.#nodes[node + 1] = selector;
    this.#nodes[node + 2] = this.#label(otherwise);
    labels.forEach((label, index) => {
      this.#nodes[node + 3 + index] = this.#label(label);
    });
    return node;
  }

  return(): Expression {
    return this.#plain(0x0f, UNREACHABLE);
  }

  nop(): Expression {
    return this.#plain(0x01, NONE);
  }

  unreachable(): Expression {
    return this.#plain(0x00, UNREACHABLE);
  }

  drop(value: Expression): Expression {
    return this.#plain(0x1a, NONE, value);
  }

  select(condition: Expression, ifTrue: Expression, ifFalse: Expression): Expression {
    return this.#plain(0x1b, this.#typeOf(ifTrue), ifTrue, ifFalse, condition);
  }

  call_indirect(
    _table: string,
    target: Expression,
    operands: readonly Expression[],
    _parameters: number,
    result: number,
  ) {
    return this.#call(0x11, target, operands, result, result);
  }

  return_call_indirect(
    _table: string,
    target: Expression,
    operands: readonly Expression[],
    _parameters: number,
    result: number,
  ): Expression {
    return this.#call(0x13, target, operands, result, UNREACHABLE);
  }

  call(name: string, operands: readonly Expression[], result: number): Expression {
    return this.#callFunction(0x10, name, operands, result);
  }

  return_call(name: string, operands: readonly Expression[], _result: number): Expression {
    return this.#callFunction(0x12, name, operands, UNREACHABLE);
  }

  #callFunction(opcode: number, name: string, operands: readonly Expression[], type: number): Expression {
    const node = this.#node(Kind.CALL_FUNCTION, type, operands.length, operands.length + 2);
    this.#nodes[node + 1] = opcode;
    this.#nodes[node + 2] = this.#functions.indexOf(name);
    operands.forEach((operand, index) => {
      this.#nodes[node + 3 + index] = operand;
    });
    return node;
  }

  #call(
    opcode: number,
    target: Expression,
    operands: readonly Expression[],
    result: number,
    type: number,
  ): Expression {
    const signature = this.#signature(
      operands.map((operand) => this.#typeOf(operand)),
      result,
    );
    const node = this.#node(Kind.CALL, type, operands.length, operands.length + 3);
    this.#nodes[node + 1] = opcode;
    this.#nodes[node + 2] = signature;
    this.#nodes[node + 3] = target;
    operands.forEach((operand, index) => {
      this.#nodes[node + 4 + index] = operand;
    });
    return node;
  }

  // Instructions

  #locals() {
    const access = (kind: number, type: number, index: number, value: Expression): Expression => {
      const node = this.#node(kind, type, 0, 2);
      this.#nodes[node + 1] = index;
      this.#nodes[node + 2] = value;
      return node;
    };
    return {
      get: (index: number, type: number) => access(Kind.GET, type, index, 0),
      set: (index: number, value: Expression) => access(Kind.SET, NONE, index, value),
      tee: (index: number, value: Expression, type: number) => access(Kind.TEE, type, index, value),
    };
  }

  #namespace(name: string): object {
    const namespace: Record<string, unknown> = this.#constants(name);
    for (const [key, opcode] of Object.entries(OPCODES[name])) {
      const [first, second] = key.split('.');
      if (second === undefined) namespace[first] = this.#builderOf(opcode);
      else namespace[first] = Object.assign(namespace[first] ?? {}, { [second]: this.#builderOf(opcode) });
    }
    if (name === 'i32')
      namespace.atomic = this.#atomics(
        I32,
        ['', '8', '16'],
        [0x10, 0x12, 0x13],
        [0x17, 0x19, 0x1a],
        [0, 2, 3],
      );
    if (name === 'i64') {
      namespace.atomic = this.#atomics(
        I64,
        ['', '8', '16', '32'],
        [0x11, 0x14, 0x15, 0x16],
        [0x18, 0x1b, 0x1c, 0x1d],
        [1, 4, 5, 6],
      );
    }
    return namespace;
  }

  #builderOf({ code, operands, result, immediate }: Opcode): unknown {
    switch (immediate) {
      case 'memory':
        return operands === 1
          ? (offset: number, align: number, at: Expression) => this.#access(code, result, offset, align, at)
          : (offset: number, align: number, at: Expression, value: Expression) =>
              this.#access(code, result, offset, align, at, value);
      case 'memory-lane':
        return (offset: number, align: number, lane: number, at: Expression, value: Expression) => {
          const node = this.#operation(Kind.MEMORY_LANE, code, result, 3, at, value);
          this.#nodes[node + 4] = Math.log2(align);
          this.#nodes[node + 5] = offset;
          this.#nodes[node + 6] = lane;
          return node;
        };
      case 'lane':
        return (vector: Expression, lane: number, value?: Expression) => {
          const node =
            value === undefined
              ? this.#operation(Kind.LANE, code, result, 1, vector)
              : this.#operation(Kind.LANE, code, result, 1, vector, value);
          this.#nodes[this.#length - 1] = lane;
          return node;
        };
      default:
        if (operands === 1) return (a: Expression) => this.#plain(code, result, a);
        if (operands === 2) return (a: Expression, b: Expression) => this.#plain(code, result, a, b);
        return (a: Expression, b: Expression, c: Expression) => this.#plain(code, result, a, b, c);
    }
  }

  #access(
    code: number,
    result: number,
    offset: number,
    align: number,
    a: Expression,
    b?: Expression,
    c?: Expression,
  ) {
    const node = this.#operation(Kind.MEMORY, code, result, 2, a, b, c);
    this.#nodes[this.#length - 2] = 31 - Math.clz32(align);
    this.#nodes[this.#length - 1] = offset;
    return node;
  }

  #atomics(
    type: number,
    widths: readonly string[],
    loads: readonly number[],
    stores: readonly number[],
    updates: readonly number[],
  ): object {
    const atomic: Record<string, unknown> = {};
    widths.forEach((width, index) => {
      const bytes = width === '' ? (type === I32 ? 4 : 8) : Number(width) / 8;
      const unsigned = width === '' ? '' : `${width}_u`;
      atomic[`load${unsigned}`] = (offset: number, at: Expression) =>
        this.#access(ATOMIC + loads[index], type, offset, bytes, at);
      atomic[`store${width}`] = (offset: number, at: Expression, value: Expression) =>
        this.#access(ATOMIC + stores[index], NONE, offset, bytes, at, value);
      const operations: Record<string, unknown> = {};
      ['add', 'sub', 'and', 'or', 'xor', 'xchg', 'cmpxchg'].forEach((name, operation) => {
        const code = ATOMIC + 0x1e + 7 * operation + updates[index];
        operations[name] = (offset: number, at: Expression, a: Expression, b?: Expression) =>
          this.#access(code, type, offset, bytes, at, a, b);
      });
      atomic[`rmw${unsigned}`] = operations;
    });
    return atomic;
  }

  #constants(namespace: string): Record<string, unknown> {
    switch (namespace) {
      case 'i32':
        return { const: (value: number) => this.#constant(Kind.I32, I32, value) };
      case 'i64':
        return {
          const: (value: number | bigint) => {
            const wide = BigInt(value);
            return this.#constant(
              Kind.I64,
              I64,
              Number(BigInt.asIntN(32, wide)),
              Number(BigInt.asIntN(32, wide >> 32n)),
            );
          },
        };
      case 'f32':
        return {
          const: (value: number) => this.#constant(Kind.F32, F32, words(new Float32Array([value]))[0]),
          const_bits: (bits: number) => this.#constant(Kind.F32, F32, bits),
        };
      case 'f64':
        return {
          const: (value: number) => {
            const [low, high] = words(new Float64Array([value]));
            return this.#constant(Kind.F64, F64, low, high);
          },
        };
      case 'v128':
        return {
          const: (bytes: ArrayLike<number>) => {
            const node = this.#node(Kind.V128, V128, 0, 4);
            this.#nodes.set(words(Uint8Array.from(bytes)), node + 1);
            return node;
          },
        };
      case 'i8x16':
        return {
          shuffle: (a: Expression, b: Expression, lanes: ArrayLike<number>) => {
            const node = this.#node(Kind.SHUFFLE, V128, 0, 6);
            this.#nodes[node + 1] = a;
            this.#nodes[node + 2] = b;
            this.#nodes.set(words(Uint8Array.from(lanes)), node + 3);
            return node;
          },
        };
      default:
        return {};
    }
  }

  #constant(kind: number, type: number, low: number, high = 0): Expression {
    const node = this.#node(kind, type, 0, 2);
    this.#nodes[node + 1] = low;
    this.#nodes[node + 2] = high;
    return node;
  }

  #plain(code: number, type: number, a?: Expression, b?: Expression, c?: Expression): Expression {
    return this.#operation(Kind.PLAIN, code, type, 0, a, b, c);
  }

  /** A node with an opcode and up to three operands, and room for immediates behind them. */
  #operation(
    kind: number,
    code: number,
    type: number,
    immediates: number,
    a?: Expression,
    b?: Expression,
    c?: Expression,
  ): Expression {
    const operands = a === undefined ? 0 : b === undefined ? 1 : c === undefined ? 2 : 3;
    const node = this.#node(kind, type, operands, 1 + operands + immediates);
    const nodes = this.#nodes;
    nodes[node + 1] = code;
    if (operands > 0) nodes[node + 2] = a!;
    if (operands > 1) nodes[node + 3] = b!;
    if (operands > 2) nodes[node + 4] = c!;
    return node;
  }

  #node(kind: number, type: number, operands: number, words: number): Expression {
    const node = this.#length;
    this.#length += words + 1;
    if (this.#length > this.#nodes.length) {
      const larger = new Int32Array(2 * this.#length);
      larger.set(this.#nodes);
      this.#nodes = larger;
    }
    this.#nodes[node] = kind | (type << 8) | (operands << 16);
    return node;
  }

  #typeOf(node: Expression): number {
    return (this.#nodes[node] >>> 8) & 0xff;
  }

  #label(name: string): number {
    let label = this.#labels.get(name);
    if (label === undefined) {
      label = this.#labels.size;
      this.#labels.set(name, label);
    }
    return label;
  }

  /** Index of a function type. */
  #signature(parameters: readonly number[], result: number): number {
    const index = this.#types.findIndex(
      (type) => type.result === result && type.parameters.join() === parameters.join(),
    );
    if (index < 0) throw new Error(`the module has no function type (${parameters.join()}) -> ${result}`);
    return index;
  }

  /**
   * Writes a function's entry in the code section, its size in front, and forgets all expressions.
   * @param locals types of the locals behind the parameters
   */
  finish(locals: readonly number[], code: Expression): Uint8Array<ArrayBuffer> {
    const body = this.#body;
    body.clear();
    this.#setEnd = -1;
    this.#writeLocals(locals);
    this.#write(code);
    body.byte(0x0b);
    this.discard();
    const entry = new ByteWriter(body.length + 5);
    entry.unsigned(body.length);
    entry.bytes(body.view());
    return entry.take();
  }

  /** Forgets all expressions. */
  discard(): void {
    this.#length = 1;
    this.#labels.clear();
  }

  #writeLocals(locals: readonly number[]): void {
    const runs: [count: number, type: number][] = [];
    for (const type of locals) {
      const last = runs.at(-1);
      if (last?.[1] === type) last[0]++;
      else runs.push([1, type]);
    }
    this.#body.unsigned(runs.length);
    for (const [count, type] of runs) {
      this.#body.unsigned(count);
      this.#body.byte(TYPE_BYTES[type]);
    }
  }

  #write(node: Expression): void {
    const nodes = this.#nodes;
    const out = this.#body;
    const header = nodes[node];
    const operands = header >>> 16;
    switch (header & 0xff) {
      case Kind.PLAIN:
        for (let index = 0; index < operands; index++) this.#write(nodes[node + 2 + index]);
        this.#opcode(nodes[node + 1]);
        if (nodes[node + 1] === ATOMIC + 3) out.byte(0);
        break;
      case Kind.MEMORY:
      case Kind.MEMORY_LANE: {
        const immediates = node + 2 + operands;
        for (let index = 0; index < operands; index++) this.#write(nodes[node + 2 + index]);
        this.#opcode(nodes[node + 1]);
        out.unsigned(nodes[immediates]);
        out.unsigned(nodes[immediates + 1]);
        if ((header & 0xff) === Kind.MEMORY_LANE) out.byte(nodes[immediates + 2]);
        break;
      }
      case Kind.LANE:
        for (let index = 0; index < operands; index++) this.#write(nodes[node + 2 + index]);
        this.#opcode(nodes[node + 1]);
        out.byte(nodes[node + 2 + operands]);
        break;
      case Kind.I32:
        out.byte(0x41);
        out.signed(nodes[node + 1]);
        break;
      case Kind.I64:
        out.byte(0x42);
        out.signed64((BigInt(nodes[node + 2]) << 32n) | BigInt(nodes[node + 1] >>> 0));
        break;
      case Kind.F32:
        out.byte(0x43);
        out.word(nodes[node + 1]);
        break;
      case Kind.F64:
        out.byte(0x44);
        out.word(nodes[node + 1]);
        out.word(nodes[node + 2]);
        break;
      case Kind.V128:
        this.#opcode(0xfd_000c);
        for (let index = 1; index <= 4; index++) out.word(nodes[node + index]);
        break;
      case Kind.SHUFFLE:
        this.#write(nodes[node + 1]);
        this.#write(nodes[node + 2]);
        this.#opcode(0xfd_000d);
        for (let index = 3; index <= 6; index++) out.word(nodes[node + index]);
        break;
      case Kind.GET:
        this.#writeGet(nodes[node + 1]);
        break;
      case Kind.SET:
        this.#write(nodes[node + 2]);
        this.#setAt = out.length;
        out.byte(LOCAL_SET);
        out.unsigned(nodes[node + 1]);
        this.#setEnd = out.length;
        this.#setIndex = nodes[node + 1];
        break;
      case Kind.TEE:
        this.#write(nodes[node + 2]);
        out.byte(LOCAL_TEE);
        out.unsigned(nodes[node + 1]);
        break;
      default:
        this.#writeControl(node);
    }
  }

  /** Reading the local that was set just before is one `local.tee`. */
  #writeGet(index: number): void {
    const out = this.#body;
    if (out.length === this.#setEnd && index === this.#setIndex) {
      out.patch(this.#setAt, LOCAL_TEE);
      this.#setEnd = -1;
      return;
    }
    out.byte(0x20);
    out.unsigned(index);
  }

  #writeControl(node: Expression): void {
    const nodes = this.#nodes;
    const out = this.#body;
    const header = nodes[node];
    const operands = header >>> 16;
    const type = (header >>> 8) & 0xff;
    switch (header & 0xff) {
      case Kind.SEQUENCE:
        for (let index = 0; index < operands; index++) this.#write(nodes[node + 1 + index]);
        return;
      case Kind.BLOCK:
        this.#open(0x02, type, nodes[node + 1]);
        for (let index = 0; index < operands; index++) this.#write(nodes[node + 2 + index]);
        this.#close(type);
        return;
      case Kind.LOOP:
        this.#open(0x03, type, nodes[node + 1]);
        this.#write(nodes[node + 2]);
        this.#close(type);
        return;
      case Kind.IF:
        this.#write(nodes[node + 1]);
        this.#open(0x04, type, -1);
        this.#write(nodes[node + 2]);
        if (nodes[node + 3] >= 0) {
          out.byte(0x05);
          this.#write(nodes[node + 3]);
        }
        this.#close(type);
        return;
      case Kind.BRANCH:
        if (nodes[node + 2] >= 0) this.#write(nodes[node + 2]);
        out.byte(nodes[node + 2] >= 0 ? 0x0d : 0x0c);
        out.unsigned(this.#depth(nodes[node + 1]));
        return;
      case Kind.SWITCH:
        this.#write(nodes[node + 1]);
        out.byte(0x0e);
        out.unsigned(operands);
        for (let index = 0; index < operands; index++) out.unsigned(this.#depth(nodes[node + 3 + index]));
        out.unsigned(this.#depth(nodes[node + 2]));
        return;
      case Kind.CALL:
        for (let index = 0; index < operands; index++) this.#write(nodes[node + 4 + index]);
        this.#write(nodes[node + 3]);
        out.byte(nodes[node + 1]);
        out.unsigned(nodes[node + 2]);
        out.unsigned(0);
        return;
      case Kind.CALL_FUNCTION:
        for (let index = 0; index < operands; index++) this.#write(nodes[node + 3 + index]);
        out.byte(nodes[node + 1]);
        out.unsigned(nodes[node + 2]);
    }
  }

  #open(opcode: number, type: number, label: number): void {
    this.#body.byte(opcode);
    this.#body.byte(TYPE_BYTES[type]);
    this.#scopes.push(label);
  }

  #close(type: number): void {
    this.#body.byte(0x0b);
    this.#scopes.pop();
    // Behind a statement that never ends anything may follow, a value's consumer too.
    if (type === UNREACHABLE) this.#body.byte(0x00);
  }

  #depth(label: number): number {
    const scope = this.#scopes.lastIndexOf(label);
    if (scope < 0) throw new Error('a branch to a label that is not around it');
    return this.#scopes.length - 1 - scope;
  }

  #opcode(code: number): void {
    if (code > 0xff) {
      this.#body.byte(code >>> 16);
      this.#body.unsigned(code & 0xffff);
    } else {
      this.#body.byte(code);
    }
  }
}

function words(values: ArrayBufferView): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.byteLength / 4);
}
