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
import { pack, type Packed } from './packed.ts';
import { each, shell } from './shell.ts';

/** What runs at once: packing and installing wait for the disk as much as for a core. */
const parallel = 3;
const root = path.resolve(import.meta.dirname, '../..');

type Scenario = (place: ConsumerPlace, packages: readonly Packed[]) => Promise<string>;

/** A package is complete: what it needs comes with it, and nothing else. */
const alone =
  (packed: Packed): Scenario =>
  async (place) => {
    const consumer = await Consumer.make(place, `alone ${packed.name}`, [packed]);
    await consumer.useEverything(packed);
    const installed = await consumer.installed();
    if (packed.name === '@netaccess/core' && installed.length !== 1) {
      throw new Error(`core brought ${installed.join(', ')}`);
    }
    return `${packed.name} alone: ${installed.length} packages installed`;
  };

/** Types that packages merge into core's are part of the promise. */
const mergedKeys: Scenario = async (place, packages) => {
  const consumer = await Consumer.make(place, 'merged keys', packages);
  consumer.add('merged-keys.ts');
  await consumer.compile('merged-keys.ts');
  return `merged keys: compiled, ran: ${await consumer.run('merged-keys.ts')}`;
};

/** A third party proves its backend with nothing but the published kit. */
const conformance: Scenario = async (place, packages) => {
  const kit = packages.filter(({ name }) => name === '@netaccess/conformance');
  const consumer = await Consumer.make(place, 'conformance', kit);
  consumer.add('conformance.test.ts');
  await consumer.compile('conformance.test.ts');
  const printed = await consumer.run('conformance.test.ts', '--test', '--test-reporter=tap');
  const passed = Number(/^# pass (\d+)$/m.exec(printed)?.[1] ?? 0);
  if (passed < 5) throw new Error(`the packed kit ran ${passed} tests:\n${printed}`);
  return `conformance: the packed kit alone ran ${passed} tests`;
};

/** The command reads a file of the project that it was installed in. */
const command: Scenario = async (place, packages) => {
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
  return `command: ${version} reads a file`;
};

const directory = mkdtempSync(path.join(tmpdir(), 'netaccess-packages-'));
try {
  const sources = publicPackages(root);
  const packages = await each(sources, parallel, (one) => pack(one.directory, directory, root));
  const upstream = await shell(directory, 'npm', 'config', 'get', 'registry');
  const registry = await localRegistry(packages, upstream);
  try {
    const place = { root, directory, registry: registry.url };
    const scenarios = [...packages.map((one) => alone(one)), mergedKeys, conformance, command];
    await each(scenarios, parallel, async (scenario) => {
      console.log(await scenario(place, packages));
    });
  } finally {
    await registry[Symbol.asyncDispose]();
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
