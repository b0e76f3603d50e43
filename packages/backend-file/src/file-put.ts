import type { CopyingBackend, ReplyHead, Request } from '@netaccess/core';

import { AtomicWrite } from './atomic-write.ts';
import type { BlockPool } from './block-pool.ts';
import { closedFailure, fileFailure } from './file-error.ts';
import { filePath } from './file-path.ts';
import type { FileSink } from './file-sink.ts';
import { putTarget } from './put-target.ts';
import { SpecialWrite } from './special-write.ts';
import { UploadViews } from './upload-views.ts';

/** One put of a file. All of it happens in `open`; the reply has no bytes. */
export class FilePut implements CopyingBackend {
  readonly #request: Request;
  readonly #pool: BlockPool;
  #opening: Promise<ReplyHead> | undefined;
  #sink: FileSink | undefined;
  #views: UploadViews | undefined;
  #closed = false;

  constructor(request: Request, pool: BlockPool) {
    this.#request = request;
    this.#pool = pool;
  }

  open(): Promise<ReplyHead> {
    this.#opening = this.#open();
    return this.#opening;
  }

  read(): number {
    return 0;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#views?.interrupt();
    this.#sink?.interrupt();
    await this.#opening?.catch(() => undefined);
  }

  async #open(): Promise<ReplyHead> {
    const { url, attributes, upload } = this.#request;
    if (attributes.range !== undefined) {
      throw fileFailure(
        'content-operation-not-permitted',
        'file: cannot put a part of a file, only all of it',
      );
    }
    const { specialFiles = false } = attributes;
    const target = await putTarget(filePath(url), specialFiles);
    this.#checkOpen();
    const sink = target.special ? new SpecialWrite(target) : new AtomicWrite(target, this.#pool);
    this.#sink = sink;
    try {
      await sink.open(upload?.length);
      await this.#fill(sink);
      this.#checkOpen();
      await sink.commit();
    } catch (error) {
      await sink.discard();
      throw error;
    } finally {
      this.#views?.end();
    }
    return { url, headers: [], length: 0 };
  }

  async #fill(sink: FileSink): Promise<void> {
    const { upload } = this.#request;
    if (upload === undefined) return;
    this.#checkOpen();
    const views = new UploadViews(upload);
    this.#views = views;
    for (;;) {
      const view = await views.next();
      if (view === undefined) return;
      await sink.write(view);
      this.#checkOpen();
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw closedFailure();
  }
}
