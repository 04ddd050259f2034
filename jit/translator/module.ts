import { Assembler } from '../wasm/assembler.js';
import { type FunctionType, type ImportedFunction, link } from '../wasm/linker.js';
import { ValueType } from '../wasm/opcodes.js';
import { DISPATCHER_LOCALS, Dispatcher, FIND, STEP } from './dispatcher.js';
import { CHANGE_MODE, JUMP, LEAVE } from './jumps.js';
import type { PageReader } from './page-reader.js';
import { type PageContext, RegionBuilder } from './region.js';

/** What to translate: the instructions from `head` (offset in its page) on. */
export interface RegionRequest {
  readonly reader: PageReader;
  readonly head: number;
  /** Accesses that are not aligned to their size are left to the interpreter: see {@link RegionCode.aligned}. */
  readonly aligned?: boolean;
  readonly context?: PageContext;
}

/**
 * Names that modules import, all from module `machine`: regions the memory and the dispatcher's functions; the dispatcher the memory, the
 * table and the interpreter's.
 */
export const IMPORT_MODULE = 'machine';
export const IMPORT_MEMORY = 'memory';
export const IMPORT_TABLE = 'table';
export const IMPORT_JUMP = JUMP;
export const IMPORT_LEAVE = LEAVE;
export const IMPORT_CHANGE_MODE = CHANGE_MODE;
export const IMPORT_FIND = FIND;
export const IMPORT_STEP = STEP;

/** A translated region: its function, which stands in any module of regions. */
export interface RegionCode {
  /** An entry of the code section. */
  readonly code: Uint8Array<ArrayBuffer>;
  /** Offsets in the page at which it can be entered, the head first. */
  readonly entries: readonly number[];
  /** Number of guest instructions. */
  readonly instructions: number;
  /** It may run while unaligned accesses fault (SCTLR.A, HSCTLR.A, or memory that is not Normal); others may not. */
  readonly aligned: boolean;
}

/** Function types. A region takes the vCPU's base and the interworking address of an entry; the interpreter says where it has come to. */
const REGION_TYPE = 0;
const INTERPRETER_TYPE = 1;
const TYPES: readonly FunctionType[] = [
  { parameters: [ValueType.I32, ValueType.I32], result: ValueType.NONE },
  { parameters: [], result: ValueType.I32 },
];
const REGION_FUNCTIONS: readonly ImportedFunction[] = [
  { name: JUMP, type: REGION_TYPE },
  { name: LEAVE, type: REGION_TYPE },
  { name: CHANGE_MODE, type: REGION_TYPE },
];
const DISPATCHER_FUNCTIONS: readonly ImportedFunction[] = [
  { name: FIND, type: INTERPRETER_TYPE },
  { name: STEP, type: INTERPRETER_TYPE },
];
/** All that a 32-bit memory can have. */
const MOST_PAGES = 65536;

const IMPORTS = {
  module: IMPORT_MODULE,
  memory: IMPORT_MEMORY,
  leastPages: 1,
  mostPages: MOST_PAGES,
};
/** In place of Binaryen's type: the assembler knows a function's type by its operands. */
const REGION_PARAMETERS = 0;

let assembler: Assembler | undefined;

/** @returns undefined when the first instruction is not translatable */
export function translateRegion({
  reader,
  head,
  aligned = false,
  context,
}: RegionRequest): RegionCode | undefined {
  assembler ??= new Assembler(TYPES, names(REGION_FUNCTIONS));
  const region = new RegionBuilder(assembler.builder, reader, aligned, context).build(head);
  if (region === undefined) {
    assembler.discard();
    return undefined;
  }
  const { entries, instructions } = region;
  return { code: assembler.finish(region.locals, region.code), entries, instructions, aligned };
}

/** Makes a module of regions: number n is exported as `n`. It fits shared memories of any size. */
export function linkRegions(regions: readonly RegionCode[]): Uint8Array<ArrayBuffer> {
  return link(
    TYPES,
    { ...IMPORTS, functions: REGION_FUNCTIONS },
    regions.map(({ code }) => code),
  );
}

/**
 * Makes the dispatcher's module. It exports as `0` the jump, as `1` the way out of a region, as `2` the change of mode, and as `3` the
 * function in the place of a region that is no more: the interpreter goes on.
 */
export function linkDispatcher(): Uint8Array<ArrayBuffer> {
  const assembler = new Assembler(TYPES, names(DISPATCHER_FUNCTIONS));
  const dispatcher = new Dispatcher(assembler.builder, REGION_PARAMETERS);
  const functions = [
    assembler.finish(DISPATCHER_LOCALS, dispatcher.jump()),
    assembler.finish(DISPATCHER_LOCALS, dispatcher.leave()),
    assembler.finish(DISPATCHER_LOCALS, dispatcher.changeMode()),
    assembler.finish(DISPATCHER_LOCALS, dispatcher.interpret()),
  ];
  return link(TYPES, { ...IMPORTS, functions: DISPATCHER_FUNCTIONS, table: IMPORT_TABLE }, functions);
}

function names(functions: readonly ImportedFunction[]): string[] {
  return functions.map(({ name }) => name);
}
