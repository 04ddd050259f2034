import { FormatError, hasMagic, viewOf } from './format-error.js';
import { alignUp, type Kernel, loadOffset, type PlacementOptions } from './kernel.js';
import { textOffsetOf } from './text-offset.js';

/** A kernel as plain machine code without a header: Linux's `Image`, or a bare-metal program. */

const ascii = (text: string): number[] => [...text].map((c) => c.charCodeAt(0));

/** Things that are given as a kernel by mistake: magic, offset, what to say. */
const foreign: readonly (readonly [readonly number[], number, string])[] = [
  [ascii('ARM\x64'), 0x38, 'it is a kernel for 64-bit Arm (arm64), not for 32-bit Arm'],
  [ascii('RSC\x05'), 0x38, 'it is a kernel for RISC-V, not for 32-bit Arm'],
  [ascii('HdrS'), 0x202, 'it is a kernel for x86 (bzImage), not for 32-bit Arm'],
  [[0xd0, 0x0d, 0xfe, 0xed], 0, 'it is a device tree or FIT image; give the kernel inside it, or use --dtb'],
  [ascii('!<arch>\n'), 0, 'it is a .deb or .a archive; unpack the kernel first'],
  [ascii('070701'), 0, 'it is an initramfs; give it with --initrd'],
  [ascii('070702'), 0, 'it is an initramfs; give it with --initrd'],
  [ascii('ustar'), 257, 'it is a tar archive; unpack the kernel first'],
  [ascii('#!'), 0, 'it is a script'],
  [ascii('MZ'), 0, 'it is a PE/EFI program, not a 32-bit Arm kernel'],
];

/** BSS is not in the file; Linux's is below this. */
const assumedBss = 2 << 20;

/** Says why `bytes` cannot be 32-bit Arm machine code. @throws FormatError */
export function rejectForeign(bytes: Uint8Array): void {
  for (const [magic, offset, message] of foreign) {
    if (hasMagic(bytes, magic, offset)) throw new FormatError(message);
  }
  // Start-up code is unconditional A32: condition AL in the top four bits of most words.
  const words = Math.min(8, bytes.length >>> 2);
  const view = viewOf(bytes);
  let unconditional = 0;
  for (let i = 0; i < words; i++) if (view.getUint8(i * 4 + 3) >>> 4 === 0xe) unconditional++;
  if (words === 0 || view.getUint8(3) >>> 4 !== 0xe || unconditional < words / 2) {
    throw new FormatError('it is no kernel for 32-bit Arm (zImage, Image, uImage or ELF)');
  }
}

/** Places raw code at `address`, or at RAM + TEXT_OFFSET, or where it is no Linux at RAM + `loadOffset`. */
export function loadRawImage(bytes: Uint8Array, options: PlacementOptions, address?: number): Kernel {
  const start = address ?? options.ramBase + (textOffsetOf(bytes) ?? loadOffset);
  return {
    format: 'Image',
    segments: [{ address: start, bytes }],
    entry: start,
    thumb: false,
    end: alignUp(start + bytes.length + assumedBss, 4096),
  };
}
