import type { NodePath, PluginObj } from '@babel/core';
import { types } from '@babel/core';

/** What a module exports. */
export type Namespace = Readonly<Record<string, unknown>>;

/**
 * Writes the values of constants in place of their names. Constants are numbers declared with `const` at the top of a module, and
 * the numbers in such objects of nothing else; their names begin with a capital.
 * @param imported the modules that the file imports, by what it calls them
 * @throws SyntaxError where a constant is written
 */
export function constants(imported: ReadonlyMap<string, Namespace>): PluginObj {
  return {
    visitor: {
      MemberExpression(path) {
        const object = path.get('object');
        const { property, computed } = path.node;
        if (computed || !object.isIdentifier() || !types.isIdentifier(property)) return;
        const value = meaning(object, imported);
        if (!isRecordOfNumbers(value)) return;
        if (isWritten(path)) throw path.buildCodeFrameError('a constant is written');
        replace(path, value[property.name]);
      },
      Identifier(path) {
        if (path.isReferencedIdentifier())
          replace(path, meaning(path as NodePath<types.Identifier>, imported));
      },
    },
  };
}

function replace(path: NodePath, value: unknown): void {
  if (typeof value !== 'number' || !Number.isFinite(value)) return;
  path.replaceWith(types.valueToNode(value));
  path.skip();
}

/** What a name stands for, if that is declared at the top of a module; undefined: not known. */
function meaning(path: NodePath<types.Identifier>, imported: ReadonlyMap<string, Namespace>): unknown {
  const { name } = path.node;
  const binding = path.scope.getBinding(name);
  if (!/^[A-Z]/.test(name) || binding === undefined || !binding.constant) return undefined;
  if (binding.path.isImportSpecifier()) {
    const { source } = binding.path.parent as types.ImportDeclaration;
    const original = binding.path.node.imported;
    return imported.get(source.value)?.[types.isIdentifier(original) ? original.name : original.value];
  }
  if (binding.kind !== 'const' || !binding.scope.path.isProgram()) return undefined;
  const { confident, value } = (binding.path as NodePath<types.VariableDeclarator>).get('init').evaluate();
  return confident ? value : undefined;
}

function isRecordOfNumbers(value: unknown): value is Readonly<Record<string, number>> {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
    return false;
  }
  return Object.values(value).every((each) => typeof each === 'number');
}

function isWritten({ key, parentPath }: NodePath): boolean {
  if (parentPath === null) return false;
  return (parentPath.isAssignmentExpression() && key === 'left') || parentPath.isUpdateExpression();
}
