import binaryen from 'binaryen';
import { describe, expect, it } from 'vitest';
import { Assembler, type ExpressionBuilder } from '../../jit/wasm/assembler.js';
import { type FunctionType, link } from '../../jit/wasm/linker.js';
import { OPCODES, type Opcode, ValueType } from '../../jit/wasm/opcodes.js';

const { NONE, I32, I64, F32, F64, V128 } = ValueType;
const TYPES: readonly FunctionType[] = [{ parameters: [I32, I32], result: NONE }];
const LOCALS = [I32, I64, F32, F64, V128];
/** A local of each type, behind the two parameters. */
const LOCAL_OF = new Map<number, number>(LOCALS.map((type, index) => [type, index + 2]));
const IMPORTS = {
  module: 'machine',
  memory: 'memory',
  leastPages: 1,
  mostPages: 65536,
  functions: [{ name: 'jump', type: 0 }],
  table: 'table',
};

type Build = (module: ExpressionBuilder) => number;

/** Binaryen's type declarations have not the parameter for features. */
const readBinary = (bytes: Uint8Array): binaryen.Module =>
  (binaryen.readBinary as (data: Uint8Array, features: number) => binaryen.Module)(
    bytes,
    binaryen.Features.All,
  );

/** The text of a function's body as Binaryen reads it from the assembler's module. */
function throughAssembler(build: Build): string {
  const assembler = new Assembler(TYPES, ['jump']);
  const code = assembler.finish(LOCALS, build(assembler.builder));
  const module = readBinary(link(TYPES, IMPORTS, [code]));
  expect(module.validate(), 'valid').toBe(1);
  const text = module.emitText();
  module.dispose();
  return text;
}

/** The same from a module that Binaryen builds. */
function throughBinaryen(build: Build): string {
  const parameters = binaryen.createType([I32, I32]);
  const module = new binaryen.Module();
  module.setFeatures(binaryen.Features.All);
  module.setMemory(1, 65536, null, [], true, false, '0');
  module.addMemoryImport('0', 'machine', 'memory', true);
  module.addTable('regions', 1, -1);
  module.addTableImport('regions', 'machine', 'table');
  module.addFunctionImport('jump', 'machine', 'jump', parameters, NONE);
  module.addFunction('0', parameters, NONE, LOCALS, build(module));
  module.addFunctionExport('0', '0');
  expect(module.validate(), 'valid').toBe(1);
  const again = readBinary(module.emitBinary());
  const text = again.emitText();
  module.dispose();
  again.dispose();
  return text;
}

function same(build: Build): void {
  expect(throughAssembler(build)).toBe(throughBinaryen(build));
}

// biome-ignore lint/suspicious/noExplicitAny: instructions are looked up by their names
type Instructions = any;

const valueTypes: Record<string, number> = { i32: I32, i64: I64, f32: F32, f64: F64 };

/** Types of an instruction's operands, from the rules by which instructions are named. */
function operandTypes(namespace: string, name: string, { operands, immediate }: Opcode): number[] {
  const own = valueTypes[namespace] ?? V128;
  if (immediate === 'memory') return [I32, own].slice(0, operands);
  if (immediate === 'memory-lane') return [I32, V128];
  const lane =
    namespace === 'i8x16' || namespace === 'i16x8' ? I32 : (valueTypes[namespace.split('x')[0]] ?? own);
  if (immediate === 'lane') return operands === 1 ? [V128] : [V128, lane];
  if (name === 'splat') return [lane];
  if (own === V128) return /^sh[lr]/.test(name) ? [V128, I32] : new Array(operands).fill(V128);
  const from = /\.(...)$/.exec(name)?.[1];
  if (from !== undefined) return [valueTypes[from]];
  if (name === 'reinterpret') return [{ i32: F32, i64: F64, f32: I32, f64: I64 }[namespace]!];
  if (name === 'wrap') return [I64];
  if (name === 'extend_s' || name === 'extend_u') return [I32];
  if (name === 'demote') return [F64];
  if (name === 'promote') return [F32];
  return new Array(operands).fill(own);
}

function buildInstruction(
  module: ExpressionBuilder,
  namespace: string,
  name: string,
  opcode: Opcode,
): number {
  const instructions = module as unknown as Record<string, Instructions>;
  const [first, second] = name.split('.');
  const build =
    second === undefined ? instructions[namespace][first] : instructions[namespace][first][second];
  const operands = operandTypes(namespace, name, opcode).map((type) =>
    module.local.get(LOCAL_OF.get(type)!, type),
  );
  const result = (() => {
    switch (opcode.immediate) {
      case 'memory':
        return build(300, 1, ...operands);
      case 'memory-lane':
        return build(300, 1, 1, ...operands);
      case 'lane':
        return build(operands[0], 1, ...operands.slice(1));
      default:
        return build(...operands);
    }
  })();
  return opcode.result === NONE ? result : module.drop(result);
}

