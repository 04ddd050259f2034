/** A file is not what its format asks for: truncated, damaged, of another kind. Has no file name; the caller adds it. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

/** A view for reading numbers at any offset. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Whether `bytes` has `magic` at `offset`. */
export function hasMagic(bytes: Uint8Array, magic: readonly number[] | Uint8Array, offset = 0): boolean {
  if (offset + magic.length > bytes.length) return false;
  for (let i = 0; i < magic.length; i++) if (bytes[offset + i] !== magic[i]) return false;
  return true;
}
