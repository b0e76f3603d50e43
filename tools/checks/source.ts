import { readFileSync } from 'node:fs';

import { parseSync, Visitor, type Comment, type Program } from 'oxc-parser';

/** A module that a source names: in an import, an export, a type, or a `declare module`. */
export interface ModuleReference {
  readonly specifier: string;
  readonly line: number;
  /** Erased by the compiler: nothing of it is loaded at run time. */
  readonly typeOnly: boolean;
  /** The name of a `declare module`, which adds to that module's types. */
  readonly augments: boolean;
}

/** A string or number that a source spells out. */
export interface Literal {
  readonly value: string | number;
  readonly raw: string;
  readonly line: number;
  /** The constant of which it is the whole value. */
  readonly names?: string | undefined;
}

/** One parsed file. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  readonly comments: readonly Comment[];
  lineAt(offset: number): number;
}

/** Parses a file; one that does not parse throws, for no check can say anything about it. */
export function readSource(path: string): Source {
  const text = readFileSync(path, 'utf8');
  const { program, comments, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]!.message}`);
  const lineAt = (offset: number): number => text.slice(0, offset).split('\n').length;
  return { path, text, program, comments, lineAt };
}

/** Every module that `source` names. */
export function moduleReferences(source: Source): ModuleReference[] {
  const found: ModuleReference[] = [];
  const add = (node: { value: unknown; start: number }, typeOnly: boolean, augments = false) => {
    if (typeof node.value !== 'string') return;
    found.push({ specifier: node.value, line: source.lineAt(node.start), typeOnly, augments });
  };
  new Visitor({
    ImportDeclaration: (node) => add(node.source, node.importKind === 'type'),
    ExportAllDeclaration: (node) => add(node.source, node.exportKind === 'type'),
    ExportNamedDeclaration: (node) => {
      if (node.source !== null) add(node.source, node.exportKind === 'type');
    },
    ImportExpression: (node) => {
      if (node.source.type === 'Literal') add(node.source, false);
    },
    TSImportType: (node) => add(node.source, true),
    TSModuleDeclaration: (node) => {
      if (node.id.type === 'Literal') add(node.id, true, true);
    },
  }).visit(source.program);
  return found;
}

/** Every string and number in `source` but for the names of modules. */
export function literals(source: Source): Literal[] {
  const modules = new Set<number>();
  const skip = (node: { start: number } | null) => void (node && modules.add(node.start));
  const constants = new Map<number, string>();
  const found: Literal[] = [];
  new Visitor({
    VariableDeclarator: ({ id, init }) => {
      if (init !== null && id.type === 'Identifier') constants.set(init.start, id.name);
    },
    ImportDeclaration: (node) => skip(node.source),
    ExportAllDeclaration: (node) => skip(node.source),
    ExportNamedDeclaration: (node) => skip(node.source),
    ImportExpression: (node) => skip(node.source),
    TSImportType: (node) => skip(node.source),
    TSModuleDeclaration: (node) => skip(node.id),
    Literal: (node) => {
      const { value, start } = node;
      if (modules.has(start) || (typeof value !== 'string' && typeof value !== 'number')) return;
      const names = constants.get(start);
      found.push({ value, raw: node.raw ?? String(value), line: source.lineAt(start), names });
    },
    TemplateElement: (node) => {
      const value = node.value.cooked ?? node.value.raw;
      found.push({ value, raw: node.value.raw, line: source.lineAt(node.start) });
    },
  }).visit(source.program);
  return found;
}
