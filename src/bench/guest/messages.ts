import type { RunFlags } from '../../cli/run-options.js';
import type { GuestRun } from './guest.js';

/** Raised when the messages change: a guest of another commit may speak an older form. */
export const messagesVersion = 1;

/** The machine of a guest, and what is measured. */
export interface GuestDescription {
  readonly flags: RunFlags;
  /** Nothing may depend on the host: the virtual clock, translation on the guest's thread. Exits are counted by cause. */
  readonly exact: boolean;
  /** Name in the guest of its only program, whatever it is called here; absent: programs have the same names there. */
  readonly program?: string;
  /** Absent: our init runs programs on request. Else the guest is measured as a whole, once. */
  readonly whole?: WholeRun;
}

/** From where to where a whole guest is measured. */
export interface WholeRun {
  /** A text in a line on the serial port; absent: from reset. */
  readonly start?: string;
  /** The same; absent: to power-off or reset of the machine. */
  readonly end?: string;
}

/** To the process of a guest. */
export type GuestRequest =
  | { readonly kind: 'boot'; readonly version: number; readonly description: GuestDescription }
  | { readonly kind: 'run'; readonly name: string }
  | { readonly kind: 'off' };

/** From it. */
export type GuestReply =
  | { readonly kind: 'hello'; readonly version: number }
  | { readonly kind: 'ready' }
  | { readonly kind: 'ran'; readonly run: GuestRun }
  | { readonly kind: 'failed'; readonly message: string; readonly exitCode?: number };
