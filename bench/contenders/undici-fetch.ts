import { Agent, fetch } from 'undici';

import { contend, drain } from '../contender.ts';

let dispatcher = new Agent();

contend({
  prepare({ connections, ca }) {
    dispatcher = new Agent({ connections, connect: { ca } });
  },
  async get(url) {
    return (await (await fetch(url, { dispatcher })).arrayBuffer()).byteLength;
  },
  async download(url) {
    const { body } = await fetch(url, { dispatcher });
    return body === null ? 0 : drain(body);
  },
});
