import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { kernelBinary } from '../../../bench/peers/programs/kernels.js';
import { binary, builtBy } from '../../../src/bench/init/binary.js';
import { compileInit, compilerVersion } from '../../../src/bench/init/compile.js';
import { readProgram } from '../../../src/bench/packing/elf-program.js';
import { guestArchive } from '../../../src/bench/packing/guest-archive.js';
import { findLibraries, type GuestFiles } from '../../../src/bench/packing/libraries.js';
import { packagesOfLibrary } from '../../../src/bench/packing/library-packages.js';
import { commandOf, programOf, quote } from '../../../src/bench/packing/shell-words.js';
import { FormatError } from '../../../src/loader/format-error.js';

/** A dynamic executable for armhf, as far as its headers go. */
function dynamicProgram(needed: readonly string[], options: { interpreter?: string; runpath?: string } = {}) {
  const names = [...needed, ...(options.runpath === undefined ? [] : [options.runpath])];
  const strings = `\0${names.map((name) => `${name}\0`).join('')}`;
  const offsetOf = (name: string) => strings.indexOf(`\0${name}\0`) + 1;
  const bytes = Buffer.alloc(0x400);
  bytes.write('\x7fELF\x01\x01\x01', 'latin1');
  const address = 0x10000;
  bytes.writeUInt16LE(2, 16);
  bytes.writeUInt16LE(40, 18);
  bytes.writeUInt32LE(52, 28);
  bytes.writeUInt32LE(0x5000400, 36);
  bytes.writeUInt16LE(32, 42);
  bytes.writeUInt16LE(options.interpreter === undefined ? 2 : 3, 44);
  const header = (i: number, type: number, offset: number, size: number) => {
    const at = 52 + 32 * i;
    for (const [k, value] of [type, offset, address + offset, address + offset, size, size].entries()) {
      bytes.writeUInt32LE(value, at + 4 * k);
    }
  };
  header(0, 1, 0, 0x400);
  const dynamic = [
    ...needed.map((name) => [1, offsetOf(name)]),
    ...(options.runpath === undefined ? [] : [[29, offsetOf(options.runpath)]]),
    [5, address + 0x200],
    [0, 0],
  ];
  header(1, 2, 0x100, 8 * dynamic.length);
  dynamic.forEach(([tag, value], i) => {
    bytes.writeUInt32LE(tag, 0x100 + 8 * i);
    bytes.writeUInt32LE(value, 0x104 + 8 * i);
  });
  bytes.write(strings, 0x200, 'latin1');
  if (options.interpreter !== undefined) {
    header(2, 3, 0x380, options.interpreter.length + 1);
    bytes.write(options.interpreter, 0x380, 'latin1');
  }
  return bytes;
}

describe('an ELF file', () => {
  test('that is static needs nothing', () => {
    expect(readProgram(kernelBinary('fib-a32'))).toEqual({ libraries: [], folders: [] });
  });

  test('that is dynamic names its interpreter and libraries', () => {
    const program = dynamicProgram(['libc.so.6', 'libm.so.6'], {
      interpreter: '/lib/ld-linux-armhf.so.3',
      runpath: '$ORIGIN/../lib:/opt/lib',
    });
    expect(readProgram(program)).toEqual({
      interpreter: '/lib/ld-linux-armhf.so.3',
      libraries: ['libc.so.6', 'libm.so.6'],
      folders: ['$ORIGIN/../lib', '/opt/lib'],
    });
  });

  test('for another machine, or cut short, is refused', () => {
    const other = dynamicProgram([]);
    other.writeUInt16LE(62, 18);
    expect(() => readProgram(other)).toThrow(/not for little-endian 32-bit Arm/);
    const soft = dynamicProgram(['libc.so.6'], { interpreter: '/lib/ld-linux.so.3' });
    soft.writeUInt32LE(0x5000200, 36);
    expect(() => readProgram(soft)).toThrow(/armel/);
    expect(() => readProgram(dynamicProgram([]).subarray(0, 60))).toThrow(FormatError);
    expect(() => readProgram(Buffer.from('#!/bin/sh\n'))).toThrow(FormatError);
  });
});

