import type { Directive, Statement } from 'oxc-parser';

import type { Source } from './source.ts';

/** A declaration that a source exports. */
export interface ExportedDeclaration {
  readonly name: string;
  readonly line: number;
  readonly documented: boolean;
}

type Node = Directive | Statement;

/** What `source` declares and exports; what it only passes on is another source's. */
export function exportedDeclarations(source: Source): ExportedDeclaration[] {
  const byName = new Map(source.program.body.flatMap((node) => named(node)));
  return source.program.body.flatMap((node) => {
    if (node.type === 'ExportDefaultDeclaration') {
      return node.declaration.type === 'Identifier'
        ? listed(source, byName, [node.declaration.name])
        : [describe(source, 'default', node.start)];
    }
    if (node.type !== 'ExportNamedDeclaration' || node.source !== null) return [];
    if (node.declaration !== null) {
      return declaredNames(node.declaration).map((name) => describe(source, name, node.start));
    }
    const names = node.specifiers.flatMap(({ local }) => ('name' in local ? [local.name] : []));
    return listed(source, byName, names);
  });
}

/** Everything that `source` declares at its top level, exported or not. */
export function topLevelNames(source: Source): { readonly name: string; readonly line: number }[] {
  return source.program.body.flatMap((node) => {
    const inner = 'declaration' in node ? node.declaration : node;
    if (inner === null) return [];
    return declaredNames(inner).map((name) => ({ name, line: source.lineAt(node.start) }));
  });
}

function listed(
  source: Source,
  byName: ReadonlyMap<string, Node>,
  names: readonly string[],
): ExportedDeclaration[] {
  return names.flatMap((name) => {
    const node = byName.get(name);
    return node === undefined ? [] : [describe(source, name, node.start)];
  });
}

function named(node: Node): [string, Node][] {
  return declaredNames(node).map((name) => [name, node]);
}

function declaredNames(node: object): string[] {
  if ('declarations' in node && Array.isArray(node.declarations)) {
    return node.declarations.flatMap((one: object) => identifier(one));
  }
  return identifier(node);
}

function identifier(node: object): string[] {
  if (!('id' in node) || typeof node.id !== 'object' || node.id === null) return [];
  return 'name' in node.id && typeof node.id.name === 'string' ? [node.id.name] : [];
}

function describe(source: Source, name: string, start: number): ExportedDeclaration {
  const documented = source.comments.some(
    ({ type, value, end }) =>
      type === 'Block' &&
      value.startsWith('*') &&
      end <= start &&
      source.text.slice(end, start).trim() === '',
  );
  return { name, line: source.lineAt(start), documented };
}
