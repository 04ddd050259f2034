/** Standard data processing (ARM DDI 0406C A4.4.1): sixteen operations by three forms of second operand. */
import type { Definition } from '../instruction.js';
import { arithmetic } from './arithmetic.js';
import { logical } from './logical.js';
import { moves } from './move.js';
import { subsPC } from './subs-pc.js';

export const dataProcessing: readonly Definition[] = [...moves, ...arithmetic, ...logical, ...subsPC];
