/**
 * The second half of the build: writes what tsc has compiled to `dist`, with the values of constants in place of their names.
 *
 * The engine looks a module's constant up wherever it is used: its cell, whether it has its value yet, the object's shape, the field. Exits
 * to the interpreter take a quarter to a third less time without that (docs/performance.md).
 */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transformSync } from '@babel/core';
import { constants, type Namespace } from './constants.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiled = join(root, '.build');
const output = join(root, 'dist');
/** Those with code that guests wait for. */
const FOLDERS = ['jit', 'runtime'];
/** Written last: newer than what `dist` was made from. */
const stamp = join(output, '.built');

const files = readdirSync(compiled, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /\.js(\.map)?$/.test(file),
);
if (!isUpToDate()) await build();

function isUpToDate(): boolean {
  const made = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const builder = ['main.ts', 'constants.ts'].map((file) => fileURLToPath(new URL(file, import.meta.url)));
  const sources = [...builder, ...files.map((file) => join(compiled, file))];
  return sources.every((file) => statSync(file).mtimeMs < made);
}

async function build(): Promise<void> {
  for (const file of files) {
    const from = join(compiled, file);
    const to = join(output, file);
    mkdirSync(dirname(to), { recursive: true });
    if (!FOLDERS.includes(file.split('/')[0])) writeFileSync(to, readFileSync(from));
    else if (file.endsWith('.js')) await inlineConstants(from, to);
  }
  writeFileSync(stamp, '');
}

async function inlineConstants(from: string, to: string): Promise<void> {
  const code = readFileSync(from, 'utf8');
  const imported = new Map<string, Namespace>();
  for (const [, specifier] of code.matchAll(/^(?:im|ex)port .* from '(\.[^']*)';$/gm)) {
    imported.set(specifier, await import(pathToFileURL(resolve(dirname(from), specifier)).href));
  }
  const result = transformSync(code, {
    filename: from,
    babelrc: false,
    configFile: false,
    inputSourceMap: JSON.parse(readFileSync(`${from}.map`, 'utf8')),
    sourceMaps: true,
    retainLines: true,
    plugins: [() => constants(imported)],
  })!;
  const sources = result.map!.sources.map((source) => relative(dirname(to), resolve(dirname(from), source)));
  writeFileSync(to, `${result.code}\n`);
  writeFileSync(`${to}.map`, JSON.stringify({ ...result.map, sources }));
}
