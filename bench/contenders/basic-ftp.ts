import { Writable } from 'node:stream';

import { Client } from 'basic-ftp';

import { contend, streamOf } from '../contender.ts';

const ftp = new Client();

/** Connects once, and stays. */
async function connected(url: string): Promise<string> {
  const { hostname, port, pathname } = new URL(url);
  if (ftp.closed) await ftp.access({ host: hostname, port: Number(port) });
  return pathname.slice(1);
}

async function download(path: string): Promise<number> {
  let bytes = 0;
  const sink = new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      bytes += chunk.length;
      done();
    },
  });
  await ftp.downloadTo(sink, path);
  return bytes;
}

contend({
  async download(url) {
    return download(await connected(url));
  },
  async upload(url, body) {
    await ftp.uploadFrom(streamOf(body), await connected(url));
  },
  async getMany(url, count) {
    const path = await connected(url);
    let bytes = 0;
    for (let index = 0; index < count; index += 1) bytes += await download(path);
    return bytes;
  },
  async list(url) {
    return (await ftp.list(await connected(url))).length;
  },
});
