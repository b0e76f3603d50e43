import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type as systemName } from 'node:os';

/** What a figure depends on, beside the code. */
export interface Machine {
  readonly date: string;
  readonly processors: string;
  readonly memory: string;
  readonly system: string;
  readonly node: string;
  /** What else the machine did when this began: processes that wanted a processor. */
  readonly load: string;
  /** Of whom we are compared with. */
  readonly peers: string;
}

export function machine(): Machine {
  const [first] = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    processors: `${cpus().length} × ${first?.model.trim() ?? 'unknown'}`,
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    system: `${systemName()} ${release()}`,
    node: process.version.slice(1),
    load: (loadavg()[0] ?? 0).toFixed(1),
    peers: ['undici', 'got'].map((name) => `${name} ${versionOf(name)}`).join(', '),
  };
}

function versionOf(name: string): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), 'utf8'),
  );
  return manifest.version;
}
