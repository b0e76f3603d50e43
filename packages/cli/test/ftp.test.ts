import { ftpServer, patternBytes } from '@netaccess/test-servers';
import { afterAll, describe, expect, it } from 'vitest';

import { run } from './command.ts';

const server = await ftpServer({
  files: new Map([
    ['/login/a.bin', patternBytes(5_000)],
    ['/login/d/b.txt', patternBytes(3)],
  ]),
});
afterAll(() => server.close());

describe('netaccess get over FTP', () => {
  it('fetches a file, whole and from somewhere on', async () => {
    const whole = await run(['get', server.url('/a.bin').href]);
    expect(whole.code).toBe(0);
    expect(whole.stdout.equals(Buffer.from(patternBytes(5_000)))).toBe(true);
  });
  it('lists a directory, as JSON and as text', async () => {
    const json = await run(['get', server.url('/d/').href]);
    expect(JSON.parse(json.stdout.toString())).toMatchObject([{ name: 'b.txt', size: 3 }]);
    const text = await run(['get', '-H', 'Accept: text/plain', server.url('/d/').href]);
    expect(text.stdout.toString()).toMatch(/^-rw-r--r-- +3 2026-01-02 03:04 b\.txt\n$/);
  });
  it('says what the server says of a file that is missing', async () => {
    const { code, stderr } = await run(['get', '-f', server.url('/none').href]);
    expect(code).not.toBe(0);
    expect(stderr).toContain('550');
  });
});
