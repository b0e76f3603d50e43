import { connect, type Socket } from 'node:net';

/** Something that a proxy let through. */
export interface PassedTarget {
  readonly how: 'tunnel' | 'forward' | 'socks5';
  /** `host:port` as it was asked for, before the proxy resolved it. */
  readonly target: string;
  readonly user: string | undefined;
}

/** What passed a proxy since its start. */
export interface ProxyTraffic {
  /** Whatever was let through, in order. */
  readonly passed: readonly PassedTarget[];
  /** Wrong or missing credentials, and targets that cannot be reached. */
  readonly refused: number;
  /** Bytes of tunnels towards their targets. */
  readonly bytesOut: number;
  /** Bytes of tunnels from their targets. */
  readonly bytesIn: number;
}

/** What a proxy keeps while it runs: whom it lets in, and what passed. */
export class ProxyBook implements ProxyTraffic {
  readonly passed: PassedTarget[] = [];
  refused = 0;
  bytesOut = 0;
  bytesIn = 0;
  private readonly users: ReadonlyMap<string, string> | undefined;
  private readonly hosts: ReadonlyMap<string, string>;
  private readonly outgoing = new Set<Socket>();

  constructor(
    users: Readonly<Record<string, string>> | undefined,
    hosts: Readonly<Record<string, string>> = {},
  ) {
    this.users = users && new Map(Object.entries(users));
    this.hosts = new Map(Object.entries(hosts));
  }

  get asksForUser(): boolean {
    return this.users !== undefined;
  }

  lets(user: string, password: string): boolean {
    return this.users === undefined || this.users.get(user) === password;
  }

  /** The address of a name that only this proxy knows, or the name itself. */
  resolve(host: string): string {
    return this.hosts.get(host) ?? host;
  }

  /** Opens the way to a target, or rejects with the system's error. */
  async open(host: string, port: number): Promise<Socket> {
    const socket = connect({ host: this.resolve(host), port, allowHalfOpen: true });
    this.outgoing.add(socket);
    socket.once('close', () => {
      this.outgoing.delete(socket);
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    socket.on('error', () => undefined);
    return socket;
  }

  /** Copies both ways, counts, and breaks one side when the other breaks. */
  join(near: Socket, far: Socket): void {
    near.on('data', (chunk: Buffer) => {
      this.bytesOut += chunk.length;
    });
    far.on('data', (chunk: Buffer) => {
      this.bytesIn += chunk.length;
    });
    near.pipe(far);
    far.pipe(near);
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
  }

  close(): void {
    for (const socket of this.outgoing) socket.destroy();
  }
}
