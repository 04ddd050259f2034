import type { GicState } from './state.js';

/**
 * Ored into the `cpu` argument of the GIC's `read` and `write` when the access is a Secure one. It makes a
 * difference only to a GIC with the Security Extensions.
 */
export const SECURE_ACCESS = 0x100;

/** Whether an access gets the Non-secure view of the registers. */
export function isNonSecure(state: GicState, cpu: number): boolean {
  return state.securityExtensions && (cpu & SECURE_ACCESS) === 0;
}
