import { orThrow, replyUpload, type Reply, type Request } from '@netaccess/core';

import { newRequest } from './new-request.ts';
import type { RequestOptions } from './request-options.ts';

/** What the two requests of a copy have, each by itself and both together. */
export interface CopyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Of the upload, whose bytes are the download's. */
  readonly onProgress?: RequestOptions['onProgress'];
  /** Of the get. */
  readonly from?: Omit<RequestOptions, 'body' | 'signal'> | undefined;
  /** Of the put. */
  readonly to?: Omit<RequestOptions, 'body' | 'signal'> | undefined;
}

/** Puts what a get gives, lent view by view. A failing answer of either side is thrown, and then nothing stays open. */
export async function copy(
  manager: { send(request: Request): Promise<Reply> },
  urls: { readonly from: URL; readonly to: URL },
  { signal, onProgress, from, to }: CopyOptions = {},
): Promise<Reply> {
  const source = await orThrow(
    await manager.send(newRequest({ operation: 'get' }, urls.from, { ...from, signal })),
  );
  try {
    const attributes = { ...to?.attributes, mayExceedPool: true };
    const request = newRequest({ operation: 'put' }, urls.to, {
      onProgress,
      ...to,
      attributes,
      signal,
    });
    return await orThrow(await manager.send({ ...request, upload: replyUpload(source) }));
  } finally {
    await source.close();
  }
}
