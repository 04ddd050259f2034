import { FormatError, hasMagic, viewOf } from './format-error.js';
import { type Kernel, type PlacementOptions, type Segment, unpackLimits } from './kernel.js';

/** ELF32 for Arm (ARM IHI 0044, System V ABI chapters 4 and 5): a `vmlinux` or a bare-metal program. */

const elfMagic = [0x7f, 0x45, 0x4c, 0x46];
const machineArm = 40;
const typeExecutable = 2;
const typeShared = 3;
const segmentLoad = 1;

/** The machines a user is likely to mix up with ours, by e_machine. */
const machines: Readonly<Record<number, string>> = {
  2: 'SPARC',
  3: 'x86',
  8: 'MIPS',
  20: 'PowerPC',
  21: 'PowerPC 64',
  22: 's390',
  42: 'SuperH',
  43: 'SPARC 64',
  62: 'x86-64',
  183: 'AArch64',
  189: 'MicroBlaze',
  243: 'RISC-V',
  258: 'LoongArch',
};

export function isElf(bytes: Uint8Array): boolean {
  return hasMagic(bytes, elfMagic);
}

/** Places the loadable segments at their physical addresses. @throws FormatError */
export function loadElf(bytes: Uint8Array, options: PlacementOptions): Kernel {
  if (bytes.length < 52) throw new FormatError('it is truncated: the ELF header is cut short');
  const view = viewOf(bytes);
  const little = bytes[5] === 1;
  const machine = view.getUint16(18, little);
  if (machine !== machineArm) {
    const name = machines[machine] ?? `e_machine ${machine}`;
    throw new FormatError(`it is an ELF file for ${name}, not for 32-bit Arm`);
  }
  if (bytes[4] !== 1) throw new FormatError('it is a 64-bit ELF file, not one for 32-bit Arm');
  if (!little) throw new FormatError('it is a big-endian ELF file; only little-endian ones are supported');
  const type = view.getUint16(16, true);
  if (type !== typeExecutable && type !== typeShared) {
    throw new FormatError('it is an ELF file that is not linked (an object or a core file)');
  }

  const headers = loadHeaders(bytes);
  // Their memory is made here, zeros and all.
  const total = headers.reduce((sum, { memorySize }) => sum + memorySize, 0);
  const { maxBytes } = unpackLimits(options);
  if (total > maxBytes) {
    throw new FormatError(
      `its segments take ${Math.ceil(total / 2 ** 20)} MiB, which do not fit the guest's memory (--memory)`,
    );
  }
  const delta = physicalDelta(headers, options);
  const segments: Segment[] = headers.map((h) => {
    const content = new Uint8Array(h.memorySize);
    content.set(bytes.subarray(h.offset, h.offset + h.fileSize));
    return { address: h.physical + delta, bytes: content };
  });

  const entry = view.getUint32(24, true);
  const thumb = (entry & 1) !== 0;
  const pc = (entry & ~1) >>> 0;
  const home = headers.find((h) => pc >= h.virtual && pc < h.virtual + h.memorySize);
  return {
    format: 'ELF',
    segments,
    entry: home === undefined ? pc : home.physical + delta + (pc - home.virtual),
    thumb,
    end: Math.max(...segments.map((s) => s.address + s.bytes.length)),
  };
}

interface Header {
  readonly offset: number;
  readonly virtual: number;
  readonly physical: number;
  readonly fileSize: number;
  readonly memorySize: number;
}

function loadHeaders(bytes: Uint8Array): Header[] {
  const view = viewOf(bytes);
  const table = view.getUint32(28, true);
  const entrySize = view.getUint16(42, true);
  const count = view.getUint16(44, true);
  if (count === 0 || entrySize < 32) throw new FormatError('it is an ELF file without program headers');
  if (table + count * entrySize > bytes.length)
    throw new FormatError('it is truncated: program headers are missing');
  const headers: Header[] = [];
  for (let i = 0; i < count; i++) {
    const at = table + i * entrySize;
    if (view.getUint32(at, true) !== segmentLoad) continue;
    const header: Header = {
      offset: view.getUint32(at + 4, true),
      virtual: view.getUint32(at + 8, true),
      physical: view.getUint32(at + 12, true),
      fileSize: view.getUint32(at + 16, true),
      memorySize: view.getUint32(at + 20, true),
    };
    if (header.memorySize === 0) continue;
    if (header.fileSize > header.memorySize)
      throw new FormatError('an ELF segment has more bytes than memory');
    if (header.memorySize > 2 ** 31) throw new FormatError('an ELF segment is larger than 2 GiB');
    if (header.offset + header.fileSize > bytes.length) {
      throw new FormatError('it is truncated: an ELF segment ends past the end of the file');
    }
    headers.push(header);
  }
  if (headers.length === 0) throw new FormatError('it is an ELF file with nothing to load');
  return headers;
}

/**
 * What to add to physical addresses. Linux's vmlinux has its virtual addresses there: its lowest segment, relative to the
 * 256 MiB that it lies in, then goes to the same place relative to RAM.
 */
function physicalDelta(headers: readonly Header[], options: PlacementOptions): number {
  const lowest = Math.min(...headers.map((h) => h.physical));
  if (lowest >= options.ramBase && lowest < options.ramBase + options.memory) return 0;
  const kernelSpace = lowest >= 0x8000_0000;
  return kernelSpace ? options.ramBase - lowest + (lowest % 0x1000_0000) : 0;
}
