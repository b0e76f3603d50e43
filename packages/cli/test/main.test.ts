import { describe, expect, it } from 'vitest';

import { run } from './command.ts';

describe.concurrent('netaccess', () => {
  it('lists every scheme with its package, version and claims, and loads nothing for it', async () => {
    const { code, stdout } = await run(['schemes']);
    const lines = stdout.toString().split('\n');
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^SCHEME +PACKAGE +VERSION +CLAIMS +LOADED$/);
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^https +@netaccess\/backend-http +\d+\.\d+\.\d+ +networked, tls, zero-copy +no$/,
      ),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(/^file +@netaccess\/backend-file +\S+ +local.* no$/),
    );
  });
  it('says its version and how it is used', async () => {
    expect((await run(['--version'])).stdout.toString()).toMatch(/^netaccess \d+\.\d+\.\d+\n$/);
    expect((await run(['--help'])).stdout.toString()).toContain('netaccess get [OPTION…] URL…');
    const help = (await run(['get', '--help'])).stdout.toString();
    for (const word of ['-o, --output FILE', '--cacert FILE', '23 not written']) {
      expect(help).toContain(word);
    }
  });
  it.each([[[]], [['fetch']], [['get']]])('refuses %j with 2', async (words) => {
    const { code, stderr } = await run(words);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^netaccess: \(2\) [^]*--help/)]);
  });
});
