import { createWriteStream, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { answerCalls } from './child.ts';

/** What a contender can do; each resolves when all bytes are there. */
export interface Abilities {
  /** Called once, first. */
  readonly prepare?: ((terms: Terms) => void | Promise<void>) | undefined;
  /** Gets a small body as bytes; resolves to their number. */
  readonly get?: ((url: string) => Promise<number>) | undefined;
  /** Lets the bytes go by; resolves to their number. */
  readonly download?: ((url: string) => Promise<number>) | undefined;
  readonly downloadToFile?: ((url: string, path: string) => Promise<void>) | undefined;
  readonly upload?: ((url: string, body: Body) => Promise<void>) | undefined;
  /** Lets the bytes of a file go by. */
  readonly readFile?: ((path: string) => Promise<number>) | undefined;
  readonly copyFile?: ((from: string, to: string) => Promise<void>) | undefined;
  /** Gets so many small bodies, as fast as it may; resolves to the number of bytes. */
  readonly getMany?: ((url: string, count: number) => Promise<number>) | undefined;
  /** Lists a directory; resolves to the number of entries. */
  readonly list?: ((url: string) => Promise<number>) | undefined;
  /** Gets something that nobody answers yet; resolves when it is answered. */
  readonly getHeld?: ((url: string) => Promise<void>) | undefined;
}

export interface Terms {
  readonly connections: number;
  readonly ca: string;
}

export interface Body {
  readonly bytes: number;
  readonly viewBytes: number;
}

/** How long something took, and what for. */
export interface Round {
  readonly milliseconds: number;
  readonly count: number;
  readonly cpuMilliseconds: number;
}

/** The peak of this process, in bytes. `maxRSS` would count what the process held that started this one. */
function peak(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1_024;
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) * 1_024;
}

/** Makes this process a contender, which does what it is told. */
export function contend(abilities: Abilities): void {
  answerCalls({
    prepare: (terms: Terms) => abilities.prepare?.(terms),
    requests: (asked: { url: string; concurrency: number; milliseconds: number }) =>
      timed(() => requests(abilities, asked)),
    download: ({ url }: { url: string }) => timed(() => able(abilities.download)(url)),
    downloadToFile: ({ url, path }: { url: string; path: string }) =>
      timed(() => able(abilities.downloadToFile)(url, path)),
    upload: ({ url, body }: { url: string; body: Body }) =>
      timed(() => able(abilities.upload)(url, body)),
    readFile: ({ path }: { path: string }) => timed(() => able(abilities.readFile)(path)),
    copyFile: ({ from, to }: { from: string; to: string }) =>
      timed(() => able(abilities.copyFile)(from, to)),
    getMany: ({ url, count }: { url: string; count: number }) =>
      timed(() => able(abilities.getMany)(url, count)),
    list: ({ url, entries }: { url: string; entries: number }) =>
      timed(async () => {
        const count = await able(abilities.list)(url);
        if (count !== entries) throw new Error(`${count} entries instead of ${entries}`);
      }),
    holdMany: (asked: { url: string; count: number }) => holdMany(abilities, asked),
    resident,
    failures: () => failures,
    peak,
  });
}

function able<Ability>(ability: Ability | undefined): Ability {
  if (ability === undefined) throw new Error('this contender cannot do that');
  return ability;
}

async function timed(work: () => Promise<number | void>): Promise<Round> {
  const started = performance.now();
  const cpu = process.cpuUsage();
  const count = (await work()) ?? 0;
  const milliseconds = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  return { milliseconds, count, cpuMilliseconds: (user + system) / 1_000 };
}

/** As many small requests as fit into the time, so many at once. */
async function requests(
  abilities: Abilities,
  { url, concurrency, milliseconds }: { url: string; concurrency: number; milliseconds: number },
): Promise<number> {
  const get = able(abilities.get);
  const end = performance.now() + milliseconds;
  let count = 0;
  const one = async (): Promise<void> => {
    while (performance.now() < end) {
      const bytes = await get(url);
      if (bytes !== 1_024) throw new Error(`${bytes} bytes instead of 1,024`);
      count++;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, one));
  return count;
}

let failures = 0;

/** Starts them and does not wait: the server answers when it is told. */
function holdMany(abilities: Abilities, { url, count }: { url: string; count: number }): void {
  const getHeld = able(abilities.getHeld);
  let left = count;
  for (let index = 0; index < count; index++) {
    getHeld(url)
      .catch(() => failures++)
      .finally(() => {
        if (--left === 0) process.send?.({ event: 'answered' });
      });
  }
}

/** What this process holds now, after garbage was collected. */
function resident(): number {
  for (let turn = 0; turn < 3; turn++) globalThis.gc?.();
  return process.memoryUsage().rss;
}

/** The upload of those that take any iterable: one piece of memory, again and again. */
export function* viewsOf({ bytes, viewBytes }: Body): Generator<Uint8Array> {
  const view = new Uint8Array(viewBytes).fill(0x6e);
  for (let left = bytes; left > 0; left -= view.length)
    yield left < view.length ? view.subarray(0, left) : view;
}

/** For those that take a stream. */
export function streamOf(body: Body): Readable {
  return Readable.from(viewsOf(body), { objectMode: false, highWaterMark: body.viewBytes });
}

/** Counts the bytes of a stream. */
export async function drain(stream: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of stream) bytes += chunk.length;
  return bytes;
}

/** Writes a stream to a file. */
export async function save(stream: Readable, path: string): Promise<void> {
  await pipeline(stream, createWriteStream(path));
}
