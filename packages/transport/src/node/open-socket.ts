import { Socket } from 'node:net';

import type { Attempt } from './happy-eyeballs.ts';
import { readBuffers } from './read-buffers.ts';
import { RecycledReader } from './recycled-reader.ts';
import { TcpChannel } from './tcp-channel.ts';
import type { ChannelFacts } from './tcp-channel.ts';

/** The peer's host may vanish without a word; this long after the last byte the system begins to ask for it. */
const KEEP_ALIVE_DELAY_MILLISECONDS = 60_000;

/** Where a socket goes: an address and its port, or a unix socket. */
export type Endpoint = { readonly host: string; readonly port: number } | { readonly path: string };

/** Starts to connect; `facts` is asked for at the moment when it is connected. */
export function openSocket(endpoint: Endpoint, facts: () => ChannelFacts): Attempt<TcpChannel> {
  const reader = new RecycledReader(readBuffers);
  const socket = new Socket({ allowHalfOpen: true, onread: reader.onread });
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MILLISECONDS);
  const opened = new Promise<TcpChannel>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => {
      const channel = new TcpChannel(socket, reader, facts());
      socket.off('error', reject);
      resolve(channel);
    });
    // What it throws rejects.
    socket.connect(endpoint);
  });
  return { opened, cancel: () => socket.destroy() };
}
