/** Which bits the byte masks of MSR stand for (ARM DDI 0406C B1.3.3). Bit n of a byte mask enables bits 8n+7:8n. */
import { PSR } from './cpu-state.js';

/** Bits of CPSR that CPSRWriteByInstr() writes, Secure and Hyp state's own restrictions aside; never T, J or IT. */
export function cpsrMask(bytemask: number, privileged: boolean): number {
  let mask = 0;
  if ((bytemask & 8) !== 0) mask |= 0xf800_0000 | 0;
  if ((bytemask & 4) !== 0) mask |= 0x000f_0000;
  if ((bytemask & 2) !== 0) mask |= privileged ? PSR.E | PSR.A : PSR.E;
  if ((bytemask & 1) !== 0 && privileged) mask |= PSR.I | PSR.F | PSR.M;
  return mask;
}

const SPSR_BYTES = [0x0000_00ff, 0x0000_ff00, 0x000f_0000, 0xff00_0000 | 0] as const;

/** Bits of SPSR that SPSRWriteByInstr() writes. */
export function spsrMask(bytemask: number): number {
  let mask = 0;
  for (let byte = 0; byte < 4; byte++) if (((bytemask >> byte) & 1) !== 0) mask |= SPSR_BYTES[byte];
  return mask;
}
