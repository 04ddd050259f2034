import { transformSync } from '@babel/core';
import { describe, expect, it } from 'vitest';
import { constants } from '../../build/constants.js';

const registers = {
  HCR: { VM: 1, TGE: 1 << 27 },
  PAGE_MASK: -4096,
  NAMES: { USR: 'usr' },
  tables: { count: 3 },
};

function inline(code: string): string {
  const imported = new Map([['./registers.js', registers]]);
  const plugins = [() => constants(imported)];
  return transformSync(code, { babelrc: false, configFile: false, plugins })!.code!;
}

const importing = (names: string, code: string) =>
  inline(`import { ${names} } from './registers.js';\n${code}`);

describe('constants', () => {
  it('takes numbers from the modules that are imported', () => {
    expect(importing('PAGE_MASK', 'f(a & PAGE_MASK);')).toContain('f(a & -4096);');
    expect(importing('HCR', 'f(HCR.VM | HCR.TGE);')).toContain('f(1 | 134217728);');
    expect(importing('HCR as R', 'f(R.TGE);')).toContain('f(134217728);');
  });

  it('takes numbers from the top of the module itself', () => {
    expect(inline('const SHIFT = 1 << 3; const AT = { LOW: SHIFT + 1 }; f(AT.LOW, SHIFT);')).toContain(
      'f(9, 8);',
    );
  });

  it('leaves everything else as it is', () => {
    expect(importing('NAMES', 'f(NAMES.USR);')).toContain('f(NAMES.USR);');
    expect(importing('tables', 'f(tables.count);')).toContain('f(tables.count);');
    expect(importing('HCR', 'f(HCR[name], HCR, a.HCR, { HCR: 1 });')).toContain('f(HCR[name], HCR, a.HCR, {');
    expect(importing('PAGE_MASK', 'function g(PAGE_MASK) { return PAGE_MASK; }')).toContain(
      'return PAGE_MASK;',
    );
    expect(inline('let Level = 1; Level = 2; f(Level);')).toContain('f(Level);');
  });

  it('refuses to let a constant be written', () => {
    expect(() => importing('HCR', 'HCR.VM = 2;')).toThrow('a constant is written');
    expect(() => importing('HCR', 'HCR.VM++;')).toThrow('a constant is written');
  });
});
