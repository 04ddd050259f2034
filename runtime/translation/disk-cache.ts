import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { PAGE_BYTES } from '../../jit/abi/tlb.js';
import { cacheFiles, namesIn, readCacheFile, removeCacheFile, writeCacheFile } from '../cache-file.js';
import { makeFolder } from '../make-folder.js';
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

interface Entry {
  readonly bytes: Uint8Array<ArrayBuffer>;
  regions: readonly PageRegion[];
}

/**
 * Translated regions on disk: one file a page content, in a folder for each version of the translator. A file holds the page and
 * its regions; it counts only when the page is the same byte for byte. Beside them the machine code that the engine has made of
 * modules. Nothing here is needed: errors of the file system are as if the file were not there.
 */
export class DiskCache implements RegionStore, MachineCodeStore {
  readonly #root: string;
  readonly #folder: string;
  /** Pages in use, by hash; undefined: looked for in vain. */
  readonly #entries = new Map<number, Entry | undefined>();
  readonly #changed = new Set<number>();
  readonly #mostBytes: number;

  /** @param root folder of the cache, for all versions; @param version names the translator */
  constructor(root: string, version: string, mostBytes = MOST_BYTES) {
    this.#root = root;
    this.#folder = join(root, version);
    this.#mostBytes = mostBytes;
  }

  /** Pages held in memory, until {@link flush}. */
  get size(): number {
    return this.#entries.size;
  }

  /** Hashes of the pages that there are files for. */
  hashes(): number[] {
    return namesIn(this.#folder)
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
    const file = readCacheFile(this.#codePath(name));
    return file && Uint8Array.from(file).buffer;
  }

  addCode(name: string, code: ArrayBuffer): void {
    this.#write(() => writeCacheFile(this.#codePath(name), new Uint8Array(code)));
  }

  /** Writes what is new. */
  flush(): void {
    if (this.#changed.size > 0) {
      this.#write(() => {
        for (const hash of this.#changed) writeCacheFile(this.#path(hash), encode(this.#entries.get(hash)!));
      });
    }
    this.#changed.clear();
    this.#entries.clear();
  }

  /** Removes the files that were not used for longest while there are too many, of other versions too. */
  trim(): void {
    const files = namesIn(this.#root).flatMap((version) => cacheFiles(join(this.#root, version)));
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
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #path(hash: number): string {
    return join(this.#folder, `${hash.toString(16).padStart(14, '0')}.page`);
  }

  #codePath(name: string): string {
    return join(this.#folder, `${name}.code`);
  }

  #write(write: () => void): void {
    try {
      makeFolder(this.#folder);
      write();
    } catch {
      // A full or read-only disk: this run goes on without.
    }
  }

  #entry(hash: number, bytes: Uint8Array): Entry | undefined {
    if (!this.#entries.has(hash)) {
      const file = readCacheFile(this.#path(hash));
      this.#entries.set(hash, file && decode(file));
    }
    const entry = this.#entries.get(hash);
    return entry !== undefined && Buffer.compare(entry.bytes, bytes) === 0 ? entry : undefined;
  }
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

function decode(content: Buffer): Entry {
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
