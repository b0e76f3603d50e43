import type { Request } from '@netaccess/core';

import type { Job, Opened } from '../job.ts';
import { deletePlace } from './delete.ts';
import { getDirectory } from './get-directory.ts';
import { getFile } from './get-file.ts';
import { headPlace } from './head.ts';
import { put } from './put.ts';
import { customVerbs } from './verbs.ts';

/** Does what a request asks, on a connection that is its own until then. */
export type Operate = (job: Job) => Promise<Opened>;

/** `undefined` for what FTP does not do. */
export function operationOf({ operation, customVerb }: Request): Operate | undefined {
  switch (operation) {
    case 'get':
      return (job) => (job.place.directory ? getDirectory(job) : getFile(job));
    case 'head':
      return headPlace;
    case 'put':
      return put;
    case 'delete':
      return deletePlace;
    case 'custom':
      return customVerbs.get(customVerb?.toUpperCase() ?? '');
    case 'post':
    default:
      return undefined;
  }
}
