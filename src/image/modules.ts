import { decompress, detectCompression } from '../loader/decompress.js';
import { FormatError, viewOf } from '../loader/format-error.js';

/** The largest modules have some MiB. */
const moduleLimits = { maxBytes: 64 << 20 };

/** A kernel module, unpacked. */
export interface KernelModule {
  /** With `_` for `-`, as the kernel names it. */
  readonly name: string;
  /** Path below `lib/modules/RELEASE/`, without a compression's suffix. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Names of the modules that it needs. */
  readonly depends: readonly string[];
}

/**
 * The modules of a kernel package. Debian's packages have no modules.dep (depmod makes it at installation), so that
 * dependencies come from each module's own .modinfo.
 */
export class ModuleSet {
  /** Packed or plain contents, by module name. */
  readonly #files = new Map<string, { path: string; bytes: Uint8Array }>();
  readonly #loaded = new Map<string, KernelModule>();

  /** @param files contents by path below `lib/modules/RELEASE/` */
  constructor(files: ReadonlyMap<string, Uint8Array>) {
    for (const [path, bytes] of files) {
      const match = /([^/]+)\.ko(?:\.(?:xz|gz|zst))?$/.exec(path);
      if (match) this.#files.set(moduleName(match[1]), { path, bytes });
    }
  }

  /**
   * The named modules and all that they need, each after what it needs. Names that the package has no module for are left
   * out: they are built into the kernel.
   * @throws FormatError when a module is damaged
   */
  async closure(names: readonly string[]): Promise<KernelModule[]> {
    const order: KernelModule[] = [];
    const seen = new Set<string>();
    const visit = async (name: string): Promise<void> => {
      if (seen.has(name)) return;
      seen.add(name);
      const module = await this.#load(name);
      if (module === undefined) return;
      for (const needed of module.depends) await visit(needed);
      order.push(module);
    };
    for (const name of names) await visit(moduleName(name));
    return order;
  }

  async #load(name: string): Promise<KernelModule | undefined> {
    const known = this.#loaded.get(name);
    if (known !== undefined) return known;
    const file = this.#files.get(name);
    if (file === undefined) return undefined;
    const compression = detectCompression(file.bytes);
    const bytes =
      compression === undefined ? file.bytes : await decompress(file.bytes, compression, moduleLimits);
    const info = moduleInfo(bytes);
    const depends = info
      .filter((entry) => entry.startsWith('depends='))
      .flatMap((entry) => entry.slice('depends='.length).split(','))
      .concat(softDependencies(info))
      .filter((item) => item !== '')
      .map(moduleName);
    const module = { name, path: file.path.replace(/\.ko\..*$/, '.ko'), bytes, depends };
    this.#loaded.set(name, module);
    return module;
  }
}

/** modules.dep of depmod(8): a line a module, with the paths of everything that it needs, nearest first. */
export function modulesDep(modules: readonly KernelModule[]): string {
  const byName = new Map(modules.map((module) => [module.name, module]));
  const needs = (module: KernelModule, out: Set<string> = new Set()): Set<string> => {
    for (const name of module.depends) {
      const needed = byName.get(name);
      if (needed === undefined || out.has(needed.path)) continue;
      out.add(needed.path);
      needs(needed, out);
    }
    return out;
  };
  return modules.map((module) => `${[`${module.path}:`, ...needs(module)].join(' ')}\n`).join('');
}

const moduleName = (name: string): string => name.replaceAll('-', '_');

/** `softdep=pre: a b post: c`: the first kind, crypto aliases turned into the module that Debian has for them. */
function softDependencies(info: readonly string[]): string[] {
  return info
    .filter((entry) => entry.startsWith('softdep='))
    .flatMap((entry) => /pre:\s*(.*?)(?:\s*post:.*)?$/.exec(entry)?.[1].split(/\s+/) ?? [])
    .map((name) => (name.startsWith('crypto-') ? `${name.slice('crypto-'.length)}_generic` : name));
}

/** The `key=value` strings of an ELF32 module's .modinfo section. @throws FormatError */
export function moduleInfo(module: Uint8Array): string[] {
  try {
    const view = viewOf(module);
    if (view.getUint32(0) !== 0x7f454c46) throw new FormatError('a kernel module is no ELF file');
    const table = view.getUint32(32, true);
    const entrySize = view.getUint16(46, true);
    const count = view.getUint16(48, true);
    const names = view.getUint32(table + view.getUint16(50, true) * entrySize + 16, true);
    const text = Buffer.from(module.buffer, module.byteOffset, module.byteLength);
    for (let i = 0; i < count; i++) {
      const at = table + i * entrySize;
      const name = names + view.getUint32(at, true);
      if (text.toString('latin1', name, name + 9) !== '.modinfo\0') continue;
      const offset = view.getUint32(at + 16, true);
      return text.toString('latin1', offset, offset + view.getUint32(at + 20, true)).split('\0');
    }
    return [];
  } catch (error) {
    if (error instanceof RangeError) throw new FormatError('a kernel module is truncated', { cause: error });
    throw error;
  }
}
