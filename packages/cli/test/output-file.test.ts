import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { outputFile } from '../src/output-file.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'netaccess-output-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const place = (name: string): string => path.join(directory, name);
const bytes = Buffer.from('some bytes');

describe('an output file', () => {
  it('has its name only when it is finished', async () => {
    const output = await outputFile(place('a'));
    await output.write(bytes);
    await output.write(bytes);
    expect(existsSync(place('a'))).toBe(false);
    await output.finish();
    await output.discard();
    expect(readFileSync(place('a'), 'utf8')).toBe('some bytessome bytes');
    expect(readdirSync(directory)).toEqual(['a']);
  });
  it('leaves what was there, and nothing else, when it is discarded', async () => {
    writeFileSync(place('a'), 'old');
    const output = await outputFile(place('a'));
    await output.write(bytes);
    await output.discard();
    await output.discard();
    expect(readFileSync(place('a'), 'utf8')).toBe('old');
    expect(readdirSync(directory)).toEqual(['a']);
  });
  it('replaces a link, and does not follow it', async () => {
    writeFileSync(place('target'), 'old');
    symlinkSync(place('target'), place('a'));
    const output = await outputFile(place('a'));
    await output.finish();
    expect(readFileSync(place('target'), 'utf8')).toBe('old');
  });
  it('writes to a pipe as it is', async () => {
    execFileSync('mkfifo', [place('pipe')]);
    const reader = import('node:fs/promises').then(({ readFile }) =>
      readFile(place('pipe'), 'utf8'),
    );
    const output = await outputFile(place('pipe'));
    await output.write(bytes);
    await output.finish();
    expect(await reader).toBe('some bytes');
  });
  it('refuses a directory, and one that is not there', async () => {
    await expect(outputFile(directory)).rejects.toThrow(/is a directory/);
    await expect(outputFile(place('no/such/a'))).rejects.toThrow(/ENOENT/);
    expect(readdirSync(directory)).toEqual([]);
  });
});
