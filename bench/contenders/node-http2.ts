import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { pipeline } from 'node:stream/promises';

import { contend, streamOf } from '../contender.ts';

let ca = '';
let session: ClientHttp2Session | undefined;

contend({
  prepare(terms) {
    ca = terms.ca;
  },
  get: (url) => drained(asked(url, 'GET')),
  download: (url) => drained(asked(url, 'GET')),
  async upload(url, body) {
    const stream = asked(url, 'PUT', { 'content-length': body.bytes });
    const reply = drained(stream);
    await pipeline(streamOf(body), stream);
    await reply;
  },
  async getHeld(url) {
    await drained(asked(url, 'GET'));
  },
});

function asked(
  url: string,
  operation: string,
  more: Readonly<Record<string, number>> = {},
): ClientHttp2Stream {
  session ??= connect(url, { ca });
  const fields = { ':method': operation, ':path': '/', 'user-agent': 'bench', accept: '*/*' };
  return session.request({ ...fields, ...more }, { endStream: operation === 'GET' });
}

/** By events: iterating would cost this contender more than it has to. */
function drained(stream: ClientHttp2Stream): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    stream.once('response', (head) => {
      if (head[':status'] !== 200) reject(new Error(`status ${head[':status']}`));
    });
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    stream.once('end', () => resolve(bytes));
    stream.once('error', reject);
  });
}
