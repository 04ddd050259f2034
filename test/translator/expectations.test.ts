import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, describe as group, it } from 'vitest';
import { PAGE_BYTES } from '../../jit/abi/tlb.js';
import { Decoder } from '../../jit/isa/decoder.js';
import { describe } from '../../jit/isa/disassembler.js';
import type { Instruction } from '../../jit/isa/instruction.js';
import { DEFINITIONS } from '../../jit/isa/table.js';
import { translateToText } from '../../jit/translator/text.js';
import { CodeCache } from '../../runtime/interpreter/code-cache.js';
import { PageBytesReader } from '../../runtime/translation/page-reader.js';
import { FILLER } from '../conformance/memory-map.js';
import { compactText } from './compact-text.js';

/**
 * Guest code beside the WebAssembly that it must become, so that a change in generated code is seen in review. To take over
 * a change: `UPDATE_EXPECTATIONS=1 npx vitest run test/translator/expectations.test.ts`.
 */
const FOLDER = new URL('./expectations/', import.meta.url);
const UPDATE = process.env.UPDATE_EXPECTATIONS === '1';
const DIVIDER = '\n---\n';

const code = new CodeCache(new Decoder(DEFINITIONS));

interface Input {
  readonly thumb: boolean;
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** The instructions, as our own disassembler has them. */
  readonly listing: string;
}

/** Comments, among them `; A32 at offset 0x10`; then an encoding a line, a 32-bit Thumb one as two halfwords. */
function parse(text: string): Input {
  const [, set, at] = /^; (A32|T32) at offset (\S+)$/m.exec(text)!;
  const thumb = set === 'T32';
  const offset = Number(at);
  const bytes = new Uint8Array(PAGE_BYTES);
  new Uint32Array(bytes.buffer).fill(FILLER);
  const view = new DataView(bytes.buffer);
  const listing: string[] = [];
  let end = offset;
  let inITBlock = 0;
  for (const line of text.split('\n')) {
    const encoding = line.split(';', 1)[0]!.trim();
    if (encoding === '') continue;
    const parts = encoding.split(' ').map((part) => Number.parseInt(part, 16));
    const raw = parts.length === 2 ? (parts[0]! << 16) | parts[1]! : parts[0]! | 0;
    const instruction: Instruction = thumb ? code.thumb(raw, inITBlock > 0) : code.a32(raw);
    listing.push(`${end.toString(16).padStart(3, '0')}: ${describe(instruction)}`);
    if (inITBlock > 0) inITBlock--;
    if (instruction.definition.name === 'IT') inITBlock = itLength(raw);
    for (const part of parts) {
      if (thumb) view.setUint16(end, part, true);
      else view.setUint32(end, part, true);
      end += thumb ? 2 : 4;
    }
  }
  return { thumb, offset, bytes, listing: listing.join('\n') };
}

/** Instructions in the block of an IT. */
function itLength(raw: number): number {
  return 4 - Math.log2(raw & -raw & 15);
}

function translation({ thumb, offset, bytes, listing }: Input): string {
  const reader = new PageBytesReader(code, bytes, thumb);
  return `${listing}\n\n${compactText(translateToText([{ reader, head: offset }]))}`;
}

group('translations are as expected', () => {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));

  it('are there', () => {
    expect(names.length).toBeGreaterThan(5);
  });

  it.each(names)('%s', (name) => {
    const file = new URL(name, FOLDER);
    const [input, expected] = readFileSync(file, 'utf8').split(DIVIDER);
    const found = translation(parse(input!));
    if (UPDATE) writeFileSync(file, `${input!.trimEnd()}${DIVIDER}${found}`);
    else expect(found).toBe(expected);
  });
});
