import { dirname, resolve } from 'node:path';
import { Ajv, type ErrorObject } from 'ajv';
import { type Document, isMap, LineCounter, parseDocument } from 'yaml';
import { ExitCode, UserError } from '../../errors.js';
import { type InputLimit, readInput } from '../../files.js';
import { suiteSchema } from './schema.js';
import type { Suite, SuiteBoot, SuiteGuest } from './suite.js';

type Path = readonly (string | number)[];

const suiteLimit: InputLimit = { maxBytes: 1 << 20, room: '1 MiB' };

/**
 * Reads a suite: YAML, of which JSON is a part.
 * @throws UserError 65 with file, line and what to do; 66 or 77 when it cannot be read
 */
export function readSuite(file: string): Suite {
  const text = new TextDecoder().decode(readInput(file, 'suite', suiteLimit));
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const wrong = (at: number | undefined, message: string) =>
    new UserError(ExitCode.data, `suite '${file}'${at === undefined ? '' : ` line ${at}`}: ${message}`);
  const syntax = document.errors[0];
  if (syntax !== undefined) {
    throw wrong(lines.linePos(syntax.pos[0]).line, `it is not YAML: ${syntax.message.split('\n', 1)[0]}`);
  }
  const lineOf = (path: Path) => lineAt(document, lines, path);
  const suite = contentOf(document, (why) => wrong(undefined, why));
  const validate = new Ajv({ allErrors: true, verbose: true, strict: false }).compile<Suite>(suiteSchema);
  if (!validate(suite)) {
    const { path, message } = explain(validate.errors ?? []);
    throw wrong(lineOf(path), message);
  }

  const seen = new Set<string>();
  suite.workloads.forEach(({ name, guest, boot, warmup }, i) => {
    if (seen.has(name)) throw wrong(lineOf(['workloads', i, 'name']), `there are two workloads '${name}'`);
    seen.add(name);
    if (guest !== undefined && suite.guests[guest] === undefined) {
      const names = Object.keys(suite.guests).join(', ');
      throw wrong(lineOf(['workloads', i, 'guest']), `there is no guest '${guest}': give one of ${names}`);
    }
    if (boot?.kernel !== undefined && boot.load !== undefined) {
      throw wrong(lineOf(['workloads', i, 'boot']), 'give kernel or load, not both');
    }
    if (boot !== undefined && warmup !== undefined) {
      throw wrong(
        lineOf(['workloads', i, 'warmup']),
        'leave out warmup: each run of a workload with boot is a guest of its own',
      );
    }
  });
  return withAbsolutePaths(suite, dirname(file));
}

/** @throws what `wrong` makes of an alias to nothing, and of aliases that would make far more of the document than is written */
function contentOf(document: Document, wrong: (why: string) => UserError): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw error instanceof ReferenceError ? wrong(`its aliases cannot be used: ${error.message}`) : error;
  }
}

/** The line of a place in the document, or of the nearest one around it that is there. */
function lineAt(document: Document, lines: LineCounter, path: Path): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    // The key tells more than the value, which may begin on the next line.
    const parent = document.getIn(path.slice(0, length - 1), true);
    const pair =
      length > 0 && isMap(parent)
        ? parent.items.find(({ key }) => (key as { value?: unknown } | null)?.value === path[length - 1])
        : undefined;
    const node = pair?.key ?? document.getIn(path.slice(0, length), true);
    const range = (node as { range?: readonly number[] | null } | null | undefined)?.range;
    if (range) return lines.linePos(range[0]).line;
  }
  return undefined;
}

/** The error that lies deepest, as the schema's own words put it. */
function explain(errors: readonly ErrorObject[]): { readonly path: Path; readonly message: string } {
  const depth = ({ instancePath }: ErrorObject) => instancePath.split('/').length;
  const rank = ({ keyword }: ErrorObject) => ['additionalProperties', 'required'].indexOf(keyword);
  const [error] = [...errors].sort((a, b) => depth(b) - depth(a) || rank(b) - rank(a));
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const name = path.length === 0 ? 'the suite' : `'${path.at(-1)}'`;
  const { description } = error.parentSchema as { description?: string };
  const { params, keyword } = error;
  switch (keyword) {
    case 'additionalProperties': {
      const { additionalProperty: property } = params as { additionalProperty: string };
      const known = Object.keys((error.parentSchema as { properties: object }).properties).join(', ');
      return { path: [...path, property], message: `'${property}' is unknown here: there are ${known}` };
    }
    case 'required':
      if (errors.some((other) => other.keyword === 'oneOf' && other.instancePath === error.instancePath)) {
        return { path, message: "a workload needs 'run' or 'boot'" };
      }
      return { path, message: `'${(params as { missingProperty: string }).missingProperty}' is missing` };
    case 'oneOf':
      return { path, message: "a workload has 'run' or 'boot', not both" };
    case 'enum':
      return {
        path,
        message: `${name} must be one of ${(params as { allowedValues: unknown[] }).allowedValues.join(', ')}`,
      };
    default:
      return { path, message: `${name} must be ${description ?? error.message?.replace(/^must be /, '')}` };
  }
}

function withAbsolutePaths(suite: Suite, folder: string): Suite {
  const absolute = (path: string) => resolve(folder, path);
  const place = <T extends SuiteGuest | SuiteBoot>(item: T): T => ({
    ...item,
    ...(item.kernel !== undefined && { kernel: absolute(item.kernel) }),
    ...(item.initrd !== undefined && { initrd: absolute(item.initrd) }),
  });
  const guests = Object.entries(suite.guests).map(([name, guest]) => [
    name,
    {
      ...place(guest ?? {}),
      ...(guest?.sysroot !== undefined && { sysroot: absolute(guest.sysroot) }),
      ...(guest?.files && {
        files: Object.fromEntries(Object.entries(guest.files).map(([to, from]) => [to, absolute(from)])),
      }),
    },
  ]);
  const workloads = suite.workloads.map(({ boot, run, ...workload }) => ({
    ...workload,
    // A program with a slash in its path is one beside the suite.
    ...(run !== undefined && {
      written: typeof run === 'string' ? [run] : run,
      run: typeof run === 'string' || !/^\.{0,2}\//.test(run[0]) ? run : [absolute(run[0]), ...run.slice(1)],
    }),
    ...(boot && {
      boot: {
        ...place(boot),
        ...(boot.load && {
          load: boot.load.map((text) => {
            const at = text.lastIndexOf('@');
            return `${absolute(text.slice(0, at))}${text.slice(at)}`;
          }),
        }),
      },
    }),
  }));
  return { ...suite, guests: Object.fromEntries(guests), workloads };
}
