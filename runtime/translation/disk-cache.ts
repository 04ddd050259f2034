import { join } from 'node:path';
import { PAGE_BYTES } from '../../jit/abi/tlb.js';
import {
  CacheFolder,
  type CacheLocation,
  cacheFiles,
  contentName,
  namesIn,
  removeCacheFile,
} from '../cache-file.js';
import type { MachineCodeStore } from './compile.js';
import { COVERAGE_WORDS, emptyCoverage } from './coverage.js';
import { canReplace, type PageRegion, type RegionStore } from './job.js';
import { hashPage } from './page-hash.js';

/** Bytes that the whole cache may take, and how many are left after trimming. */
const MOST_BYTES = 256 << 20;
const TRIMMED = 0.75;
const REGION_HEADER_BYTES = 10 + 4 * COVERAGE_WORDS;
const ENTRY_BYTES = 2;
const FILE_NAME = /^([0-9a-f]{14})\.page$/;
/** Every file of a cache, and what is left of one that was being written: nothing else is removed. */
const OWN_FILE = /^[0-9a-f]+\.(page|code|engine)(\.[0-9a-f]+)?$/;
/** What the files of engines hold. */
const SOUND = 'sound';
const UNSOUND = 'unsound';

interface Entry {
  readonly bytes: Uint8Array<ArrayBuffer>;
  regions: readonly PageRegion[];
}

export interface DiskCacheOptions {
  /** Bytes that the whole cache may take. */
  readonly mostBytes?: number;
  /** Is told, at most once, of a folder or file that is not to be believed. */
  readonly onDistrust?: (why: string) => void;
}

/**
 * Translated regions on disk: one file a page content, in a folder for each version of the translator. A file holds the page and
 * its regions; it counts only when the page is the same byte for byte. Beside them the machine code that the engine has made of
 * modules, and which engines that works with. Nothing here is needed: errors of the file system are as if the file were not there.
 */
export class DiskCache implements RegionStore, MachineCodeStore {
  takesMachineCode = false;
  readonly #root: string;
  readonly #files: CacheFolder;
  /** Pages in use, by hash; undefined: looked for in vain. */
  readonly #entries = new Map<number, Entry | undefined>();
  readonly #changed = new Set<number>();
  readonly #mostBytes: number;

