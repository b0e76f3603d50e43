import { once } from 'node:events';
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';

import { contend, drain, save, streamOf } from '../contender.ts';

let agent = new Agent({ keepAlive: true });
let secureAgent = new SecureAgent({ keepAlive: true });

contend({
  prepare({ connections, ca }) {
    agent = new Agent({ keepAlive: true, maxSockets: connections });
    secureAgent = new SecureAgent({ keepAlive: true, maxSockets: connections, ca });
  },
  async get(url) {
    return drain(await get(url));
  },
  async download(url) {
    return drain(await get(url));
  },
  async downloadToFile(url, path) {
    await save(await get(url), path);
  },
  async upload(url, body) {
    const headers = { 'content-length': String(body.bytes) };
    const sent = request(url, { agent, method: 'PUT', headers });
    const reply = answerTo(sent);
    await pipeline(streamOf(body), sent);
    await drain(await reply);
  },
});

function get(url: string): Promise<IncomingMessage> {
  const secured = url.startsWith('https:');
  const sent = secured ? secureRequest(url, { agent: secureAgent }) : request(url, { agent });
  sent.end();
  return answerTo(sent);
}

async function answerTo(sent: ClientRequest): Promise<IncomingMessage> {
  const [reply] = await once(sent, 'response');
  return reply;
}
