import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createSecureServer,
  createServer as createHttp2Server,
  type ServerHttp2Session,
  type Settings,
} from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import type { Server } from 'node:net';
import type { TlsOptions } from 'node:tls';

import { Arrivals } from './arrivals.ts';
import { listenOnLoopback, type ListenOptions, type LoopbackServer } from './loopback-server.ts';
import { readyRoutes } from './ready-routes.ts';
import type { Route } from './route.ts';

/** Where and how an HTTP server listens, and what it serves beside the ready routes. */
export interface HttpServerOptions extends ListenOptions {
  /** `key` and `cert` (PEM), and whatever else Node takes. Absent: plain HTTP. */
  readonly tls?: TlsOptions | undefined;
  /** Node's HTTP/2 server, with these settings: over TLS it offers HTTP/1.1 as well, in clear it understands nothing else. */
  readonly http2?: Settings | undefined;
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

/** A real server of Node with ready routes. */
export interface HttpServer extends LoopbackServer {
  /** Of HTTP/2, in the order in which they began; also those that are over. */
  readonly sessions: readonly ServerHttp2Session[];
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
    const carrier = carrierOf(request);
    const connection = connections.get(carrier) ?? connections.size;
    connections.set(carrier, connection);
    const { method = '', url: target = '', headers } = request;
    requests.add({ method, target, headers, connection });
    void answer(routes, request, reply);
  };
  const server = serverFor(options, serve);
  const sessions: ServerHttp2Session[] = [];
  server.on('session', (session: ServerHttp2Session) => sessions.push(session));
  // The route decides: `echo` invites the body, others refuse it by their final answer.
  server.on('checkContinue', serve);
  const listening = await listenOnLoopback(server, options.tls ? 'https' : 'http', options);
  return Object.assign(listening, {
    sessions,
    requests: requests.list,
    request: (index: number) => requests.at(index),
  });
}

type Serve = (request: IncomingMessage, reply: ServerResponse) => void;

function serverFor(options: HttpServerOptions, serve: Serve): Server {
  const server = options.http2 === undefined ? http1Server(options) : http2Server(options);
  // What routes use of a request and a reply is the same in both versions.
  server.on('request', serve);
  return server;
}

function http1Server({ tls }: HttpServerOptions): Server {
  const server = tls ? createTlsServer(tls) : createServer();
  // Idle connections are part of what is tested: the server never ends one by itself.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  return server;
}

function http2Server({ tls, http2: settings = {} }: HttpServerOptions): Server {
  return tls
    ? createSecureServer({ ...tls, settings, allowHTTP1: true })
    : createHttp2Server({ settings });
}

/** In HTTP/2 the socket of a request is not the same object twice. */
function carrierOf(request: IncomingMessage): unknown {
  if (!('stream' in request)) return request.socket;
  const { stream } = request;
  return typeof stream === 'object' && stream !== null && 'session' in stream
    ? stream.session
    : request.socket;
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
