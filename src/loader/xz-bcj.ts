/**
 * The branch filters of xz for Arm code (liblzma simple/arm.c, simple/armthumb.c): the packer made the targets of BL absolute,
 * here they become relative to the PC again. In place; positions count from the start of the block.
 */

/** A32: the 24-bit word offset of BL (condition AL), at any word. */
export function unfilterArm(code: Uint8Array): void {
  for (let i = 0; i + 4 <= code.length; i += 4) {
    if (code[i + 3] !== 0xeb) continue;
    const target = (code[i] | (code[i + 1] << 8) | (code[i + 2] << 16)) << 2;
    const offset = (target - (i + 8)) >> 2;
    code[i] = offset;
    code[i + 1] = offset >> 8;
    code[i + 2] = offset >> 16;
  }
}

/** T32: the pair of halfwords of BL with its 22-bit halfword offset, at any halfword. */
export function unfilterArmThumb(code: Uint8Array): void {
  for (let i = 0; i + 4 <= code.length; i += 2) {
    if ((code[i + 1] & 0xf8) !== 0xf0 || (code[i + 3] & 0xf8) !== 0xf8) continue;
    const target =
      (((code[i + 1] & 7) << 19) | (code[i] << 11) | ((code[i + 3] & 7) << 8) | code[i + 2]) << 1;
    const offset = (target - (i + 4)) >> 1;
    code[i + 1] = 0xf0 | ((offset >> 19) & 7);
    code[i] = offset >> 11;
    code[i + 3] = 0xf8 | ((offset >> 8) & 7);
    code[i + 2] = offset;
    i += 2;
  }
}
