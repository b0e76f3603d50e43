import type { BigIntStats } from 'node:fs';

import type { CopyingBackend, HeaderEntry, ReplyHead, Request } from '@netaccess/core';

import type { BlockPool } from './block-pool.ts';
import { byteSpan } from './byte-span.ts';
import type { FileBytes } from './file-bytes.ts';
import { closeDescriptor, openPath, READ_FLAGS, readAt, statOpen, statPath } from './file-call.ts';
import { closedFailure, fileFailure, systemCall } from './file-error.ts';
import { fileKind } from './file-kind.ts';
import { filePath, shownPath, type FilePath } from './file-path.ts';
import { SpanBytes, type OpenFile } from './span-bytes.ts';
import { StreamBytes } from './stream-bytes.ts';
import { fileValidator } from './validator.ts';

/** How much of a file is read to learn its length when the system states none, as for those of `/proc`. */
const UNSTATED_LENGTH_BYTES = 65_536;

/** One get or head of a file. */
export class FileBackend implements CopyingBackend {
  readonly #request: Request;
  readonly #pool: BlockPool;
  readonly #now: () => number;
  #opening: Promise<ReplyHead> | undefined;
  #descriptor: number | undefined;
  #bytes: FileBytes | undefined;
  #closed = false;

  constructor(request: Request, pool: BlockPool, now: () => number) {
    this.#request = request;
    this.#pool = pool;
    this.#now = now;
  }

  open(): Promise<ReplyHead> {
    this.#opening = this.#open();
    return this.#opening;
  }

  read(into: Uint8Array): number | Promise<number> {
    return this.#bytes === undefined ? 0 : this.#bytes.read(into);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#opening?.catch(() => undefined);
    await this.#bytes?.stop();
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) await closeDescriptor(descriptor).catch(() => undefined);
  }

  async #open(): Promise<ReplyHead> {
    const { operation, upload } = this.#request;
    if (upload !== undefined) {
      throw fileFailure('protocol-invalid-operation', `a ${operation} of file: takes no upload`);
    }
    const path = filePath(this.#request.url);
    const { stats, ...file } = await this.#find(path);
    const { specialFiles = false } = this.#request.attributes;
    const kind = fileKind(stats, path, specialFiles);
    if (kind !== 'regular') return this.#openSpecial(file, kind === 'pipe');
    const size = Number(stats.size);
    const mayBeMadeUp = stats.blocks === 0n && size <= UNSTATED_LENGTH_BYTES;
    return mayBeMadeUp ? this.#openUnstated(file, stats) : this.#openSpan(file, stats);
  }

  /** Looks before it opens: opening a pipe can end whoever writes to it, and a device may do anything. Then what was opened counts. */
  async #find(path: FilePath): Promise<OpenFile & { readonly stats: BigIntStats }> {
    const { specialFiles = false } = this.#request.attributes;
    const name = shownPath(path);
    fileKind(await systemCall(statPath(path), `open ${name}`), path, specialFiles);
    this.#checkOpen();
    const descriptor = await systemCall(openPath(path, READ_FLAGS), `open ${name}`);
    this.#descriptor = descriptor;
    this.#checkOpen();
    return { descriptor, name, stats: statOpen(descriptor) };
  }

  #checkOpen(): void {
    if (this.#closed) throw closedFailure();
  }

  #openSpecial(file: OpenFile, pipe: boolean): ReplyHead {
    this.#serve(new StreamBytes(file, { pipe }));
    return { url: this.#request.url, headers: [] };
  }

  #openSpan(file: OpenFile, stats: BigIntStats): ReplyHead {
    const { range } = this.#request.attributes;
    const total = Number(stats.size);
    const validator = fileValidator(stats, this.#now());
    const unchanged = range?.validator === undefined || range.validator === validator;
    const span = byteSpan(range !== undefined && unchanged ? range : { from: 0 }, total);
    this.#serve(new SpanBytes(file, span, this.#pool));
    const { position: from, end } = span;
    const length = end - from;
    return {
      url: this.#request.url,
      headers: headers(stats, length),
      length: this.#readable(length),
      validator,
      range: length === total ? undefined : { from, to: end - 1, total },
    };
  }

  /** Files of `/proc` and `/sys` state no length, or a false one, until they are read. */
  async #openUnstated(file: OpenFile, stats: BigIntStats): Promise<ReplyHead> {
    const start = await readStart(file);
    this.#checkOpen();
    if (start.byteLength === Number(stats.size)) return this.#openSpan(file, stats);
    this.#serve(new StreamBytes(file, { held: start }));
    const length = start.byteLength < UNSTATED_LENGTH_BYTES ? start.byteLength : undefined;
    return {
      url: this.#request.url,
      headers: headers(stats, length),
      length: this.#readable(length),
    };
  }

  /** A head has no bytes to read, however long the file. */
  #readable(length: number | undefined): number | undefined {
    return this.#request.operation === 'head' ? 0 : length;
  }

  #serve(bytes: FileBytes): void {
    if (this.#request.operation === 'get') this.#bytes = bytes;
  }
}

/** Up to `UNSTATED_LENGTH_BYTES`; fewer only if the file ended. */
async function readStart(file: OpenFile): Promise<Uint8Array> {
  const memory = new Uint8Array(UNSTATED_LENGTH_BYTES);
  let filled = 0;
  while (filled < memory.byteLength) {
    const reading = readAt(file.descriptor, memory.subarray(filled), null);
    const count = await systemCall(reading, `read ${file.name}`);
    if (count === 0) break;
    filled += count;
  }
  return memory.slice(0, filled);
}

/** What every reader wants to know, under the names that everybody knows. */
function headers(stats: BigIntStats, length: number | undefined): readonly HeaderEntry[] {
  const entries: HeaderEntry[] = [];
  if (length !== undefined) entries.push(['Content-Length', String(length)]);
  const modified = new Date(Number(stats.mtimeMs));
  if (!Number.isNaN(modified.getTime())) entries.push(['Last-Modified', modified.toUTCString()]);
  return entries;
}
