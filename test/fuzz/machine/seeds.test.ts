/** Programs that have failed once, each a seed in the folder: see docs/reliability.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Pairs } from './campaign.js';
import { parseProgram } from './program.js';

const FOLDER = new URL('../seeds/', import.meta.url);
const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

it.each(names)('%s is the same translated', (name) => {
  const program = parseProgram(readFileSync(new URL(name, FOLDER), 'utf8'));
  expect(new Pairs().run(program)).toBeUndefined();
});
