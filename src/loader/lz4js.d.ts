declare module 'lz4js' {
  interface Lz4 {
    /** Unpacks one raw block of `sLength` bytes at `sIndex`; returns the end index in `dst`. */
    decompressBlock(
      src: Uint8Array,
      dst: Uint8Array,
      sIndex: number,
      sLength: number,
      dIndex: number,
    ): number;
  }
  const lz4: Lz4;
  export default lz4;
}
