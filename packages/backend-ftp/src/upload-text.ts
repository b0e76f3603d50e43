import type { Upload } from '@netaccess/core';

import { ftpFailure } from './reply-error.ts';

/** A short upload as text; throws when it is longer than `limitBytes`. */
export async function uploadText(upload: Upload, limitBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const view of upload.open()) {
    length += view.length;
    if (length > limitBytes) {
      throw ftpFailure(
        'protocol-invalid-operation',
        `the upload has more than ${limitBytes} bytes`,
      );
    }
    chunks.push(Uint8Array.from(view));
  }
  return Buffer.concat(chunks).toString('utf8');
}
