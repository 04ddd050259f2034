import { FormatError, viewOf } from '../../loader/format-error.js';

/** What a program needs to be started (System V ABI 5, Program Loading and Dynamic Linking). */
export interface ProgramNeeds {
  /** Path of the dynamic linker; absent for a static program. */
  readonly interpreter?: string;
  /** Names of shared libraries, as DT_NEEDED has them. */
  readonly libraries: readonly string[];
  /** Folders to look for them in first, from DT_RPATH and DT_RUNPATH, with `$ORIGIN` as it stands. */
  readonly folders: readonly string[];
}

const machineArm = 40;
const segment = { load: 1, dynamic: 2, interpreter: 3 } as const;
const tag = { null: 0, needed: 1, stringTable: 5, rpath: 15, runpath: 29 } as const;
/** e_flags: the hard-float variant of the procedure call standard, and the soft-float one (ARM IHI 0044). */
const hardFloat = 0x400;
const softFloat = 0x200;

/** Reads the headers of an executable or a shared library for 32-bit Arm. @throws FormatError when it is none */
export function readProgram(bytes: Uint8Array): ProgramNeeds {
  try {
    return read(bytes);
  } catch (error) {
    if (error instanceof RangeError) throw new FormatError('it is truncated', { cause: error });
    throw error;
  }
}

function read(bytes: Uint8Array): ProgramNeeds {
  const view = viewOf(bytes);
  if (view.getUint32(0) !== 0x7f454c46) throw new FormatError('it is no ELF file');
  const machine = view.getUint16(18, bytes[5] === 1);
  if (bytes[4] !== 1 || bytes[5] !== 1 || machine !== machineArm) {
    throw new FormatError('it is not for little-endian 32-bit Arm: build it for armhf');
  }
  const type = view.getUint16(16, true);
  if (type !== 2 && type !== 3) throw new FormatError('it is not linked: it is an object or a core file');

  const table = view.getUint32(28, true);
  const entrySize = view.getUint16(42, true);
  const headers = Array.from({ length: view.getUint16(44, true) }, (_, i) => {
    const at = table + i * entrySize;
    return {
      type: view.getUint32(at, true),
      offset: view.getUint32(at + 4, true),
      address: view.getUint32(at + 8, true),
      size: view.getUint32(at + 16, true),
    };
  });
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const string = (at: number): string => {
    if (at >= text.length) throw new FormatError('it is truncated');
    return text.toString('utf8', at, text.indexOf(0, at));
  };
  const interpreter = headers.find((header) => header.type === segment.interpreter);
  const flags = view.getUint32(36, true);
  if (interpreter !== undefined && (flags & softFloat) !== 0 && (flags & hardFloat) === 0) {
    throw new FormatError('it is built for the soft-float ABI (armel): build it for armhf');
  }

  const tags: { tag: number; value: number }[] = [];
  const dynamic = headers.find((header) => header.type === segment.dynamic);
  if (dynamic !== undefined) {
    for (let at = dynamic.offset; at + 8 <= dynamic.offset + dynamic.size; at += 8) {
      const entry = { tag: view.getUint32(at, true), value: view.getUint32(at + 4, true) };
      if (entry.tag === tag.null) break;
      tags.push(entry);
    }
  }
  const strings = tags.find((entry) => entry.tag === tag.stringTable);
  const home = headers.find(
    ({ type: kind, address, size }) =>
      kind === segment.load &&
      strings !== undefined &&
      strings.value >= address &&
      strings.value < address + size,
  );
  const named = (wanted: number): string[] =>
    home === undefined
      ? []
      : tags
          .filter((entry) => entry.tag === wanted)
          .map(({ value }) => string(home.offset + strings!.value - home.address + value));
  return {
    ...(interpreter && { interpreter: string(interpreter.offset) }),
    libraries: named(tag.needed),
    folders: [...named(tag.rpath), ...named(tag.runpath)].flatMap((list) => list.split(':')),
  };
}
