import type { AddressInfo, Server, Socket } from 'node:net';

/** What every server of this package can do. */
export interface LoopbackServer extends AsyncDisposable {
  /** The address it is bound to, or the path of a unix socket. */
  readonly host: string;
  /** 0 for a unix socket. */
  readonly port: number;
  /** A URL of this server, by its own scheme and address. */
  url(path?: string): URL;
  /** TCP connections since the start. */
  readonly accepted: number;
  /** TCP connections that are open now. */
  readonly open: number;
  /** Settles once `open` is `count`. */
  whenOpen(count: number): Promise<void>;
  /** Destroys what is open and stops listening; afterwards nothing of it is left. May be called again. */
  close(): Promise<void>;
}

/** Where to listen; default: an ephemeral port of 127.0.0.1. */
export interface ListenOptions {
  readonly host?: '127.0.0.1' | '::1' | undefined;
  /** Path of a unix socket, instead of an address. */
  readonly path?: string | undefined;
}

/** Starts `server` on loopback and counts its connections. `scheme` is that of `url()`. */
export async function listenOnLoopback(
  server: Server,
  scheme: string,
  options: ListenOptions = {},
): Promise<LoopbackServer> {
  const book = new ConnectionBook();
  server.on('connection', (socket: Socket) => {
    book.add(socket);
  });
  const { host = '127.0.0.1', path } = options;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const listening = (): void => {
      server.off('error', reject);
      resolve();
    };
    if (path === undefined) server.listen({ host, port: 0 }, listening);
    else server.listen({ path }, listening);
  });
  const address = server.address();
  const port = isAddressInfo(address) ? address.port : 0;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= closeServer(server, book));
  return {
    host: path ?? host,
    port,
    url: (target = '/') =>
      new URL(target, `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`),
    get accepted() {
      return book.accepted;
    },
    get open() {
      return book.open.size;
    },
    whenOpen: (count) => book.whenOpen(count),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The connections of one server, and who waits for their number to change. */
class ConnectionBook {
  accepted = 0;
  readonly open = new Set<Socket>();
  private readonly waiting: (() => void)[] = [];

  add(socket: Socket): void {
    this.accepted += 1;
    this.open.add(socket);
    // Resets are part of what is tested; who reads from the socket hears of them by 'close'.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.open.delete(socket);
      this.changed();
    });
    this.changed();
  }

  async whenOpen(count: number): Promise<void> {
    while (this.open.size !== count) {
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
      });
    }
  }

  private changed(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

async function closeServer(server: Server, book: ConnectionBook): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  for (const socket of book.open) socket.destroy();
  await stopped;
  await book.whenOpen(0);
}

function isAddressInfo(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
