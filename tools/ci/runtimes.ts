import { existsSync } from 'node:fs';
import path from 'node:path';

/** The Nodes that tests run on: this one, and those of `tools/runtimes` that this machine can run. */
export function runtimes(root: string): { readonly name: string; readonly path: string }[] {
  const others = ['node24', 'node22'].map((name) => ({
    name,
    path: path.join(root, 'tools/runtimes/node_modules', name, 'bin/node'),
  }));
  const own = { name: `Node ${process.versions.node}`, path: process.execPath };
  return [own, ...others.filter((other) => existsSync(other.path))];
}
