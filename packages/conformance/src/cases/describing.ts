import { CONTRACT } from '@netaccess/core';
import type { BackendFactory } from '@netaccess/core';

import { conformanceCase } from '../case.ts';
import type { ConformanceCase } from '../case.ts';
import { check, checkBytes } from '../rule.ts';

const targetTypes: readonly string[] = ['networked', 'local'];
const securityFeatures: readonly string[] = ['tls'];
const ioFeatures: readonly string[] = ['zero-copy', 'resettable-upload'];

const describesItself = conformanceCase({
  name: 'the factory names its contract, itself and its schemes',
  member: 'BackendFactory',
  async run({ factory }) {
    check(factory.contract === CONTRACT, `contract is ${factory.contract}, not ${CONTRACT}`);
    check(typeof factory.name === 'string' && factory.name !== '', 'name is empty');
    check(factory.schemes.length > 0, 'schemes is empty: nothing would ever be asked of it');
    for (const scheme of factory.schemes) checkScheme(scheme);
    check(typeof factory.create === 'function', 'create is not a function');
    for (const optional of ['preconnect', 'clearConnections', 'close'] as const) {
      const member = factory[optional];
      check(member === undefined || typeof member === 'function', `${optional} is not a function`);
    }
  },
});

const claimsKnownWords = conformanceCase({
  name: 'the factory claims a target and only known words',
  member: 'BackendFactory.features',
  async run({ factory }) {
    const { features } = factory;
    const targets: readonly string[] = features.targetTypes;
    check(targets.length > 0, 'targetTypes is empty');
    checkWords('targetTypes', targets, targetTypes);
    checkWords('securityFeatures', features.securityFeatures ?? [], securityFeatures);
    checkWords('ioFeatures', features.ioFeatures ?? [], ioFeatures);
  },
});

const secureSchemesAreSchemes = conformanceCase({
  name: 'secure schemes are among the schemes',
  member: 'BackendFactory.secureSchemes',
  async run({ factory }) {
    for (const scheme of factory.secureSchemes ?? []) {
      check(factory.schemes.includes(scheme), `secureSchemes names ${scheme}, schemes does not`);
    }
  },
});

const factoriesAreApart = conformanceCase({
  name: 'closing one factory leaves another one working',
  member: 'BackendFactory: belongs to one manager',
  async run(trial) {
    const closed: BackendFactory = trial.fixture.factory();
    check(closed !== trial.factory, 'two calls gave the same factory: managers would share it');
    await trial.value('close() of another factory', () => closed.close?.());
    const { url, bytes } = trial.fixture.served.existing;
    checkBytes(await trial.bytesOf(url, bytes.length), bytes, 'after another factory was closed');
  },
});

/** What a factory says about itself. */
export const describingCases: readonly ConformanceCase[] = [
  describesItself,
  claimsKnownWords,
  secureSchemesAreSchemes,
  factoriesAreApart,
];

function checkScheme(scheme: string): void {
  check(
    scheme === '*' || /^[a-z][a-z0-9+.-]*$/.test(scheme),
    `scheme ${JSON.stringify(scheme)} is not lower case without the colon`,
  );
}

function checkWords(group: string, words: readonly string[], known: readonly string[]): void {
  for (const word of words) check(known.includes(word), `${group} holds the unknown word ${word}`);
}