describe('libraries', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hyperthumb-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const put = (path: string, bytes: Uint8Array) => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  };

  test('are found in a system root, those that they need themselves too, and beside the program', () => {
    put('root/lib/ld-linux-armhf.so.3', dynamicProgram([]));
    put('root/usr/lib/arm-linux-gnueabihf/liba.so.1', dynamicProgram(['libb.so.2']));
    put('root/lib/arm-linux-gnueabihf/libb.so.2', dynamicProgram([]));
    put('app/own/libown.so', dynamicProgram(['libb.so.2', 'libgone.so.1']));
    const program = dynamicProgram(['liba.so.1', 'libown.so'], {
      interpreter: '/lib/ld-linux-armhf.so.3',
      runpath: '$ORIGIN/own',
    });
    put('app/program', program);
    const files: GuestFiles = new Map();
    const missing = findLibraries(
      join(folder, 'app/program'),
      readProgram(program),
      'bench/files',
      join(folder, 'root'),
      files,
    );
    expect([...files.keys()].sort()).toEqual([
      'bench/files/own/libown.so',
      'lib/arm-linux-gnueabihf/libb.so.2',
      'lib/ld-linux-armhf.so.3',
      'usr/lib/arm-linux-gnueabihf/liba.so.1',
    ]);
    expect(missing).toEqual(['libgone.so.1']);
  });

  test('without a system root are missing, the interpreter too', () => {
    const program = dynamicProgram(['libc.so.6'], { interpreter: '/lib/ld-linux-armhf.so.3' });
    expect(
      findLibraries('/nowhere/program', readProgram(program), 'bench/files', undefined, new Map()),
    ).toEqual(['ld-linux-armhf.so.3', 'libc.so.6']);
  });

  test.each([
    ['libc.so.6', 'libc6'],
    ['ld-linux-armhf.so.3', 'libc6'],
    ['libstdc++.so.6', 'libstdc++6'],
    ['libssl.so.3', 'libssl3'],
    ['libcrypto.so.3', 'libssl3'],
    ['libsqlite3.so.0', 'libsqlite3-0'],
    ['libz.so.1', 'zlib1g'],
    ['libgcc_s.so.1', 'libgcc-s1'],
    ['libglib-2.0.so.0', 'libglib-2.0-0'],
    ['libbz2.so.1.0', 'libbz2-1.0'],
  ])('%s is in Debian package %s', (library, name) => {
    expect(packagesOfLibrary(library)[0]).toBe(name);
    expect(packagesOfLibrary(library)).toContain(`${name}t64`);
  });
});

describe('a line for the shell', () => {
  test.each([
    ['openssl speed', 'openssl'],
    ['  LC_ALL=C X="a b" sort -n', 'sort'],
    ["'./my program' -x", './my program'],
    ['./a\\ b', './a b'],
    ['gzip<x', 'gzip'],
  ])('%s runs %s', (line, word) => expect(programOf(line)?.word).toBe(word));

  test('without a program is seen', () => expect(programOf('X=1')).toBeUndefined());

  test('is what has blanks or signs of the shell; a plain word is a program', () => {
    expect(commandOf('openssl')).toEqual(['openssl']);
    expect(commandOf('./a.out')).toEqual(['./a.out']);
    expect(commandOf('a | b')).toBe('a | b');
  });

  test('words are quoted so that the shell reads them back', () => {
    expect(["it's", 'plain-1.2', 'a b', ''].map(quote)).toEqual(["'it'\\''s'", 'plain-1.2', "'a b'", "''"]);
  });
});

describe('our part of the initramfs', () => {
  test('has init, the programs and what describes them', () => {
    const program = { name: 'p1', command: ['x'], path: '/bench/files/x', argv: ['x', '-n', '1'] };
    const archive = Buffer.from(guestArchive([program], new Map([['bench/files/x', Buffer.from('code')]])));
    expect(archive.includes('bench/init\0')).toBe(true);
    expect(archive.includes('/bench/files/x\0x\0-n\x001\0')).toBe(true);
  });

  // Another version of the compiler gives other bytes, rightly.
  test.skipIf(compilerVersion() !== builtBy)('init is what its source gives', () => {
    const built = Buffer.from(compileInit('src/bench/init/init.c')).toString('base64');
    expect(binary.join('')).toBe(built);
  });
});
