/** Flattened device trees: reading and writing (Devicetree Specification v0.4 chapter 5, version 17). */

const MAGIC = 0xd00dfeed;
const VERSION = 17;
/** Oldest version that a version 17 blob is readable as, and the oldest one read here. */
const COMPATIBLE_VERSION = 16;
const HEADER_BYTES = 40;

const FDT_BEGIN_NODE = 1;
const FDT_END_NODE = 2;
const FDT_PROP = 3;
const FDT_NOP = 4;
const FDT_END = 9;

/** A node; a property's value is the bytes that it has in the blob. */
export interface FdtNode {
  /** With its unit address, such as `cpu@0`; empty for the root. */
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

/** A blob that is not a device tree, or is damaged. */
export class FdtError extends Error {
  override readonly name = 'FdtError';
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
    structure.string(node.name);
    structure.align(4);
    for (const [name, value] of node.properties) {
      let offset = stringOffsets.get(name);
      if (offset === undefined) {
        offset = strings.length;
        stringOffsets.set(name, offset);
        strings.string(name);
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

/** Reads a blob. @throws FdtError when it is not one, or is damaged. */
export function readFdt(blob: Uint8Array): Fdt {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  if (blob.length < HEADER_BYTES || view.getUint32(0) !== MAGIC) {
    throw new FdtError('not a device tree blob: it does not begin with d00dfeed');
  }
  const total = view.getUint32(4);
  if (total > blob.length) {
    throw new FdtError(`device tree is cut short: ${blob.length} of ${total} bytes`);
  }
  const lastCompatible = view.getUint32(24);
  if (view.getUint32(20) < COMPATIBLE_VERSION || lastCompatible > VERSION) {
    throw new FdtError(`device tree is of version ${view.getUint32(20)}, not 17`);
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
  throw new FdtError('device tree is damaged: the memory reservations do not end');
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
    if (this.#token() !== FDT_BEGIN_NODE) throw new FdtError('device tree is damaged: it has no root node');
    return this.#node();
  }

  /** The rest of a node whose FDT_BEGIN_NODE has been read. */
  #node(): FdtNode {
    const name = this.#stringAt(this.#position);
    this.#position += new TextEncoder().encode(name).length + 1;
    this.#align();
    const node: FdtNode = { name, properties: new Map(), children: [] };
    for (;;) {
      switch (this.#token()) {
        case FDT_PROP: {
          const length = this.#word();
          const key = this.#stringAt(this.#strings + this.#word());
          if (this.#position + length > this.#blob.length) {
            throw new FdtError(`device tree is damaged: property ${key} runs past its end`);
          }
          node.properties.set(key, this.#blob.slice(this.#position, this.#position + length));
          this.#position += length;
          this.#align();
          break;
        }
        case FDT_BEGIN_NODE:
          node.children.push(this.#node());
          break;
        case FDT_END_NODE:
          return node;
        default:
          throw new FdtError(`device tree is damaged: unexpected token in node ${name || '/'}`);
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
    if (this.#position + 4 > this.#blob.length)
      throw new FdtError('device tree is damaged: it ends too early');
    const word = this.#view.getUint32(this.#position);
    this.#position += 4;
    return word;
  }

  #align(): void {
    this.#position = (this.#position + 3) & ~3;
  }

  #stringAt(offset: number): string {
    const end = this.#blob.indexOf(0, offset);
    if (offset >= this.#blob.length || end < 0)
      throw new FdtError('device tree is damaged: a name does not end');
    return new TextDecoder().decode(this.#blob.subarray(offset, end));
  }
}

/** A growing array of bytes; words are big-endian. */
class ByteWriter {
  #data = new Uint8Array(1024);
  length = 0;

  bytes(bytes: Uint8Array): void {
    while (this.length + bytes.length > this.#data.length) {
      const larger = new Uint8Array(2 * this.#data.length);
      larger.set(this.#data);
      this.#data = larger;
    }
    this.#data.set(bytes, this.length);
    this.length += bytes.length;
  }

  word(value: number): void {
    this.bytes(new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value]));
  }

  string(text: string): void {
    this.bytes(new TextEncoder().encode(`${text}\0`));
  }

  align(to: number): void {
    while (this.length % to !== 0) this.bytes(new Uint8Array(1));
  }

  toBytes(): Uint8Array {
    return this.#data.slice(0, this.length);
  }
}
