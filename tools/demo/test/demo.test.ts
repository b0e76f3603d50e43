import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { createManager } from 'netaccess';
import { describe, expect, it, onTestFinished } from 'vitest';

import type { Download } from '../downloads.ts';
import { runAll } from '../run-all.ts';

const demo = path.join(import.meta.dirname, '../demo.ts');
const run = promisify(execFile);

describe('the demo', () => {
  it('finds every byte right, in plain text for a pipe, and leaves no file', async () => {
    const { stdout } = await run(process.execPath, [demo, '3000000']);
    const rows = stdout.split('\n').filter((line) => /^(ok|NO) /.test(line));
    expect(rows).toHaveLength(37);
    expect(rows.filter((row) => !row.startsWith('ok'))).toEqual([]);
    expect(rows.filter((row) => row.includes('http/1.1 TLSv1.3'))).toHaveLength(11);
    expect(rows.filter((row) => / ftp(?: TLSv1\.3)? /.test(row))).toHaveLength(12);
    expect(rows.filter((row) => / 206 /.test(row))).toHaveLength(2);
    expect(rows.filter((row) => row.includes('3,000,000'))).toHaveLength(5);
    expect(stdout).toContain('All 37 downloads are byte for byte what was served');
    expect(stdout).not.toContain('\u001B');
    const [file = ''] = /file:\S+large\.bin/.exec(stdout) ?? [];
    expect(existsSync(path.dirname(fileURLToPath(file)))).toBe(false);
  }, 30_000);

  it('says what differs', async () => {
    const manager = createManager();
    onTestFinished(() => manager.close());
    const right: Download = {
      url: 'data:,a',
      note: 'right',
      bytes: 1,
      sha256: 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
    };
    const written: string[] = [];
    const output = {
      write: (text: string) => void written.push(text),
      terminal: false,
      colours: false,
    };
    expect(await runAll([right], { manager }, output)).toBe(true);
    const wrong = [
      { ...right, sha256: 'another' },
      { ...right, bytes: 2 },
      { ...right, status: 200 },
      { ...right, url: 'no-such-scheme:x' },
    ];
    for (const download of wrong) {
      written.length = 0;
      expect(await runAll([right, download], { manager }, output)).toBe(false);
      expect(written.join('')).toMatch(/\nok .*\nNO .*\n {4}\S.*\n\n1 of 2 downloads differ/);
    }
  });

  it('shows on a terminal what goes on, in colours', async () => {
    const manager = createManager();
    onTestFinished(() => manager.close());
    const written: string[] = [];
    const output = {
      write: (text: string) => void written.push(text),
      terminal: true,
      colours: true,
    };
    const download = { url: 'data:,a', note: '', bytes: 1, sha256: '' };
    await runAll([download], { manager }, output);
    expect(written.join('')).toContain('\r\u001B[K\u001B[31mNO\u001B[0m');
  });
});
