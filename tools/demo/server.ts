/** The process that serves what the demo downloads: `node server.ts FILE`, started by `demo.ts` and ended with it. */
import { createReadStream, statSync } from 'node:fs';

import {
  certificates,
  ftpServer,
  httpServer,
  numberAt,
  patternBytes,
  sendChunks,
  type Exchange,
} from '@netaccess/test-servers';

import type { ServedAt } from './served-at.ts';

const [, , path = ''] = process.argv;
/** As large as reads of a disk are worth it. */
const chunkBytes = 1024 * 1024;

/** `/file`: the file that was named, with its length. */
async function file(exchange: Exchange): Promise<void> {
  exchange.reply.writeHead(200, { 'content-length': statSync(path).size });
  await sendChunks(exchange, createReadStream(path, { highWaterMark: chunkBytes }));
}

/** `/drip/LENGTH`: that many letters, in as many chunks. */
async function drip(exchange: Exchange): Promise<void> {
  const letters = Array.from({ length: numberAt(exchange, 0) }, () => Buffer.from('x'));
  await sendChunks(exchange, letters);
}

/** What each FTP server holds. */
function files(): Map<string, Uint8Array> {
  return new Map([
    ['/login/file.bin', patternBytes(1_000_000)],
    ['/login/listed/a.txt', patternBytes(3)],
    ['/login/listed/b c.txt', patternBytes(17)],
  ]);
}

const routes = { file, drip };
const { ca, localhost } = certificates();
const plain = await httpServer({ routes });
const secured = await httpServer({ routes, tls: localhost });
const tls = { key: localhost.key, cert: localhost.cert };
const ftp = await ftpServer({ files: files() });
const ftpSecured = await ftpServer({ files: files(), tls, requiresSession: true });
const ftps = await ftpServer({ files: files(), tls, implicit: true, requiresSession: true });
const servedAt: ServedAt = {
  http: plain.url().href,
  https: secured.url().href,
  ftp: ftp.url().href,
  ftpSecured: ftpSecured.url().href,
  ftps: ftps.url().href,
  ca: ca.cert,
};
process.once('disconnect', () => {
  process.exit();
});
process.send?.(servedAt);
