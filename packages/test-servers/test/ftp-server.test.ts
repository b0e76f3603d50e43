import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { expect, it } from 'vitest';

import { ftpServer, patternBytes } from '../src/index.ts';

it('an FTP server in memory gives what it holds, and what a script says instead', async () => {
  await using server = await ftpServer({
    files: new Map([['/login/a', patternBytes(5)]]),
    scripts: { NOOP: '421 Not now.' },
  });
  const control = connect({ host: server.host, port: server.port });
  control.write('USER me\r\nPASS x\r\nEPSV\r\nSIZE a\r\nNOOP\r\n');
  await server.heard('NOOP');
  control.write('QUIT\r\n');
  const replies = await text(control);
  expect(replies).toMatch(
    /^220 .*\r\n331 .*\r\n230 .*\r\n229 .*\(\|\|\|\d+\|\)\r\n213 5\r\n421 Not now\.\r\n221 /,
  );
  expect(server.commands.slice(0, 2)).toEqual(['USER me', 'PASS x']);
  expect(server.sessions).toHaveLength(1);
});

it('an FTP server in memory carries data over a connection of its own', async () => {
  await using server = await ftpServer({ files: new Map([['/login/a', patternBytes(5)]]) });
  const control = connect({ host: server.host, port: server.port });
  control.write('EPSV\r\nRETR a\r\n');
  const [, port] = await new Promise<string[]>((resolve) => {
    control.on('data', (chunk) => {
      const found = /\|\|\|(\d+)\|/.exec(chunk.toString());
      if (found !== null) resolve([...found]);
    });
  });
  const data = connect({ host: server.host, port: Number(port) });
  const chunks: Buffer[] = [];
  for await (const chunk of data) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks)).toEqual(Buffer.from(patternBytes(5)));
  control.destroy();
});
