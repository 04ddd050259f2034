/** Flattened device trees: reading and writing (Devicetree Specification v0.4 chapter 5, version 17). */

const MAGIC = 0xd00dfeed;
const VERSION = 17;
/** Oldest version that a version 17 blob is readable as, and the oldest one read here. */
const COMPATIBLE_VERSION = 16;
const HEADER_BYTES = 40;

/** Linux maps no more of one (arch/arm/mm/mmu.c: two sections, of 2 MiB with LPAE). */
export const MAX_FDT_BYTES = 4 << 20;
/** Nodes in one another: FDT_MAX_DEPTH of Linux's drivers/of/fdt.c. */
const MAX_DEPTH = 64;
/** Bytes of a name. The specification has 31 (2.2.1, 2.2.4.1), which real trees do not keep to. */
const MAX_NAME_BYTES = 255;

const FDT_BEGIN_NODE = 1;
const FDT_END_NODE = 2;
const FDT_PROP = 3;
const FDT_NOP = 4;
const FDT_END = 9;

/** A node; a property's value is the bytes that it has in the blob. */
export interface FdtNode {
  /** With its unit address, such as `cpu@0`; empty for the root. A character stands for a byte, as in names of properties. */
  name: string;
  properties: Map<string, Uint8Array>;
  children: FdtNode[];
}

export interface Fdt {
  root: FdtNode;
  /** The memory reservation block as it is, 16 bytes an entry, without the one of zeros that ends it. */
  reservations: Uint8Array;
  bootCpuId: number;
}

/** A value as one writes it: cells of 32 bits, one string, several, raw bytes, or `true` for an empty property. */
export type FdtValue = number | readonly number[] | string | readonly string[] | Uint8Array | true;

/** A blob that is not a device tree, or is damaged. The message goes on after what the blob is to the user. */
export class FdtError extends Error {
  override readonly name = 'FdtError';
}

/** Whether `bytes` begins as a blob does. */
export function isFdt(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER_BYTES && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) === MAGIC;
}

/** Makes a node from plain values. */
export function fdtNode(
  name: string,
  properties: Record<string, FdtValue>,
  children: FdtNode[] = [],
): FdtNode {
  const node: FdtNode = { name, properties: new Map(), children };
  for (const [key, value] of Object.entries(properties)) setProperty(node, key, value);
  return node;
}

/** Sets a property, or replaces it. */
export function setProperty(node: FdtNode, name: string, value: FdtValue): void {
  node.properties.set(name, encode(value));
}

/** The child of that name, unit address included. */
export function childNamed(node: FdtNode, name: string): FdtNode | undefined {
  return node.children.find((child) => child.name === name);
}

/** The node of a path such as `/cpus/cpu@0`. */
export function nodeAt(root: FdtNode, path: string): FdtNode | undefined {
  let node: FdtNode | undefined = root;
  for (const name of path.split('/').filter((part) => part !== '')) {
    node = node && childNamed(node, name);
  }
  return node;
}

/** A property's value as cells. */
export function cellsOf(node: FdtNode, name: string): number[] | undefined {
  const value = node.properties.get(name);
  if (!value) return undefined;
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return Array.from({ length: value.byteLength >>> 2 }, (_, i) => view.getUint32(4 * i));
}

/** A property's value as strings. */
export function stringsOf(node: FdtNode, name: string): string[] | undefined {
  const value = node.properties.get(name);
  return value && new TextDecoder().decode(value).replace(/\0$/, '').split('\0');
}

function encode(value: FdtValue): Uint8Array {
  if (value === true) return new Uint8Array(0);
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return new TextEncoder().encode(`${value}\0`);
  const list = typeof value === 'number' ? [value] : value;
  if (typeof list[0] === 'string') return new TextEncoder().encode(list.map((s) => `${s}\0`).join(''));
  const bytes = new Uint8Array(4 * list.length);
  const view = new DataView(bytes.buffer);
  (list as readonly number[]).forEach((cell, i) => {
    view.setUint32(4 * i, cell);
  });
  return bytes;
}

/** Writes a blob. */
export function writeFdt(fdt: Fdt): Uint8Array {
  const structure = new ByteWriter();
  const strings = new ByteWriter();
  const stringOffsets = new Map<string, number>();
  const writeNode = (node: FdtNode): void => {
    structure.word(FDT_BEGIN_NODE);
    structure.name(node.name);
    structure.align(4);
    for (const [name, value] of node.properties) {
      let offset = stringOffsets.get(name);
      if (offset === undefined) {
        offset = strings.length;
        stringOffsets.set(name, offset);
        strings.name(name);
      }
      structure.word(FDT_PROP);
      structure.word(value.length);
      structure.word(offset);
      structure.bytes(value);
      structure.align(4);
    }
    node.children.forEach(writeNode);
    structure.word(FDT_END_NODE);
  };
  writeNode(fdt.root);
  structure.word(FDT_END);

  const reservationOffset = HEADER_BYTES;
  const structureOffset = reservationOffset + fdt.reservations.length + 16;
  const stringsOffset = structureOffset + structure.length;
  const total = stringsOffset + strings.length;
  const out = new ByteWriter();
  for (const word of [
    MAGIC,
    total,
    structureOffset,
    stringsOffset,
    reservationOffset,
    VERSION,
    COMPATIBLE_VERSION,
    fdt.bootCpuId,
    strings.length,
    structure.length,
  ]) {
    out.word(word);
  }
  out.bytes(fdt.reservations);
  out.bytes(new Uint8Array(16));
  out.bytes(structure.toBytes());
  out.bytes(strings.toBytes());
  return out.toBytes();
}

