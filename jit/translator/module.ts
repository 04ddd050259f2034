import { Assembler } from '../wasm/assembler.js';
import { type FunctionType, link } from '../wasm/linker.js';
import { ValueType } from '../wasm/opcodes.js';
import { buildDispatcher, DISPATCHER_LOCALS } from './dispatcher.js';
import { JUMP, returnTarget } from './jumps.js';
import { type PageContext, type PageReader, RegionBuilder } from './region.js';

/** What to translate: the instructions from `head` (offset in its page) on. */
export interface RegionRequest {
  readonly reader: PageReader;
  readonly head: number;
  /** Accesses that are not aligned to their size are left to the interpreter: see {@link RegionCode.aligned}. */
  readonly aligned?: boolean;
  readonly context?: PageContext;
}

/** Names that a module of regions imports, all from module `machine`: the memory and the dispatcher. The dispatcher's has the table. */
export const IMPORT_MODULE = 'machine';
export const IMPORT_MEMORY = 'memory';
export const IMPORT_JUMP = 'jump';
export const IMPORT_TABLE = 'table';

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

/** Function types of a module of regions; a region takes the vCPU's base and the interworking address of an entry. */
const TYPES: readonly FunctionType[] = [
  { parameters: [ValueType.I32, ValueType.I32], result: ValueType.NONE },
];
/** All that a 32-bit memory can have. */
const MOST_PAGES = 65536;

const IMPORTS = {
  module: IMPORT_MODULE,
  memory: IMPORT_MEMORY,
  leastPages: 1,
  mostPages: MOST_PAGES,
};
/** The assembler knows a function's type by its operands. */
const REGION_PARAMETERS = 0;

let assembler: Assembler | undefined;

/** @returns undefined when the first instruction is not translatable */
export function translateRegion({
  reader,
  head,
  aligned = false,
  context,
}: RegionRequest): RegionCode | undefined {
  assembler ??= new Assembler(TYPES, [JUMP]);
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
    { ...IMPORTS, functions: [IMPORT_JUMP] },
    regions.map(({ code }) => code),
  );
}

/**
 * Makes the module with what stands beside regions in the function table. It exports as `0` the dispatcher, and as `1` the function in
 * the place of a region that is no more: it returns at once.
 */
export function linkDispatcher(): Uint8Array<ArrayBuffer> {
  const assembler = new Assembler(TYPES);
  const { builder } = assembler;
  const dispatcher = assembler.finish(DISPATCHER_LOCALS, buildDispatcher(builder, REGION_PARAMETERS));
  const nothing = assembler.finish([], builder.block(null, returnTarget(builder)));
  return link(TYPES, { ...IMPORTS, table: IMPORT_TABLE }, [dispatcher, nothing]);
}
