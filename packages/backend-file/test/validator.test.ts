import {
  appendFileSync,
  chmodSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';

import { describe, expect, it } from 'vitest';

import { fileValidator } from '../src/validator.ts';
import { temporaryFolder } from './fixtures/temporary-folder.ts';

const folder = temporaryFolder();

function validatorOf(url: URL, now = Date.now() + 3_600_000): string | undefined {
  return fileValidator(statSync(url, { bigint: true }), now);
}

describe('the validator of a file', () => {
  it('stays while nobody touches the file', () => {
    const url = folder.write('same', 'x');
    expect(validatorOf(url)).toEqual(expect.any(String));
    expect(validatorOf(url)).toBe(validatorOf(url));
  });

  it('is another one for other bytes of the same number with the same time', () => {
    const url = folder.write('a', '1234');
    utimesSync(url, 1_000, 1_000);
    const before = validatorOf(url);
    writeFileSync(folder.pathOf('b'), '5678');
    utimesSync(folder.pathOf('b'), 1_000, 1_000);
    renameSync(folder.pathOf('b'), url);
    expect(validatorOf(url)).not.toBe(before);
  });

  it('is another one when bytes were written in place and the time was set back', async () => {
    const url = folder.write('in-place', '1234');
    utimesSync(url, 1_000, 1_000);
    const before = validatorOf(url);
    const { ctimeNs } = statSync(url, { bigint: true });
    // A file system's clock goes in ticks; the change has to fall into another one.
    await expect.poll(() => changedAgain(url), { interval: 1 }).not.toBe(ctimeNs);
    expect(validatorOf(url)).not.toBe(before);
  });

  it('is another one when the file grew', () => {
    const url = folder.write('growing', 'x');
    const before = validatorOf(url);
    appendFileSync(url, 'y');
    expect(validatorOf(url)).not.toBe(before);
  });

  it('is absent while a change in the same tick could go unseen', () => {
    const url = folder.write('fresh', 'x');
    const changed = statSync(url).ctimeMs;
    expect(validatorOf(url, changed)).toBe(undefined);
    expect(validatorOf(url, changed + 1_900)).toBe(undefined);
    expect(validatorOf(url, changed + 2_100)).toEqual(expect.any(String));
  });

  it('is absent while the time of the file is in the future', () => {
    const url = folder.write('future', 'x');
    utimesSync(url, Date.now() / 1_000 + 7_200, Date.now() / 1_000 + 7_200);
    expect(validatorOf(url)).toBe(undefined);
  });

  it('is absent for a moment when only the rights changed', () => {
    const url = folder.write('rights', 'x');
    utimesSync(url, 1_000, 1_000);
    chmodSync(url, 0o600);
    expect(validatorOf(url, Date.now())).toBe(undefined);
  });
});

function changedAgain(url: URL): bigint {
  writeFileSync(url, '5678', { flag: 'r+' });
  utimesSync(url, 1_000, 1_000);
  return statSync(url, { bigint: true }).ctimeNs;
}
