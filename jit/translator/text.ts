import binaryen from 'binaryen';
import { linkRegions, type RegionRequest, translateRegion } from './module.js';

/**
 * Regions as WebAssembly text, for tests and for reading: what {@link translateRegion} makes, read back and validated by
 * Binaryen. What is not translatable is left out.
 * @throws Error when the module is not valid
 */
export function translateToText(requests: readonly RegionRequest[]): string {
  const regions = requests.map(translateRegion).filter((region) => region !== undefined);
  // Binaryen's type declarations have not the parameter for features.
  const readBinary = binaryen.readBinary as (data: Uint8Array, features: number) => binaryen.Module;
  const module = readBinary(linkRegions(regions), features());
  try {
    if (!module.validate()) throw new Error('the translator wrote an invalid module');
    return module.emitText();
  } finally {
    module.dispose();
  }
}

/** WebAssembly as Node 20's engine has it; Binaryen knows encodings that are newer. */
function features(): number {
  const { Features } = binaryen;
  return (
    Features.Atomics |
    Features.MutableGlobals |
    Features.NontrappingFPToInt |
    Features.SIMD128 |
    Features.BulkMemory |
    Features.SignExt |
    Features.TailCall |
    Features.ReferenceTypes |
    Features.Multivalue
  );
}
