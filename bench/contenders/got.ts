import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';

import got from 'got';

import { contend, drain, save } from '../contender.ts';

let client = got;

contend({
  prepare({ connections, ca }) {
    client = got.extend({
      agent: {
        http: new Agent({ keepAlive: true, maxSockets: connections }),
        https: new SecureAgent({ keepAlive: true, maxSockets: connections }),
      },
      https: { certificateAuthority: ca },
    });
  },
  async get(url) {
    return (await client(url).buffer()).length;
  },
  async download(url) {
    return drain(client.stream(url));
  },
  async downloadToFile(url, path) {
    await save(client.stream(url), path);
  },
});
