import type { Random } from '../../conformance/random.js';

/** A kind of file that people give to hyperthumb, or that it keeps: good ones, and a way to use one. */
export interface FileKind {
  /**
   * Sound files, as many different ones as there are formats.
   * @param folder an empty one, to make them in
   */
  readonly samples: (folder: string) => readonly Buffer[] | Promise<readonly Buffer[]>;
  /**
   * Uses a file as the command line would. Resolves when it is taken, rejects with a `UserError` when it is refused; anything else is a defect.
   * @param folder an empty one, for this run alone
   */
  readonly use: (file: Buffer, folder: string, random: Random) => unknown;
  /** A file that is whole in its outer form (packing, JSON), and not so inside. */
  readonly inside?: (random: Random) => Buffer | Promise<Buffer>;
  /** Makes checksums and signatures right again after a mutation. */
  readonly reseal?: (file: Buffer) => Buffer;
}
