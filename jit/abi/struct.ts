/** Declares where things lie in linear memory: `{ NAME: bytes }` becomes `{ NAME: offset }`, in order. */
export type Offsets<T> = { readonly [K in keyof T]: number };

export interface Layout<T> {
  /** Byte offset of each field from the base of the structure. */
  readonly offsets: Offsets<T>;
  /** Size of the whole structure in bytes, a multiple of 16. */
  readonly size: number;
}

/**
 * Lays fields out one after another. A field is aligned to its own size, up to 16 bytes.
 * @param fields width of each field in bytes
 */
export function layout<const T extends Record<string, number>>(fields: T): Layout<T> {
  let offset = 0;
  const offsets: Record<string, number> = {};
  for (const [name, bytes] of Object.entries(fields)) {
    const alignment = bytes >= 16 ? 16 : bytes;
    offset = Math.ceil(offset / alignment) * alignment;
    offsets[name] = offset;
    offset += bytes;
  }
  // A copy with fast properties: keyed stores leave a dictionary, whose loads are never constant.
  return { offsets: { ...offsets } as Offsets<T>, size: Math.ceil(offset / 16) * 16 };
}
