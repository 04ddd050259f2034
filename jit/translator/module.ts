import binaryen from 'binaryen';
import { type PageReader, REGION_PARAMETERS, RegionBuilder, TABLE } from './region.js';

/** What to translate: the instructions from `head` (offset in its page) on. */
export interface RegionRequest {
  readonly reader: PageReader;
  readonly head: number;
}

/** Names that a module of regions imports, all from module `machine`. */
export const IMPORT_MODULE = 'machine';
export const IMPORT_MEMORY = 'memory';
export const IMPORT_TABLE = 'table';

export interface TranslatedModule {
  /** The WebAssembly binary; region n of the request is exported as `n`. */
  readonly bytes: Uint8Array;
  /** Number of guest instructions in each region; 0 where nothing could be translated. */
  readonly instructions: readonly number[];
}

/** @param memoryPages size of linear memory in WebAssembly pages */
export function translate(requests: readonly RegionRequest[], memoryPages: number): TranslatedModule {
  const module = buildModule(requests, memoryPages);
  try {
    return { bytes: module.module.emitBinary(), instructions: module.instructions };
  } finally {
    module.module.dispose();
  }
}

/** As {@link translate}, in WebAssembly text: for tests and for reading. */
export function translateToText(requests: readonly RegionRequest[], memoryPages: number): string {
  const { module } = buildModule(requests, memoryPages);
  try {
    if (!module.validate()) throw new Error('the translator built an invalid module');
    return module.emitText();
  } finally {
    module.dispose();
  }
}

function buildModule(
  requests: readonly RegionRequest[],
  memoryPages: number,
): { module: binaryen.Module; instructions: number[] } {
  const parameters = binaryen.createType([binaryen.i32, binaryen.i32]);
  REGION_PARAMETERS.type = parameters;
  const module = new binaryen.Module();
  module.setFeatures(features());
  module.setMemory(memoryPages, memoryPages, null, [], true, false, '0');
  module.addMemoryImport('0', IMPORT_MODULE, IMPORT_MEMORY, true);
  module.addTable(TABLE, 1, -1);
  module.addTableImport(TABLE, IMPORT_MODULE, IMPORT_TABLE);
  const instructions = requests.map(({ reader, head }, index) => {
    const builder = new RegionBuilder(module, reader);
    const region = builder.build(head);
    if (region === undefined) return 0;
    const locals = new Array<binaryen.Type>(region.locals).fill(binaryen.i32);
    const name = String(index);
    module.addFunction(name, parameters, binaryen.none, locals, region.code);
    module.addFunctionExport(name, name);
    return region.instructions;
  });
  return { module, instructions };
}

/** WebAssembly as Node 20's engine has it; Binaryen knows encodings that are newer. */
function features(): number {
  const { Features } = binaryen;
  return (
    Features.Atomics |
    Features.MutableGlobals |
    Features.NontrappingFPToInt |
    Features.SIMD128 |
    Features.BulkMemory |
    Features.SignExt |
    Features.TailCall |
    Features.ReferenceTypes |
    Features.Multivalue
  );
}
