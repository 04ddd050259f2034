import { Mode } from '../../abi/cpu-state.js';
import type { Ops } from '../ops.js';

/** CurrentModeIsHyp() (ARM DDI 0406C B1.3.1), for definitions that are interpreted only. */
export function inHypMode(o: Ops): boolean {
  return o.sys.currentMode() === Mode.HYP;
}
