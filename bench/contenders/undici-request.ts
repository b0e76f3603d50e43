import { Agent, request } from 'undici';

import { contend, drain, save, streamOf } from '../contender.ts';

let dispatcher = new Agent();

contend({
  prepare({ connections, ca }) {
    dispatcher = new Agent({ connections, connect: { ca } });
  },
  async get(url) {
    const { body } = await request(url, { dispatcher });
    return (await body.arrayBuffer()).byteLength;
  },
  async download(url) {
    return drain((await request(url, { dispatcher })).body);
  },
  async downloadToFile(url, path) {
    await save((await request(url, { dispatcher })).body, path);
  },
  async upload(url, body) {
    const headers = { 'content-length': String(body.bytes) };
    const reply = await request(url, { dispatcher, method: 'PUT', headers, body: streamOf(body) });
    await reply.body.dump();
  },
});
