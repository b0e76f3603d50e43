import { Agent, request } from 'undici';

import { contend, drain } from '../contender.ts';

let dispatcher = new Agent();

contend({
  prepare({ ca }) {
    dispatcher = new Agent({
      allowH2: true,
      connections: 1,
      pipelining: 1_000,
      connect: { ca },
    });
  },
  async get(url) {
    const { body } = await request(url, { dispatcher });
    return (await body.arrayBuffer()).byteLength;
  },
  async download(url) {
    return drain((await request(url, { dispatcher })).body);
  },
});
