import type { Fixture } from '../src/index.ts';

/** A path that is open: what a networked backend would hold a socket for. */
export interface MemoryLink {
  close(): void;
}

/** Opens paths to a world, as a connector does. */
export interface MemoryLinks {
  connect(proxy: URL | undefined): MemoryLink;
}

declare module '@netaccess/core' {
  interface Resources {
    /** Lent by the tests of the kit to their networked reference backend. */
    readonly memoryLinks?: MemoryLinks | undefined;
  }
}

/** Made once for all worlds, of which there are thousands. */
const contents: ReadonlyMap<string, Uint8Array> = new Map([
  ['/existing', distinctBytes(300, 1)],
  ['/other', distinctBytes(250, 2)],
  ['/large', distinctBytes(6_000, 3)],
  ['/empty', new Uint8Array(0)],
  ['/broken', distinctBytes(900, 4)],
  ['/stalled-body', distinctBytes(900, 5)],
]);

/** Resources by URL path, and what is going on among them. */
export class MemoryWorld {
  readonly stored = new Map(contents);
  readonly links = new Set<MemoryLink>();
  /** What the kit itself did against the contract. */
  readonly violations: string[] = [];
  proxied = 0;
  #targets = 0;

  readonly memoryLinks: MemoryLinks = {
    connect: (proxy) => {
      if (proxy !== undefined) this.proxied++;
      const link: MemoryLink = { close: () => this.links.delete(link) };
      this.links.add(link);
      return link;
    },
  };

  /** A place where nothing is stored yet. */
  newTarget(base: string): URL {
    return new URL(`/written/${this.#targets++}`, base);
  }

  bytesOf(path: string): Uint8Array {
    return this.stored.get(path) ?? new Uint8Array(0);
  }
}

/** Everything that the kit can ask for, in memory. */
export function memoryFixture(
  world: MemoryWorld,
  base: string,
  factory: Fixture['factory'],
): Fixture {
  const at = (path: string): URL => new URL(path, base);
  const content = (path: string): { url: URL; bytes: Uint8Array } => ({
    url: at(path),
    bytes: world.bytesOf(path),
  });
  return {
    factory,
    served: {
      existing: content('/existing'),
      other: content('/other'),
      large: content('/large'),
      empty: at('/empty'),
      missing: at('/missing'),
      forbidden: at('/forbidden'),
      broken: at('/broken'),
      failing: [{ url: at('/folder/'), code: 'content-operation-not-permitted' }],
      stalledHead: at('/stalled-head'),
      stalledBody: at('/stalled-body'),
    },
    writable: {
      target: () => world.newTarget(base),
      stored: (url) => world.stored.get(url.pathname),
      stalled: at('/stalled-put'),
      atomic: true,
    },
    operations: ['get', 'head', 'put'],
    lent: {
      resources: { memoryLinks: world.memoryLinks },
      security: { tls: { secure: () => Promise.reject(new Error('nothing to secure')) } },
    },
    proxy: { url: new URL('http://proxy.test:3128'), used: () => world.proxied },
    openHandles: () => Array.from(world.links, () => 'link'),
    waitMilliseconds: 1_000,
  };
}

/** Bytes of which no two neighbours are alike; another `seed` differs everywhere. */
export function distinctBytes(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8) + seed * 29) % 251);
}
