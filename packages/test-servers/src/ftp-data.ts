import { createServer, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

import type { FtpWorld } from './ftp-server.ts';

/** Where one data connection is waited for. */
export class FtpDataPort {
  readonly port: number;
  /** Settles with the connection, as it came. */
  readonly arrived: Promise<Socket>;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
    this.arrived = new Promise((resolve) => {
      server.on('connection', (socket: Socket) => {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
        socket.once('close', () => this.#sockets.delete(socket));
        resolve(socket);
      });
    });
  }

  static async listen(world: FtpWorld, number: number): Promise<FtpDataPort> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const { path, host } = world;
    await new Promise<void>((resolve) => {
      if (path === undefined) server.listen({ host, port: 0 }, resolve);
      else server.listen({ path: `${path}.${number}` }, resolve);
    });
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : number;
    return new FtpDataPort(server, port);
  }

  /** Nobody else may come; who is there stays. */
  stopListening(): void {
    this.#server.close();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** A data connection in use. */
export class FtpData {
  readonly socket: Socket;
  /** What arrives, from the first byte on. */
  readonly #chunks: Buffer[] = [];
  readonly #ended: Promise<void>;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    this.#ended = new Promise((resolve) => {
      socket.once('end', resolve);
      socket.once('close', () => resolve());
    });
  }

  /** The connection as it is, or secured as a server would. Rejects when the handshake fails. */
  static async accept(
    arrived: Promise<Socket>,
    world: FtpWorld,
    secured: boolean,
  ): Promise<FtpData> {
    const socket = await arrived;
    if (!secured) return new FtpData(socket);
    const options = { isServer: true, secureContext: world.context };
    const tls = new TLSSocket(socket, options);
    // Half-open, it would outlive another side that leaves during the handshake.
    tls.once('end', () => tls.destroySoon());
    await new Promise<void>((resolve, reject) => {
      tls.once('secure', resolve);
      tls.once('error', reject);
      tls.once('close', () => reject(new Error('closed during the handshake')));
    });
    return new FtpData(tls);
  }

  get resumed(): boolean {
    return this.socket instanceof TLSSocket && this.socket.isSessionReused();
  }

  /** Settles when the other side took it, or is gone. */
  async write(bytes: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => {
      const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
      this.socket.write(data, () => resolve());
      this.socket.once('close', () => resolve());
    });
  }

  /** Everything that comes until the other side ends. */
  async readAll(): Promise<Buffer> {
    this.socket.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    await this.#ended;
    return Buffer.concat(this.#chunks);
  }

  async end(): Promise<void> {
    this.socket.resume();
    await new Promise<void>((resolve) => {
      this.socket.once('close', () => resolve());
      this.socket.end(() => resolve());
    });
  }
}
