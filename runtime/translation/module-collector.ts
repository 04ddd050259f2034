import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/**
 * Has the engine collect modules that a thread no longer uses. They count for little in its heap, so that by itself it keeps them
 * for long, and with them machine code of several times their size.
 */
export class ModuleCollector {
  readonly #enough: number;
  #bytes = 0;

  /** @param enough bytes of WebAssembly that make a collection worth its time */
  constructor(enough: number) {
    this.#enough = enough;
  }

  /** So many bytes of WebAssembly are of no use any more to this thread. */
  dropped(bytes: number): void {
    this.#bytes += bytes;
  }

  /** @returns whether it was worth it */
  collect(): boolean {
    if (this.#bytes < this.#enough) return false;
    this.#bytes = 0;
    if (collect === undefined) {
      setFlagsFromString('--expose-gc');
      collect = runInNewContext('gc') as () => void;
      // Machine code is taken over only by an engine with the same flags.
      setFlagsFromString('--no-expose-gc');
    }
    collect();
    return true;
  }
}
