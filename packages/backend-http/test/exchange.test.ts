import { bytesUpload } from '@netaccess/core';
import {
  memoryChannelPair,
  type Channel,
  type Connector,
  type TlsProvider,
} from '@netaccess/transport';
import { assert, asyncProperty, constantFrom, array, integer } from 'fast-check';
import { expect, it } from 'vitest';

import { asking, failureOf, readBody } from './fixtures/asking.ts';
import { HandClock } from './fixtures/hand-clock.ts';

/** A connector whose peers are the test's: what the backend gets is one end of each pair. */
function memory(serve: (peer: Channel, index: number) => Promise<void>): {
  connector: Connector;
  near: Channel[];
} {
  const near: Channel[] = [];
  const connect = async (): Promise<Channel> => {
    const [here, there] = memoryChannelPair();
    near.push(here);
    void serve(there, near.length - 1).catch(() => undefined);
    return here;
  };
  return { connector: { connect }, near };
}

async function readRequest(peer: Channel, end = /\r\n\r\n$/): Promise<string> {
  let text = '';
  for (;;) {
    const view = await peer.readPointer();
    if (view.length === 0) throw new Error('the other side ended');
    text += Buffer.from(view).toString('latin1');
    peer.advanceReadPointer(view.length);
    if (end.test(text)) return text;
  }
}

const url = new URL('http://memory/');

it('views are used before they are given back, however the reply is split', async () => {
  const reply =
    'HTTP/1.1 103 Early\r\nL: m\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n00a\r\n0123456789\r\n0\r\nT: u\r\n\r\n';
  const pieces = array(integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 });
  await assert(
    asyncProperty(pieces, constantFrom(0, 1), async (lengths, turns) => {
      const { connector, near } = memory(async (peer) => {
        for (;;) {
          await readRequest(peer);
          for (let at = 0, index = 0; at < reply.length; index += 1) {
            const length = lengths[index % lengths.length] ?? 1;
            await peer.write(Buffer.from(reply.slice(at, at + length), 'latin1'));
            at += length;
            for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
          }
        }
      });
      const { ask, factory } = asking({}, { resources: { connector } });
      for (let round = 0; round < 2; round += 1) {
        const answer = await ask(url);
        expect(answer).toMatchObject({ text: 'abc0123456789', trailers: [['T', 'u']] });
      }
      expect(near).toHaveLength(1);
      await factory.close?.();
    }),
    { numRuns: 60 },
  );
});

it('what a peer says before it is asked is not taken for an answer', async () => {
  const evil = Buffer.from('HTTP/1.1 200 evil\r\nContent-Length: 0\r\n\r\n');
  const good = Buffer.from('HTTP/1.1 200 good\r\nContent-Length: 0\r\n\r\n');
  const { connector, near } = memory(async (peer, index) => {
    await readRequest(peer);
    await peer.write(good);
    await new Promise(setImmediate);
    if (index === 0) await peer.write(evil);
    await readRequest(peer);
    await peer.write(good);
  });
  const { ask } = asking({}, { resources: { connector } });
  await ask(url);
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  expect((await ask(url)).status?.reason).toBe('good');
  expect(near).toHaveLength(2);
  expect(near[0]?.open).toBe(false);
});

it('an error of a channel without a word of its own is a lost connection', async () => {
  const connector: Connector = {
    connect: async () => {
      const [here] = memoryChannelPair();
      here.readPointer = () =>
        Promise.reject(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
      return here;
    },
  };
  const { ask } = asking({}, { resources: { connector } });
  expect(await failureOf(ask(url))).toMatchObject({ code: 'remote-host-closed', temporary: true });
});

it('a connection whose reply came before its upload was written out is kept when it is', async () => {
  let writtenOut: (() => void) | undefined;
  const gate = new Promise<void>((resolve) => {
    writtenOut = resolve;
  });
  const { connector, near } = memory(async (peer) => {
    for (;;) {
      await readRequest(peer, /\r\n\r\n(?:abc)?$/);
      await peer.write(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
    }
  });
  const slow: Connector = {
    async connect(target, options) {
      const channel = await connector.connect(target, options);
      const write = channel.write.bind(channel);
      channel.write = async (...views) => {
        await write(...views);
        await gate;
      };
      return channel;
    },
  };
  const { ask, start } = asking({ connections: 1 }, { resources: { connector: slow } });
  const backend = start(url, { operation: 'put', upload: bytesUpload('abc') });
  await backend.open();
  expect(Buffer.from(await readBody(backend)).toString()).toBe('ok');
  const second = ask(url);
  writtenOut?.();
  expect((await second).attributes?.connection?.reused).toBe(true);
  await backend.close();
  expect(near).toHaveLength(1);
});

it('closing does not wait for a channel that never says that it has written', async () => {
  const clock = new HandClock();
  const { connector } = memory(async (peer) => {
    await readRequest(peer, /abc$/);
    await peer.write(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
  });
  const stuck: Connector = {
    async connect(target, options) {
      const channel = await connector.connect(target, options);
      const write = channel.write.bind(channel);
      channel.write = (...views) => {
        void write(...views);
        return new Promise(() => undefined);
      };
      return channel;
    },
  };
  const { start } = asking({ clock }, { resources: { connector: stuck } });
  const backend = start(url, { operation: 'put', upload: bytesUpload('abc') });
  await backend.open();
  const closed = backend.close();
  clock.advance(500);
  await expect(closed).resolves.toBeUndefined();
});

it('TLS sessions are kept for the last routes, not for every route there ever was', async () => {
  const slots: unknown[] = [];
  const tls: TlsProvider = {
    secure(_channel, { session }) {
      slots.push(session);
      return Promise.reject(Object.assign(new Error('no'), { code: 'tls-handshake-failed' }));
    },
  };
  const { connector } = memory(() => Promise.resolve());
  const { ask } = asking({}, { resources: { connector }, security: { tls } });
  const failing = (host: string): Promise<unknown> => failureOf(ask(new URL(`https://${host}/`)));
  await failing('first');
  await failing('first');
  expect(slots[1]).toBe(slots[0]);
  for (let index = 0; index < 300; index += 1) await failing(`host${index}`);
  await failing('first');
  expect(slots.at(-1)).not.toBe(slots[0]);
});
