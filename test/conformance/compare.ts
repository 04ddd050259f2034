import { WINDOW } from './memory-map.js';
import type { Outcome, TestCase } from './test-case.js';

export function hex(value: number, digits = 8): string {
  return (value >>> 0).toString(16).padStart(digits, '0');
}

/** What differs, one line each; empty when the outcomes agree. */
export function differences(ours: Outcome | undefined, theirs: Outcome): string[] {
  if (ours === undefined) return ['we never came to an exception'];
  const lines: string[] = [];
  const check = (name: string, our: number, their: number) => {
    if ((our | 0) !== (their | 0)) lines.push(`${name}: ours ${hex(our)}, qemu ${hex(their)}`);
  };
  if (ours.signal !== theirs.signal) lines.push(`signal: ours ${ours.signal}, qemu ${theirs.signal}`);
  check('fault address', ours.faultAddress, theirs.faultAddress);
  for (let n = 0; n < 16; n++) check(`r${n}`, ours.registers[n]!, theirs.registers[n]!);
  check('cpsr', ours.cpsr, theirs.cpsr);
  check('fpscr', ours.fpscr, theirs.fpscr);
  for (let n = 0; n < 32; n++) {
    const our = hex(ours.vectors[2 * n + 1]!) + hex(ours.vectors[2 * n]!);
    const their = hex(theirs.vectors[2 * n + 1]!) + hex(theirs.vectors[2 * n]!);
    if (our !== their) lines.push(`d${n}: ours ${our}, qemu ${their}`);
  }
  for (let n = 0; n < ours.window.length; n++) {
    check(`[${hex(WINDOW + 4 * n)}]`, ours.window[n]!, theirs.window[n]!);
  }
  return lines;
}

/** The instruction and the registers it ran with, for a failure report. */
export function describeCase({ entry, set, raw, address, code, input }: TestCase): string {
  const name = entry === undefined ? 'unallocated' : `${entry.definition.name} ${entry.encoding.name}`;
  const halves = code.slice(0, 8).map((half) => hex(half, 4));
  const registers = [...input.registers].map((value, n) => `r${n}=${hex(value)}`).join(' ');
  const lines = [
    `${set} ${hex(raw, set === 'T16' ? 4 : 8)} ${name}`,
    `  at ${hex(address)}: ${halves.join(' ')}; flags ${hex(input.flags)} fpscr ${hex(input.fpscr)}`,
    `  ${registers}`,
  ];
  return lines.join('\n');
}

/** D registers of the input that are not zero, for reports on vector instructions. */
export function describeVectors({ input }: TestCase): string {
  const parts: string[] = [];
  for (let n = 0; n < 32; n++) {
    parts.push(`d${n}=${hex(input.vectors[2 * n + 1]!)}${hex(input.vectors[2 * n]!)}`);
  }
  return `  ${parts.join(' ')}`;
}