  /** @param location of the cache, for all versions; @param version names the translator */
  constructor({ folder, key }: CacheLocation, version: string, options: DiskCacheOptions = {}) {
    this.#root = folder;
    this.#files = new CacheFolder(
      { folder: join(folder, version), key },
      `translations ${version}`,
      options.onDistrust,
    );
    this.#mostBytes = options.mostBytes ?? MOST_BYTES;
  }

  /** Pages held in memory, until {@link flush}. */
  get size(): number {
    return this.#entries.size;
  }

  /** Hashes of the pages that there are files for. */
  hashes(): number[] {
    return this.#files
      .names()
      .map((name) => FILE_NAME.exec(name)?.[1])
      .filter((hash) => hash !== undefined)
      .map((hash) => Number.parseInt(hash, 16));
  }

  find(bytes: Uint8Array): readonly PageRegion[] {
    return this.#entry(hashPage(bytes), bytes)?.regions ?? [];
  }

  add(bytes: Uint8Array<ArrayBuffer>, regions: readonly PageRegion[]): void {
    const hash = hashPage(bytes);
    let entry = this.#entry(hash, bytes);
    if (entry === undefined) {
      entry = { bytes, regions: [] };
      this.#entries.set(hash, entry);
    }
    entry.regions = [
      ...entry.regions.filter((old) => !regions.some((region) => canReplace(region, old))),
      ...regions,
    ];
    this.#changed.add(hash);
  }

  findCode(name: string): ArrayBuffer | undefined {
    const file = this.#files.read(codeFile(name));
    return file && Uint8Array.from(file).buffer;
  }

  addCode(name: string, code: ArrayBuffer): void {
    this.#write(() => this.#files.write(codeFile(name), new Uint8Array(code)));
  }

  /** Whether the engine takes machine code up again without harm. @returns undefined when that was never tried */
  engineIsSound(engine: string): boolean | undefined {
    const verdict = this.#files.read(engineFile(engine))?.toString();
    return verdict === undefined ? undefined : verdict === SOUND;
  }

  /** Keeps an answer for {@link engineIsSound}. */
  judgeEngine(engine: string, sound: boolean): void {
    this.#write(() => this.#files.write(engineFile(engine), Buffer.from(sound ? SOUND : UNSOUND)));
  }

  /** Writes what is new. */
  flush(): void {
    if (this.#changed.size > 0) {
      this.#write(() => {
        for (const hash of this.#changed) this.#files.write(pageFile(hash), encode(this.#entries.get(hash)!));
      });
    }
    this.#changed.clear();
    this.#entries.clear();
  }

  /** Removes the files that were not used for longest while there are too many, of other versions too. */
  trim(): void {
    const files = namesIn(this.#root).flatMap((version) => cacheFiles(join(this.#root, version), OWN_FILE));
    let total = files.reduce((sum, { size }) => sum + size, 0);
    if (total <= this.#mostBytes) return;
    files.sort((a, b) => a.used - b.used);
    for (const { path, size } of files) {
      if (total <= TRIMMED * this.#mostBytes) return;
      removeCacheFile(path);
      total -= size;
    }
  }

  /** Removes everything that this version has written. */
  clear(): void {
    this.#entries.clear();
    this.#changed.clear();
    for (const name of this.#files.names()) if (OWN_FILE.test(name)) this.#files.remove(name);
  }

  #write(write: () => void): void {
    try {
      write();
    } catch {
      // A full or read-only disk: this run goes on without.
    }
  }

  #entry(hash: number, bytes: Uint8Array): Entry | undefined {
    if (!this.#entries.has(hash)) {
      const file = this.#files.read(pageFile(hash));
      this.#entries.set(hash, file && decode(file));
    }
    const entry = this.#entries.get(hash);
    return entry !== undefined && Buffer.compare(entry.bytes, bytes) === 0 ? entry : undefined;
  }
}

function pageFile(hash: number): string {
  return `${hash.toString(16).padStart(14, '0')}.page`;
}

function codeFile(name: string): string {
  return `${name}.code`;
}

function engineFile(engine: string): string {
  return `${contentName(Buffer.from(engine))}.engine`;
}

/** Page; for each region numbers of entries and instructions, length of its code, whether it is for aligned accesses only, coverage, entries, code. Numbers are little-endian. */
function encode({ bytes, regions }: Entry): Buffer {
  const parts: Uint8Array[] = [bytes];
  for (const { entries, instructions, aligned, coverage, code } of regions) {
    const header = Buffer.alloc(REGION_HEADER_BYTES + ENTRY_BYTES * entries.length);
    header.writeUInt16LE(entries.length, 0);
    header.writeUInt16LE(instructions, 2);
    header.writeUInt32LE(code.length, 4);
    header.writeUInt16LE(aligned ? 1 : 0, 8);
    coverage.forEach((word, index) => {
      header.writeUInt32LE(word, 10 + 4 * index);
    });
    entries.forEach((entry, index) => {
      header.writeUInt16LE(entry, REGION_HEADER_BYTES + ENTRY_BYTES * index);
    });
    parts.push(header, code);
  }
  return Buffer.concat(parts);
}

/** @returns undefined for what {@link encode} does not make */
function decode(content: Buffer): Entry | undefined {
  try {
    return decodeWhole(content);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function decodeWhole(content: Buffer): Entry {
  const regions: PageRegion[] = [];
  for (let at = PAGE_BYTES; at < content.length; ) {
    const coverage = emptyCoverage();
    for (let index = 0; index < COVERAGE_WORDS; index++)
      coverage[index] = content.readUInt32LE(at + 10 + 4 * index);
    const count = content.readUInt16LE(at);
    const list = at + REGION_HEADER_BYTES;
    const entries = Array.from({ length: count }, (_, index) =>
      content.readUInt16LE(list + ENTRY_BYTES * index),
    );
    const code = list + ENTRY_BYTES * count;
    const end = code + content.readUInt32LE(at + 4);
    regions.push({
      entries,
      instructions: content.readUInt16LE(at + 2),
      aligned: content.readUInt16LE(at + 8) !== 0,
      coverage,
      code: Uint8Array.from(content.subarray(code, end)),
    });
    at = end;
  }
  return { bytes: Uint8Array.from(content.subarray(0, PAGE_BYTES)), regions };
}
