import type binaryen from 'binaryen';
import { PAGE_BYTES, PAGE_MASK, TlbEntry } from '../abi/tlb.js';
import type { EmissionTarget, RememberedPage } from './emission-target.js';
import { Local, NO_PAGE } from './locals.js';
import { getI32 } from './state-emitter.js';
import { tlbEntry, tlbTag } from './tlb-lookup.js';
import { Type, type Value } from './value.js';

type Expression = binaryen.ExpressionRef;

const SP = 13;

/** Where an access goes: the pointer and offset operands of a WebAssembly load or store. */
export interface Place {
  readonly at: Expression;
  readonly offset: number;
}

/** Accesses of one instruction that share a look-up: they lie in one page, or the region is left. */
interface Group {
  readonly tag: number;
  /** Address of the first access, the lowest. */
  readonly start: Value;
  readonly alignment: number;
  /** Bytes from `start` on. */
  bytes: number;
  /** Local with the place of `start` in linear memory. */
  readonly pointer: number;
  readonly leave: Expression;
  /** Where the page is remembered that the look-up has found. */
  readonly remembered: RememberedPage | undefined;
  /** Puts the check in front of the first access. */
  readonly check: (statement: Expression) => void;
}

/**
 * The inlined TLB look-up (design §4). The accesses of an instruction to addresses a constant apart are checked at
 * once: the check of the first one is built when the extent of all is known.
 */
export class MemoryEmitter {
  readonly #target: EmissionTarget;
  readonly #m: binaryen.Module;
  readonly #groups: Group[] = [];

  constructor(target: EmissionTarget) {
    this.#target = target;
    this.#m = target.module;
  }

  /** A new instruction. */
  begin(): void {
    this.#groups.length = 0;
  }

  /** The instruction's accesses are all known: fills the checks in. */
  finish(): void {
    for (const group of this.#groups) group.check(this.#check(group));
  }

  /**
   * A place to load from. The code built so far leaves the region when it is not plain memory.
   * @param alignment in bytes: the region is left when the address is not a multiple of it
   */
  load(address: Value, bytes: number, alignment: number): Place {
    return this.#access(address, bytes, alignment, TlbEntry.READ_TAG);
  }

  /** A place to store to (or to load from, too). */
  store(address: Value, bytes: number, alignment: number): Place {
    return this.#access(address, bytes, alignment, TlbEntry.WRITE_TAG);
  }

  /** Linear-memory byte offset of a place. */
  linear({ at, offset }: Place): Expression {
    const { i32 } = this.#m;
    return offset === 0 ? at : i32.add(at, i32.const(offset));
  }

  #access(address: Value, bytes: number, least: number, tag: number): Place {
    const alignment = this.#target.aligned ? Math.max(least, bytes) : least;
    for (const group of this.#groups) {
      const offset = address.displacement - group.start.displacement;
      if (group.tag !== tag || group.start.base !== address.base || address.isConstant) continue;
      if (offset < 0 || offset + bytes > PAGE_BYTES) continue;
      if (offset % alignment !== 0 || group.alignment < alignment) continue;
      group.bytes = Math.max(group.bytes, offset + bytes);
      return this.#place(group, offset);
    }
    const group = this.#open(address, bytes, alignment, tag);
    this.#groups.push(group);
    return this.#place(group, 0);
  }

  #place({ pointer }: Group, offset: number): Place {
    return { at: this.#m.local.get(pointer, Type.I32), offset };
  }

  #open(start: Value, bytes: number, alignment: number, tag: number): Group {
    const { i32, local } = this.#m;
    const target = this.#target;
    const pointer = target.temporary();
    const leave = target.leaveBefore();
    const check = target.reserve();
    const remembered = isOnStack(start) ? stackPage(tag) : target.loopPage();
    const addend = remembered ? local.get(remembered.addend, Type.I32) : this.#addend();
    target.push(local.set(pointer, i32.add(getI32(this.#m, start), addend)));
    return { tag, start, alignment, bytes, pointer, leave, remembered, check };
  }

  #check(group: Group): Expression {
    const { remembered } = group;
    if (remembered === undefined) return this.#lookUp(group);
    if (!isOnStack(group.start)) return this.#checkPage(group, remembered);
    this.#target.usesStackPage();
    const { local, i64 } = this.#m;
    // A page that is written can be read as well.
    return group.tag === TlbEntry.READ_TAG
      ? this.#checkPage(group, remembered, local.set(Local.STACK_WRITE, i64.const(NO_PAGE)))
      : this.#checkPage(group, remembered, local.set(Local.STACK_READ, this.#pageIn(Local.STACK_WRITE)));
  }

  /**
   * SP stays in a page for long, and so does what a loop reads and writes: the look-up is left out while it does. What it has found holds until the
   * region is left, since nothing in a region changes the TLB.
   * @param found what else is to be done behind a look-up
   */
  #checkPage(group: Group, remembered: RememberedPage, found?: Expression): Expression {
    const { i32, i64, local } = this.#m;
    const { start, alignment, bytes } = group;
    const address = () => getI32(this.#m, start);
    // The offset in the page, or more: the access is all in the page, or not.
    const offset = i64.xor(i64.extend_u(address()), this.#pageIn(remembered.page));
    const other = i64.gt_u(offset, i64.const(PAGE_BYTES - bytes));
    const unaligned = () => i32.and(address(), i32.const(alignment - 1));
    return this.#m.if(
      alignment === 1 ? other : i32.or(other, unaligned()),
      this.#m.block(null, [
        this.#lookUp(group),
        local.set(remembered.page, i64.extend_u(i32.and(address(), i32.const(PAGE_MASK)))),
        ...(found === undefined ? [] : [found]),
        local.set(remembered.addend, this.#addend()),
      ]),
    );
  }

  #pageIn(remembered: number): Expression {
    return this.#m.local.get(remembered, Type.I64);
  }

  /** Address of the last byte, or of another in its page: an access that crosses a page misses; one that is aligned cannot cross. */
  #last({ start, alignment, bytes }: Group): Expression {
    const { i32 } = this.#m;
    const address = getI32(this.#m, start);
    return bytes > alignment ? i32.add(address, i32.const(bytes - 1)) : address;
  }

  #addend(): Expression {
    const { i32, local } = this.#m;
    return i32.load(TlbEntry.ADDEND, 4, local.get(Local.ENTRY, Type.I32));
  }

  /** Leaves Local.ENTRY at the TLB entry's place. */
  #lookUp(group: Group): Expression {
    const { tag, start, alignment, leave } = group;
    const { i32, local } = this.#m;
    const address = () => getI32(this.#m, start);
    const entry = tlbEntry(this.#m, address);
    const found = i32.load(tag, 4, local.tee(Local.ENTRY, entry, Type.I32));
    const wanted = tlbTag(this.#m, this.#last(group));
    const miss =
      alignment === 1
        ? i32.ne(found, wanted)
        : i32.or(i32.xor(found, wanted), i32.and(address(), i32.const(alignment - 1)));
    return this.#m.if(miss, leave);
  }
}

function stackPage(tag: number): RememberedPage {
  const page = tag === TlbEntry.READ_TAG ? Local.STACK_READ : Local.STACK_WRITE;
  return { page, addend: Local.STACK_ADDEND };
}

function isOnStack(address: Value): boolean {
  return !address.isConstant && address.base === Local.REGISTER + SP;
}
