/**
 * Packs every public package, lints the tarballs, serves them from a registry on localhost and
 * installs them into projects outside the workspace the way a user would.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const root = path.resolve(import.meta.dirname, '../..');
const tmp = mkdtempSync(path.join(tmpdir(), 'netaccess-packages-'));
const exec = promisify(execFile);

async function sh(cwd: string, cmd: string, ...args: string[]): Promise<string> {
  try {
    return (await exec(cmd, args, { cwd })).stdout.trim();
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${cmd} ${args.join(' ')}\n${stdout}\n${stderr}`, { cause: error });
  }
}

interface Packed {
  name: string;
  version: string;
  filename: string;
  files: { path: string }[];
  manifest: Record<string, unknown>;
}

async function pack(dir: string): Promise<Packed> {
  const cwd = path.join(root, 'packages', dir);
  const out = await sh(cwd, 'pnpm', 'pack', '--json', '--pack-destination', tmp);
  const packed = JSON.parse(out) as Packed;
  packed.manifest = JSON.parse(
    await sh(tmp, 'tar', 'xzOf', packed.filename, 'package/package.json'),
  ) as Record<string, unknown>;
  // A dist file whose source is gone would otherwise be published for ever.
  const names = new Set(packed.files.map((f) => f.path));
  for (const f of names) {
    if (/^dist\/.*\.js$/.test(f) && !names.has(f.replace(/^dist\/(.*)\.js$/, 'src/$1.ts'))) {
      throw new Error(`${packed.name}: ${f} has no source`);
    }
  }
  await Promise.all([
    sh(root, 'publint', '--strict', packed.filename),
    sh(root, 'attw', packed.filename, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji'),
  ]);
  return packed;
}

function registry(packages: Packed[]): Promise<{ url: string; close: () => void }> {
  const server = createServer((req, res) => {
    const host = `http://${req.headers.host}`;
    const p = packages.find((q) => decodeURIComponent(req.url ?? '').startsWith(`/${q.name}`));
    if (!p) {
      res.writeHead(404).end('{}');
      return;
    }
    const data = readFileSync(p.filename);
    if (req.url?.endsWith('.tgz')) {
      res.end(data);
      return;
    }
    const integrity = `sha512-${createHash('sha512').update(data).digest('base64')}`;
    const tarball = `${host}/${p.name}/-/${p.version}.tgz`;
    const version = { ...p.manifest, dist: { tarball, integrity } };
    res.setHeader('content-type', 'application/json');
    res.end(
      JSON.stringify({
        name: p.name,
        'dist-tags': { latest: p.version },
        versions: { [p.version]: version },
      }),
    );
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      resolve({ url: `http://127.0.0.1:${port}/`, close: () => server.close() });
    });
  });
}

const packages = await Promise.all(readdirSync(path.join(root, 'packages')).map((d) => pack(d)));
const { url, close } = await registry(packages);

async function consumer(name: string, wanted: string[], code: string): Promise<void> {
  const cwd = path.join(tmp, name);
  mkdirSync(cwd);
  writeFileSync(path.join(cwd, 'package.json'), JSON.stringify({ name, type: 'module' }));
  // Ours come from the local registry, everything else from npm's cache or its registry.
  writeFileSync(path.join(cwd, '.npmrc'), `@netaccess:registry=${url}\n`);
  const specs = wanted
    .map((n) => packages.find((p) => p.name === n))
    .map((p) => (p!.name.startsWith('@netaccess/') ? `${p!.name}@${p!.version}` : p!.filename));
  await sh(
    cwd,
    'npm',
    'install',
    '--prefer-offline',
    '--strict-peer-deps',
    '--no-audit',
    '--no-fund',
    ...specs,
  );
  const all = (await sh(cwd, 'npm', 'ls', '--all', '--parseable')).split('\n').length - 1;
  writeFileSync(path.join(cwd, 'use.ts'), code);
  writeFileSync(
    path.join(cwd, 'use.cjs'),
    `console.log(Object.keys(require('${wanted.at(-1)}')).join())`,
  );
  const out = await Promise.all([
    sh(cwd, process.execPath, 'use.ts'),
    sh(cwd, process.execPath, 'use.cjs'),
    sh(
      cwd,
      path.join(root, 'node_modules/.bin/tsc'),
      ...'--noEmit --strict --target es2023 --module nodenext --types node'.split(' '),
      '--typeRoots',
      path.join(root, 'node_modules/@types'),
      'use.ts',
    ),
  ]);
  console.log(`${name}: ${all} packages installed; ${out.join(' | ')}`);
}

try {
  const file = `import { Registry, decode } from '@netaccess/core';
import { FileBackend } from '@netaccess/backend-file';
console.log(decode(await new Registry().use(new FileBackend()).read('file:package.json')).length > 0);`;
  await Promise.all([
    consumer(
      'only-core',
      ['@netaccess/core'],
      `import { decode } from '@netaccess/core'; console.log(decode(new Uint8Array([104, 105])));`,
    ),
    consumer('peer-is-added', ['@netaccess/backend-file'], file),
    consumer('core-and-file', ['@netaccess/core', '@netaccess/backend-file'], file),
    consumer('umbrella', ['netaccess'], file.replaceAll(/'@netaccess\/[a-z-]+'/g, `'netaccess'`)),
  ]);
} finally {
  close();
  rmSync(tmp, { recursive: true, force: true });
}
