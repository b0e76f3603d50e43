import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { TlsOptions } from 'node:tls';

import { Arrivals } from './arrivals.ts';
import { listenOnLoopback, type ListenOptions, type LoopbackServer } from './loopback-server.ts';
import { readyRoutes } from './ready-routes.ts';
import type { Route } from './route.ts';

/** Where and how an HTTP server listens, and what it serves beside the ready routes. */
export interface HttpServerOptions extends ListenOptions {
  /** `key` and `cert` (PEM), and whatever else Node takes. Absent: plain HTTP. */
  readonly tls?: TlsOptions | undefined;
  /** By the first component of the path: `{ own: route }` serves `/own` and `/own/…`. Asked before the ready ones. */
  readonly routes?: Readonly<Record<string, Route>> | undefined;
}

/** What an HTTP server received: a line for each request. */
export interface SeenRequest {
  readonly method: string;
  /** As it stood in the request line. */
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  /** Of the TCP connection, from 0, in the order of first use: equal for requests that shared one. */
  readonly connection: number;
}

/** A real HTTP/1.1 server of Node with ready routes. */
export interface HttpServer extends LoopbackServer {
  readonly requests: readonly SeenRequest[];
  /** Settles when request `index`, from 0, has arrived. */
  request(index: number): Promise<SeenRequest>;
}

/** Starts one. The ready routes are listed in the package's README. */
export async function httpServer(options: HttpServerOptions = {}): Promise<HttpServer> {
  const requests = new Arrivals<SeenRequest>();
  const connections = new Map<unknown, number>();
  const routes = new Map(Object.entries({ ...readyRoutes, ...options.routes }));
  const serve = (request: IncomingMessage, reply: ServerResponse): void => {
    const connection = connections.get(request.socket) ?? connections.size;
    connections.set(request.socket, connection);
    const { method = '', url: target = '', headers } = request;
    requests.add({ method, target, headers, connection });
    void answer(routes, request, reply);
  };
  const server = options.tls ? createTlsServer(options.tls, serve) : createServer(serve);
  // The route decides: `echo` invites the body, others refuse it by their final answer.
  server.on('checkContinue', serve);
  // Idle connections are part of what is tested: the server never ends one by itself.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  const listening = await listenOnLoopback(server, options.tls ? 'https' : 'http', options);
  return Object.assign(listening, {
    requests: requests.list,
    request: (index: number) => requests.at(index),
  });
}

async function answer(
  routes: ReadonlyMap<string, Route>,
  request: IncomingMessage,
  reply: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://loopback');
  const [, name = '', ...parts] = url.pathname.split('/');
  const route = routes.get(name);
  try {
    if (route) await route({ request, reply, url, parts: parts.map(decodeURIComponent) });
    else reply.writeHead(404, { 'content-type': 'text/plain' }).end(`no route ${name}`);
  } catch (error) {
    // A route that fails breaks its connection, as the other side leaving does.
    reply.destroy(error instanceof Error ? error : undefined);
  }
}