/** Reads a blob; bytes after it are ignored. @throws FdtError when it is not one, or is damaged. */
export function readFdt(blob: Uint8Array): Fdt {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  if (!isFdt(blob)) {
    throw new FdtError('it is no device tree blob (it does not begin with d00dfeed); compile it with dtc');
  }
  const total = view.getUint32(4);
  if (total > MAX_FDT_BYTES) {
    throw new FdtError(`it has ${total} bytes, and none is larger than ${MAX_FDT_BYTES >> 20} MiB`);
  }
  if (total < HEADER_BYTES || total > blob.length) {
    throw new FdtError(`it is truncated: its header says ${total} bytes, the file has ${blob.length}`);
  }
  const lastCompatible = view.getUint32(24);
  if (view.getUint32(20) < COMPATIBLE_VERSION || lastCompatible > VERSION) {
    throw new FdtError(`it is a device tree of version ${view.getUint32(20)}, not 17`);
  }
  const reader = new StructureReader(blob.subarray(0, total), view.getUint32(8), view.getUint32(12));
  return {
    root: reader.readRoot(),
    reservations: readReservations(blob.subarray(0, total), view.getUint32(16)),
    bootCpuId: view.getUint32(28),
  };
}

function readReservations(blob: Uint8Array, start: number): Uint8Array {
  for (let end = start; end + 16 <= blob.length; end += 16) {
    if (blob.subarray(end, end + 16).every((byte) => byte === 0)) return blob.slice(start, end);
  }
  throw new FdtError('it is damaged: the memory reservations do not end');
}

class StructureReader {
  readonly #blob: Uint8Array;
  readonly #view: DataView;
  readonly #strings: number;
  #position: number;

  constructor(blob: Uint8Array, structure: number, strings: number) {
    this.#blob = blob;
    this.#view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
    this.#position = structure;
    this.#strings = strings;
  }

  readRoot(): FdtNode {
    if (this.#token() !== FDT_BEGIN_NODE) throw new FdtError('it is damaged: it has no root node');
    return this.#node(1);
  }

  /** The rest of a node whose FDT_BEGIN_NODE has been read. */
  #node(depth: number): FdtNode {
    if (depth > MAX_DEPTH) throw new FdtError(`its nodes are nested more than ${MAX_DEPTH} deep`);
    const name = this.#nameAt(this.#position);
    this.#position += name.length + 1;
    this.#align();
    const node: FdtNode = { name, properties: new Map(), children: [] };
    for (;;) {
      switch (this.#token()) {
        case FDT_PROP: {
          const length = this.#word();
          const key = this.#nameAt(this.#strings + this.#word());
          if (this.#position + length > this.#blob.length) {
            throw new FdtError(`it is damaged: property ${key} runs past its end`);
          }
          // The first of a name is the one that libfdt and Linux find.
          if (!node.properties.has(key)) {
            node.properties.set(key, this.#blob.slice(this.#position, this.#position + length));
          }
          this.#position += length;
          this.#align();
          break;
        }
        case FDT_BEGIN_NODE:
          node.children.push(this.#node(depth + 1));
          break;
        case FDT_END_NODE:
          return node;
        default:
          throw new FdtError(`it is damaged: unexpected token in node ${name || '/'}`);
      }
    }
  }

  #token(): number {
    let token: number;
    do token = this.#word();
    while (token === FDT_NOP);
    return token;
  }

  #word(): number {
    if (this.#position + 4 > this.#blob.length) throw new FdtError('it is damaged: it ends too early');
    const word = this.#view.getUint32(this.#position);
    this.#position += 4;
    return word;
  }

  #align(): void {
    this.#position = (this.#position + 3) & ~3;
  }

  /** A character a byte, so that names of any bytes stay what they are. */
  #nameAt(offset: number): string {
    const bytes = this.#blob.subarray(offset, offset + MAX_NAME_BYTES + 1);
    const length = bytes.indexOf(0);
    if (length >= 0) return String.fromCharCode(...bytes.subarray(0, length));
    throw new FdtError(
      bytes.length > MAX_NAME_BYTES
        ? `a name in it is longer than ${MAX_NAME_BYTES} bytes`
        : 'it is damaged: a name does not end',
    );
  }
}

/** A growing array of bytes; words are big-endian. */
class ByteWriter {
  #data = new Uint8Array(1024);
  length = 0;

  bytes(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length);
    this.#data.set(bytes, at);
  }

  word(value: number): void {
    const at = this.#grow(4);
    this.#data[at] = value >>> 24;
    this.#data[at + 1] = value >>> 16;
    this.#data[at + 2] = value >>> 8;
    this.#data[at + 3] = value;
  }

  /** @returns where the `count` bytes begin that are added */
  #grow(count: number): number {
    const at = this.length;
    this.length += count;
    while (this.length > this.#data.length) {
      const larger = new Uint8Array(2 * this.#data.length);
      larger.set(this.#data);
      this.#data = larger;
    }
    return at;
  }

  /** A byte a character. */
  name(text: string): void {
    const at = this.#grow(text.length + 1);
    for (let i = 0; i < text.length; i++) this.#data[at + i] = text.charCodeAt(i);
  }

  /** @param to a power of two */
  align(to: number): void {
    this.#grow(-this.length & (to - 1));
  }

  toBytes(): Uint8Array {
    return this.#data.slice(0, this.length);
  }
}
