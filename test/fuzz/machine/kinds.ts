import type { MachineKind } from './kind.js';
import { code } from './kinds/code.js';
import { devices } from './kinds/devices.js';
import { dma } from './kinds/dma.js';
import { rewriting } from './kinds/rewriting.js';
import { system } from './kinds/system.js';
import { tables } from './kinds/tables.js';

/** Every kind of random programs, by the name that the command line has for it. */
export const MACHINE_KINDS = { code, system, devices, tables, dma, rewriting } as const satisfies Record<
  string,
  MachineKind
>;

export type MachineKindName = keyof typeof MACHINE_KINDS;
export const MACHINE_KIND_NAMES = Object.keys(MACHINE_KINDS) as MachineKindName[];
