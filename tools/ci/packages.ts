/**
 * Packs every public package, lints the tarballs, serves them from a registry on loopback, and uses them in projects outside the
 * workspace as a stranger would: each package alone, merged keys with the strictest compiler, the conformance kit, the command.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { publicPackages } from '@netaccess/checks/workspace';

import { Consumer, type ConsumerPlace } from './consumer.ts';
import { localRegistry } from './local-registry.ts';
import { inspect, pack, type Packed } from './packed.ts';
import { each, shell } from './shell.ts';

/** What runs at once: packing and installing wait for the disk as much as for a core. */
const parallel = 3;
const root = path.resolve(import.meta.dirname, '../..');

interface Scenario {
  readonly name: string;
  /** Resolves to what is worth saying. */
  run(place: ConsumerPlace, packages: readonly Packed[]): Promise<string>;
}

/** A tarball is what it should be. */
const inspected = (packed: Packed): Scenario => ({
  name: `${packed.name} packed`,
  async run() {
    await inspect(packed, root);
    return `${packed.files.size} files`;
  },
});

/** A package is complete: what it needs comes with it, and nothing else. */
const alone = (packed: Packed): Scenario => ({
  name: `${packed.name} alone`,
  async run(place) {
    const consumer = await Consumer.make(place, `alone ${packed.name}`, [packed]);
    await consumer.useEverything(packed);
    const installed = await consumer.installed();
    if (packed.name === '@netaccess/core' && installed.length !== 1) {
      throw new Error(`core brought ${installed.join(', ')}`);
    }
    return `${installed.length} packages installed`;
  },
});

/** Types that packages merge into core's are part of the promise. */
const mergedKeys: Scenario = {
  name: 'merged keys',
  async run(place, packages) {
    const consumer = await Consumer.make(place, 'merged keys', packages);
    consumer.add('merged-keys.ts');
    await consumer.compile('merged-keys.ts');
    return `compiled; printed ${await consumer.run('merged-keys.ts')}`;
  },
};

/** A third party proves its backend with nothing but the published kit. */
const conformance: Scenario = {
  name: 'the conformance kit',
  async run(place, packages) {
    const kit = packages.filter(({ name }) => name === '@netaccess/conformance');
    const consumer = await Consumer.make(place, 'conformance', kit);
    consumer.add('conformance.test.ts');
    await consumer.compile('conformance.test.ts');
    const printed = await consumer.run('conformance.test.ts', '--test', '--test-reporter=tap');
    const passed = Number(/^# pass (\d+)$/m.exec(printed)?.[1] ?? 0);
    if (passed < 5) throw new Error(`the packed kit ran ${passed} tests:\n${printed}`);
    return `${passed} tests`;
  },
};

/** The command reads a file of the project that it was installed in. */
const command: Scenario = {
  name: 'the command',
  async run(place, packages) {
    const cli = packages.filter(({ name }) => name === '@netaccess/cli');
    const consumer = await Consumer.make(place, 'command', cli);
    const bin = path.join(consumer.directory, 'node_modules/.bin/netaccess');
    const version = await shell(consumer.directory, bin, '--version');
    const printed = await shell(
      consumer.directory,
      bin,
      'get',
      `file://${consumer.directory}/package.json`,
    );
    if (!printed.includes('"consumer"')) throw new Error(`netaccess get printed ${printed}`);
    return `${version} reads a file`;
  },
};

/** FTP is there once its package is, and until then the error names it: nothing else depends on it. */
const ftpPlugin: Scenario = {
  name: 'the ftp plugin, installed and not',
  async run(place, packages) {
    const facade = packages.filter(({ name }) => name === 'netaccess');
    const both = packages.filter(({ name }) => /^netaccess$|\/backend-ftp$|\/core$/.test(name));
    const without = await Consumer.make(place, 'without ftp', facade);
    const installed = await without.installed();
    if (installed.some((name) => /ftp/.test(name)))
      throw new Error('the facade brought the plugin');
    const missing = await askFtp(without);
    if (!missing.includes('needs the package @netaccess/backend-ftp, which is not installed')) {
      throw new Error(`without the package: ${missing}`);
    }
    const present = await askFtp(await Consumer.make(place, 'with ftp', both));
    if (!present.includes('connection-refused')) throw new Error(`with the package: ${present}`);
    return 'the error names the package; with it, a connection is tried';
  },
};

/** What a manager says to an FTP URL of a port where nobody listens. */
async function askFtp(consumer: Consumer): Promise<string> {
  const program = `import { createManager } from 'netaccess';
const manager = createManager();
await manager.get('ftp://127.0.0.1:1/').catch(({ code, message }) => console.log(code, message));
await manager.close();
`;
  consumer.write('ftp.mjs', program);
  return consumer.run('ftp.mjs');
}

async function succeeds(scenario: Scenario, place: ConsumerPlace, packages: readonly Packed[]) {
  try {
    console.log(`ok: ${scenario.name}: ${await scenario.run(place, packages)}`);
    return true;
  } catch (error) {
    console.log(`FAILED: ${scenario.name}: ${String(error)}`);
    return false;
  }
}

const directory = mkdtempSync(path.join(tmpdir(), 'netaccess-packages-'));
try {
  const packages = await each(publicPackages(root), parallel, (one) =>
    pack(one.directory, directory),
  );
  const upstream = await shell(directory, 'npm', 'config', 'get', 'registry');
  const registry = await localRegistry(packages, upstream);
  try {
    const place = { root, directory, registry: registry.url };
    const perPackage = packages.flatMap((one) => [inspected(one), alone(one)]);
    const scenarios = [...perPackage, mergedKeys, conformance, command, ftpPlugin];
    const ended = await each(scenarios, parallel, (one) => succeeds(one, place, packages));
    process.exitCode = ended.every(Boolean) ? 0 : 1;
  } finally {
    await registry[Symbol.asyncDispose]();
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
