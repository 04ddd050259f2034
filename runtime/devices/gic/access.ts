import { SECURE_ACCESS } from '../device.js';
import type { GicState } from './state.js';

/** Whether an access gets the Non-secure view of the registers. */
export function isNonSecure(state: GicState, cpu: number): boolean {
  return state.securityExtensions && (cpu & SECURE_ACCESS) === 0;
}
