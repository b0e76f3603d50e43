import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { onTestFinished } from 'vitest';

import type { Check } from '../check.ts';

/** Files of a small repository, by path; an object is written as JSON. */
export type Files = Readonly<Record<string, string | object>>;

/** Lays `files` out in a folder that is gone when the test is over. */
export function checkout(files: Files): string {
  const root = mkdtempSync(path.join(tmpdir(), 'netaccess-checks-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return root;
}

/** What `check` says about a repository of `files`, one "where: what" each. */
export async function findings(check: Check, files: Files): Promise<string[]> {
  const found = await check.run(checkout(files));
  return found.map(({ where, what }) => `${where}: ${what}`);
}

/** The manifest and tag of a package in `packages/`. */
export function packageFiles(folder: string, tag: string, manifest: object = {}): Files {
  return {
    [`packages/${folder}/package.json`]: { name: `@netaccess/${folder}`, ...manifest },
    [`packages/${folder}/turbo.json`]: { tags: [tag] },
  };
}
