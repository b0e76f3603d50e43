import path from 'node:path';

import { Visitor } from 'oxc-parser';

import type { Check } from './check.ts';
import { topLevelNames } from './exported.ts';
import type { Source } from './source.ts';
import { packageSources, publicPackages } from './workspace.ts';

/** Word of GLOSSARY.md's right column to the word of its left. What is a word of a standard too (session, socket) is not listed. */
const refused: ReadonlyMap<string, string> = new Map(
  Object.entries({
    adapter: 'backend',
    agent: 'manager',
    capability: 'claim',
    capabilities: 'claims',
    dialer: 'connector',
    driver: 'backend',
    handler: 'backend',
    handlers: 'backends',
    hook: 'policy',
    hooks: 'policies',
    inject: 'lend',
    interceptor: 'policy',
    middleware: 'policy',
    payload: 'upload or body',
    replayable: 'resettable',
    response: 'reply',
    retryable: 'temporary',
    rewindable: 'resettable',
    routing: 'dispatch',
    transient: 'temporary',
    util: 'the noun it belongs to',
    utils: 'the noun it belongs to',
    helper: 'the noun it belongs to',
    helpers: 'the noun it belongs to',
  }),
);

/** `file of the package: names`, because the word there is another standard's. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  // WHATWG fetch calls its answer so, and that is what these files make.
  'packages/netaccess/src/fetch': ['response'],
};

/** GLOSSARY.md, as far as a machine can read it. */
export const glossary: Check = {
  name: "names use the glossary's words",
  run: (root) =>
    publicPackages(root)
      .flatMap((one) => packageSources(one))
      .flatMap((source) => {
        const file = path.relative(root, source.path).replaceAll(path.sep, '/');
        const fileName = path.basename(file, '.ts');
        return [{ name: fileName, line: 1 }, ...topLevelNames(source), ...members(source)].flatMap(
          ({ name, line }) =>
            words(name)
              .filter((word) => refused.has(word) && !isAllowed(file, word))
              .map((word) => ({
                where: `${file}:${line}`,
                what: `"${name}" says ${word}, not ${refused.get(word)}`,
              })),
        );
      }),
};

function isAllowed(file: string, word: string): boolean {
  return Object.entries(allowed).some(
    ([prefix, exceptions]) => file.startsWith(prefix) && exceptions.includes(word),
  );
}

/** Members of interfaces and classes are as public as their owners. */
function members(source: Source): { name: string; line: number }[] {
  const found: { name: string; line: number }[] = [];
  const add = (key: object, start: number): void => {
    if ('name' in key && typeof key.name === 'string') {
      found.push({ name: key.name, line: source.lineAt(start) });
    }
  };
  new Visitor({
    TSPropertySignature: (node) => add(node.key, node.start),
    TSMethodSignature: (node) => add(node.key, node.start),
    PropertyDefinition: (node) => add(node.key, node.start),
    MethodDefinition: (node) => add(node.key, node.start),
  }).visit(source.program);
  return found;
}

/** `tlsHandshakeError`, `TLSError` and `tls-error` as lower-case words. */
function words(name: string): string[] {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .replaceAll(/user[^a-z\d]+agent/g, '') // HTTP's own name of a field
    .split(/[^a-z\d]+/);
}
