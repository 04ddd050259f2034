import { Local } from '../../jit/translator/locals.js';

/** An S-expression: an atom or a list. */
type Node = string | Node[];

const WIDTH = 110;

/** WebAssembly text with what fits on a line on one line, and locals by the names of {@link Local}. */
export function compactText(text: string): string {
  const tokens = text.match(/"[^"]*"|;;.*|[()]|[^\s()]+/g)!.filter((token) => !token.startsWith(';;'));
  let at = 0;
  const parse = (): Node => {
    const token = tokens[at++]!;
    if (token !== '(') return token;
    const list: Node[] = [];
    while (tokens[at] !== ')') list.push(parse());
    at++;
    return list;
  };
  return `${print(rename(parse()), 0)}\n`;
}

function rename(node: Node): Node {
  if (typeof node === 'string') return node;
  const [head, name, ...rest] = node;
  if (
    typeof head === 'string' &&
    /^(local|param)/.test(head) &&
    typeof name === 'string' &&
    /^\$\d+$/.test(name)
  ) {
    return [head, `$${localName(Number(name.slice(1)))}`, ...rest.map(rename)];
  }
  return node.map(rename);
}

const NAMES = new Map(
  Object.entries(Local)
    .filter(([name]) => name !== 'REGISTER' && name !== 'TEMPORARY')
    .map(([name, index]) => [index as number, name.toLowerCase()]),
);

function localName(index: number): string {
  const name = NAMES.get(index);
  if (name !== undefined) return name;
  const register = index - Local.REGISTER;
  return register >= 0 && register < 15 ? `r${register}` : `t${index - Local.TEMPORARY}`;
}

function flat(node: Node): string {
  return typeof node === 'string' ? node : `(${node.map(flat).join(' ')})`;
}

function print(node: Node, indentation: number): string {
  const line = flat(node);
  if (typeof node === 'string' || indentation + line.length <= WIDTH) return line;
  const [head, ...rest] = node;
  const leading: string[] = [flat(head!)];
  while (typeof rest[0] === 'string') leading.push(rest.shift() as string);
  const inner = indentation + 1;
  const lines: string[] = [];
  let declarations: string[] = [];
  for (const child of rest) {
    const isDeclaration = Array.isArray(child) && ['local', 'param'].includes(child[0] as string);
    if (isDeclaration && declarations.join(' ').length < WIDTH - 30) {
      declarations.push(flat(child));
      continue;
    }
    if (declarations.length > 0) lines.push(declarations.join(' '));
    declarations = isDeclaration ? [flat(child)] : [];
    if (!isDeclaration) lines.push(print(child, inner));
  }
  if (declarations.length > 0) lines.push(declarations.join(' '));
  return `(${leading.join(' ')}\n${lines.map((text) => ' '.repeat(inner) + text).join('\n')})`;
}
