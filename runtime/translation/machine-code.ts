import { cachedDataVersionTag, setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';

/**
 * What the engine (V8) has for browsers, which keep optimised code from visit to visit, and shows to JavaScript only as functions for
 * its own tests. Each takes exactly what its name says: anything else ends the process.
 */
interface Engine {
  /** Of a module with at least one optimised function. */
  readonly serialize: (module: WebAssembly.Module) => ArrayBuffer;
  /** The bytes are those that the module was made from. @returns undefined when the code is for another engine, other flags of it, or another processor */
  readonly deserialize: (code: ArrayBuffer, bytes: Uint8Array) => WebAssembly.Module | undefined;
  /** Whether a function of an instance has been optimised. */
  readonly isOptimized: (exported: unknown) => boolean;
}

const SOURCE = `({
  serialize: (function (module) { return %SerializeWasmModule(module); }),
  deserialize: (function (code, bytes) { return %DeserializeWasmModule(code, bytes); }),
  isOptimized: (function (exported) { return %IsTurboFanFunction(exported); }),
})`;

const NATIVES = '--allow-natives-syntax';
/** Functions are compiled when the worker makes their module, not at their first call, where the guest would wait. */
export const ENGINE_FLAGS = '--no-wasm-lazy-compilation';

let engine: Engine | undefined;
let known = false;

/** Names what runs here, as far as machine code depends on it: the engine's version, its flags and the processor's features. */
export function engineName(): string {
  // One of the flags, set sooner or later.
  setFlagsFromString(NATIVES);
  return `${process.version} ${process.arch} ${cachedDataVersionTag()}`;
}

/** @returns undefined where the engine has no such functions */
function engineOf(): Engine | undefined {
  if (known) return engine;
  known = true;
  // It stays set: the engine may drop these functions and read them again.
  setFlagsFromString(NATIVES);
  try {
    engine = runInThisContext(SOURCE) as Engine;
  } catch {
    engine = undefined;
  }
  return engine;
}

/** How many of a module's functions the engine has optimised. */
export function countOptimized(functions: readonly unknown[]): number {
  const found = engineOf();
  return found === undefined ? 0 : functions.filter(found.isOptimized).length;
}

/** @returns the engine's code of a module's optimised functions, of which there has to be one at least */
export function machineCodeOf(module: WebAssembly.Module): ArrayBuffer | undefined {
  return engineOf()?.serialize(module);
}

/**
 * A module without the time to compile it: functions that were optimised are so again, those that never ran are compiled when they do.
 * @param bytes of the module; @param code what {@link machineCodeOf} has given for a module with these bytes
 * @returns undefined when the code is not for this engine
 */
export function moduleOfMachineCode(
  bytes: Uint8Array<ArrayBuffer>,
  code: ArrayBuffer,
): WebAssembly.Module | undefined {
  return engineOf()?.deserialize(code, bytes);
}
