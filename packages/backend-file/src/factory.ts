import type { Backend, BackendFactory, Request } from '@netaccess/core';

import { FileBackend } from './backend.ts';
import { BlockPool } from './block-pool.ts';
import { FilePut } from './file-put.ts';

declare module '@netaccess/core' {
  interface RequestAttributes {
    /** Devices and pipes may be read and written, which `file:` refuses otherwise: reading one can block, never end, or move something. */
    readonly specialFiles?: boolean | undefined;
  }
}

/** What a `file` factory may be told. */
export interface FileOptions {
  /** The wall clock in milliseconds, by which a file that was changed just now gets no validator. */
  readonly now?: (() => number) | undefined;
}

/** Serves `file:` URLs: get, head and put of the files of this machine. Other operations are left to other factories. */
export function file(options: FileOptions = {}): BackendFactory {
  const { now = Date.now } = options;
  const pool = new BlockPool();
  return {
    contract: 1,
    name: '@netaccess/backend-file',
    schemes: ['file'],
    features: { targetTypes: ['local'] },
    create(request: Request): Backend | undefined {
      const { operation, url } = request;
      if (url.protocol !== 'file:') return undefined;
      if (operation === 'put') return new FilePut(request, pool);
      if (operation === 'get' || operation === 'head') return new FileBackend(request, pool, now);
      return undefined;
    },
  };
}
