import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

import { Arrivals } from './arrivals.ts';
import { listenOnLoopback, type ListenOptions, type LoopbackServer } from './loopback-server.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import type { Step } from './steps.ts';

/** The steps of every connection, or a function that gives them by the connection's number, from 0. */
export type Script = readonly Step[] | ((connection: number) => readonly Step[]);

/** Where and how a scripted server listens. */
export interface ScriptedServerOptions extends ListenOptions {
  /** `key` and `cert` (PEM), and whatever else Node takes. */
  readonly tls?: TlsOptions | undefined;
  /** Of `url()`; default: `http`, or `https` with TLS. */
  readonly scheme?: string | undefined;
}

/** A server that does on each connection what its script says. */
export interface ScriptedServer extends LoopbackServer {
  /** In the order of their arrival; with TLS once the handshake is done. */
  readonly connections: readonly ScriptedPeer[];
  /** Settles when connection `index`, from 0, has arrived. */
  connection(index: number): Promise<ScriptedPeer>;
  /** Handshakes that failed, with Node's reason. */
  readonly failedHandshakes: readonly Error[];
}

/** Starts one. After its last step a connection stays open until the other side ends; what it receives is recorded. */
export async function scriptedServer(
  script: Script,
  options: ScriptedServerOptions = {},
): Promise<ScriptedServer> {
  const connections = new Arrivals<ScriptedPeer>();
  const failedHandshakes: Error[] = [];
  const accept = (socket: Socket): void => {
    socket.on('error', () => undefined);
    const index = connections.list.length;
    const steps = typeof script === 'function' ? script(index) : script;
    connections.add(new ScriptedPeer(index, socket, (peer) => play(steps, peer)));
  };
  const { tls, scheme = tls ? 'https' : 'http' } = options;
  const server = tls
    ? // Half-open would leave a connection open for ever whose other side left during the handshake.
      createTlsServer(tls, accept)
    : createServer({ allowHalfOpen: true, noDelay: true }, accept);
  server.on('tlsClientError', (error: Error) => {
    failedHandshakes.push(error);
  });
  const listening = await listenOnLoopback(server, scheme, options);
  return Object.assign(listening, {
    connections: connections.list,
    connection: (index: number) => connections.at(index),
    failedHandshakes,
  });
}

async function play(steps: readonly Step[], peer: ScriptedPeer): Promise<void> {
  // The test that asked for the connection may look at it before its first step.
  await Promise.resolve();
  for (const step of steps) await step(peer);
}