describe('instructions are encoded as Binaryen encodes them', () => {
  for (const [namespace, opcodes] of Object.entries(OPCODES)) {
    it(namespace, () => {
      same((module) =>
        module.block(
          null,
          Object.entries(opcodes).map(([name, opcode]) => buildInstruction(module, namespace, name, opcode)),
        ),
      );
    });
  }

  it('has every instruction that Binaryen has', () => {
    const module = new binaryen.Module() as unknown as Record<string, Record<string, object>>;
    // What engines of this time do not have, or what is no instruction.
    const left = /^(const|const_bits|pop|add128|sub128|mul_wide_.|atomic|shuffle)$/;
    for (const [namespace, opcodes] of Object.entries(OPCODES)) {
      const names = Object.entries(module[namespace]).flatMap(([name, value]) =>
        typeof value === 'function' ? [name] : Object.keys(value).map((from) => `${name}.${from}`),
      );
      const wanted = names.filter((name) => !left.test(name.split('.')[0]));
      expect(Object.keys(opcodes).sort(), namespace).toEqual(wanted.sort());
    }
  });

  it('atomic instructions', () => {
    for (const namespace of ['i32', 'i64'] as const) {
      const type = valueTypes[namespace];
      const widths = namespace === 'i32' ? ['', '8', '16'] : ['', '8', '16', '32'];
      for (const width of widths) {
        const suffix = width === '' ? '' : `${width}_u`;
        const value = (module: ExpressionBuilder) => module.local.get(LOCAL_OF.get(type)!, type);
        const at = (module: ExpressionBuilder) => module.local.get(0, I32);
        const atomic = (module: ExpressionBuilder): Instructions => module[namespace].atomic;
        same((module) => module.drop(atomic(module)[`load${suffix}`](8, at(module))));
        same((module) => atomic(module)[`store${width}`](8, at(module), value(module)));
        for (const name of ['add', 'sub', 'and', 'or', 'xor', 'xchg']) {
          same((module) => module.drop(atomic(module)[`rmw${suffix}`][name](8, at(module), value(module))));
        }
        same((module) =>
          module.drop(atomic(module)[`rmw${suffix}`].cmpxchg(8, at(module), value(module), value(module))),
        );
      }
    }
    same((module) => module.atomic.fence());
  });
});

describe('constants', () => {
  const numbers = [0, 1, -1, 63, 64, -64, -65, 127, 128, 0x7fff_ffff, -0x8000_0000];

  it('of 32 and 64 bits', () => {
    for (const value of numbers) same((module) => module.drop(module.i32.const(value)));
    for (const value of [...numbers.map(BigInt), 1n << 40n, -(1n << 63n), (1n << 63n) - 1n, 0xffff_ffffn]) {
      same((module) => module.drop(module.i64.const(value)));
    }
  });

  it('of floating point', () => {
    for (const value of [0, -0, 1.5, Math.PI, Number.POSITIVE_INFINITY, 5e-324]) {
      same((module) => module.drop(module.f32.const(value)));
      same((module) => module.drop(module.f64.const(value)));
    }
  });

  it('of vectors, and shuffles', () => {
    const bytes = [...new Array(16).keys()].map((index) => (index * 37) & 31);
    same((module) => module.drop(module.v128.const(bytes)));
    const vector = (module: ExpressionBuilder) => module.local.get(LOCAL_OF.get(V128)!, V128);
    same((module) => module.drop(module.i8x16.shuffle(vector(module), vector(module), bytes)));
  });
});

describe('control', () => {
  const x = (module: ExpressionBuilder) => module.local.get(0, I32);

  it('blocks, loops and branches by label', () => {
    same((module) =>
      module.block('outer', [
        module.loop(
          'again',
          module.block(null, [
            module.if(x(module), module.br('outer')),
            module.block('inner', [module.br('inner', x(module)), module.br('again')]),
            module.local.set(1, x(module)),
          ]),
        ),
      ]),
    );
  });

  it('if with else, and as a value', () => {
    same((module) => module.if(x(module), module.local.set(1, x(module)), module.nop()));
    same((module) => module.local.set(1, module.if(x(module), module.i32.const(1), module.i32.const(2))));
  });

  it('a switch', () => {
    same((module) =>
      module.block('a', [
        module.block('b', [
          module.block('c', [module.switch(['a', 'b', 'c', 'a'], 'b', x(module))]),
          module.return(),
        ]),
      ]),
    );
  });

  it('select, and tail calls', () => {
    same((module) => module.return_call('jump', [x(module), x(module)], NONE));
    same((module) => module.local.set(1, module.select(x(module), module.i32.const(1), module.i32.const(2))));
    same((module) =>
      module.return_call_indirect(
        'regions',
        x(module),
        [x(module), x(module)],
        binaryen.createType([I32, I32]),
        NONE,
      ),
    );
  });

  it('a local that is read just after it was set becomes a tee', () => {
    const assembler = new Assembler(TYPES);
    const { builder } = assembler;
    const code = assembler.finish(
      [],
      builder.block(null, [
        builder.local.set(1, builder.i32.const(7)),
        builder.local.set(0, builder.local.get(1, I32)),
        builder.local.set(1, builder.local.get(1, I32)),
      ]),
    );
    // size, no locals, i32.const 7, local.tee 1, local.set 0, local.get 1, local.set 1, end
    expect([...code]).toEqual([12, 0, 0x41, 7, 0x22, 1, 0x21, 0, 0x20, 1, 0x21, 1, 0x0b]);
  });

  it('refuses a branch to a label that is not around it, and a type that the module has not', () => {
    const assembler = new Assembler(TYPES);
    const { builder } = assembler;
    expect(() => assembler.finish([], builder.br('nowhere'))).toThrow('label');
    expect(() =>
      builder.call_indirect('regions', builder.i32.const(0), [builder.i32.const(0)], I32, NONE),
    ).toThrow('function type');
  });
});
