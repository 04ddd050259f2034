import { ByteWriter } from './byte-writer.js';
import { TYPE_BYTES, ValueType } from './opcodes.js';

/** Types are those of {@link ValueType}; `result` may be NONE. */
export interface FunctionType {
  readonly parameters: readonly number[];
  readonly result: number;
}

export interface ImportedFunction {
  readonly name: string;
  /** Index among the function types. */
  readonly type: number;
}

/** What a module imports, from one other module: functions, a shared memory, a table. */
export interface ModuleImports {
  readonly module: string;
  readonly memory: string;
  /** Sizes in WebAssembly pages that the shared memory may have. */
  readonly leastPages: number;
  readonly mostPages: number;
  /** They have the first function indices. */
  readonly functions?: readonly ImportedFunction[];
  readonly table?: string;
}

const SECTION = { TYPE: 1, IMPORT: 2, FUNCTION: 3, EXPORT: 7, CODE: 10 } as const;
const FUNCTION_TYPE = 0x60;
const FUNCREF = 0x70;

/**
 * Puts functions together into a module (WebAssembly core specification 2.0, section 5.5).
 * @param functions entries of the code section as the assembler writes them, all of type 0; function n is exported as `n`
 */
export function link(
  types: readonly FunctionType[],
  imports: ModuleImports,
  functions: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const size = functions.reduce((sum, body) => sum + body.length, 0);
  const module = new ByteWriter(size + 16 * functions.length + 256);
  module.bytes([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
  section(module, SECTION.TYPE, (out) => {
    out.unsigned(types.length);
    for (const { parameters, result } of types) {
      out.byte(FUNCTION_TYPE);
      out.unsigned(parameters.length);
      for (const type of parameters) out.byte(TYPE_BYTES[type]);
      out.unsigned(result === ValueType.NONE ? 0 : 1);
      if (result !== ValueType.NONE) out.byte(TYPE_BYTES[result]);
    }
  });
  const { functions: imported = [], table } = imports;
  section(module, SECTION.IMPORT, (out) => {
    out.unsigned(imported.length + (table === undefined ? 1 : 2));
    for (const { name, type } of imported) {
      out.name(imports.module);
      out.name(name);
      out.byte(0x00);
      out.unsigned(type);
    }
    out.name(imports.module);
    out.name(imports.memory);
    // A memory that is shared and has a maximum.
    out.bytes([0x02, 0x03]);
    out.unsigned(imports.leastPages);
    out.unsigned(imports.mostPages);
    if (table === undefined) return;
    out.name(imports.module);
    out.name(table);
    // A table of at least one function.
    out.bytes([0x01, FUNCREF, 0x00, 0x01]);
  });
  section(module, SECTION.FUNCTION, (out) => {
    out.unsigned(functions.length);
    for (let index = 0; index < functions.length; index++) out.unsigned(0);
  });
  section(module, SECTION.EXPORT, (out) => {
    out.unsigned(functions.length);
    for (let index = 0; index < functions.length; index++) {
      out.name(String(index));
      out.byte(0x00);
      out.unsigned(imported.length + index);
    }
  });
  section(module, SECTION.CODE, (out) => {
    out.unsigned(functions.length);
    for (const body of functions) out.bytes(body);
  });
  return module.take();
}

function section(module: ByteWriter, id: number, write: (out: ByteWriter) => void): void {
  const content = new ByteWriter();
  write(content);
  module.byte(id);
  module.unsigned(content.length);
  module.bytes(content.view());
}
