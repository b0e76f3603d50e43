/** The process that serves what the demo downloads: `node server.ts FILE`, started by `demo.ts` and ended with it. */
import { createReadStream, statSync } from 'node:fs';

import {
  certificates,
  httpServer,
  numberAt,
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

const routes = { file, drip };
const { ca, localhost } = certificates();
const plain = await httpServer({ routes });
const secured = await httpServer({ routes, tls: localhost });
const servedAt: ServedAt = { http: plain.url().href, https: secured.url().href, ca: ca.cert };
process.once('disconnect', () => {
  process.exit();
});
process.send?.(servedAt);
