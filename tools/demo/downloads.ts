import { createHash } from 'node:crypto';

import { patternBytes, patternHash, patternText } from '@netaccess/test-servers';
import type { NetworkAccessManager, RequestOptions } from 'netaccess';

import { overFtp } from './ftp.ts';
import type { LargeFile } from './large-file.ts';
import type { ServedAt } from './served-at.ts';

/** Something to download, and what must come. */
export interface Download {
  readonly url: string;
  /** What is special about it. */
  readonly note: string;
  readonly options?: RequestOptions | undefined;
  /** What is sent first. */
  readonly before?: ((manager: NetworkAccessManager) => Promise<void>) | undefined;
  /** Absent: the protocol has none. */
  readonly status?: number | undefined;
  readonly bytes: number;
  readonly sha256: string;
}

function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What `/encoded/…` becomes when it is decoded. */
const textBytes = 400_000;
const range = { from: 123_456, to: 876_543 };

/** Everything that the demo downloads, in this order. */
export function downloads(at: ServedAt, large: LargeFile): readonly Download[] {
  return [
    ...overHttp(at.http, large),
    ...overHttp(at.https, large),
    upgraded(at),
    ...overFtp(at.ftp),
    ...overFtp(at.ftpSecured),
    ...overFtp(at.ftps),
    ...local(large),
  ];
}

function overHttp(base: string, large: LargeFile): readonly Download[] {
  const { bytes, sha256: hash } = large;
  const text = sha256(patternText(textBytes));
  const ranged = patternBytes(range.to - range.from + 1, 0, range.from);
  return [
    {
      url: `${base}bytes/1000000`,
      note: 'length',
      status: 200,
      bytes: 1_000_000,
      sha256: patternHash(1_000_000),
    },
    {
      url: `${base}chunked/3000000`,
      note: 'chunked',
      status: 200,
      bytes: 3_000_000,
      sha256: patternHash(3_000_000),
    },
    {
      url: `${base}drip/2000`,
      note: 'chunked by bytes',
      status: 200,
      bytes: 2000,
      sha256: sha256('x'.repeat(2000)),
    },
    ...['gzip', 'deflate', 'br', 'zstd'].map((coding) => ({
      url: `${base}encoded/${coding}/${textBytes}`,
      note: coding,
      status: 200,
      bytes: textBytes,
      sha256: text,
    })),
    {
      url: `${base}redirect/3?to=/bytes/50000`,
      note: '3 redirects',
      status: 200,
      bytes: 50_000,
      sha256: patternHash(50_000),
    },
    {
      url: `${base}bytes/1000000`,
      note: `range ${range.from}-${range.to}`,
      options: { attributes: { range } },
      status: 206,
      bytes: ranged.length,
      sha256: sha256(ranged),
    },
    { url: `${base}file`, note: 'large', status: 200, bytes, sha256: hash },
  ];
}

function upgraded(at: ServedAt): Download {
  const to = encodeURIComponent(`${at.https}bytes/70000`);
  return {
    url: `${at.http}redirect/1?to=${to}`,
    note: 'redirected to https',
    status: 200,
    bytes: 70_000,
    sha256: patternHash(70_000),
  };
}

function local(large: LargeFile): readonly Download[] {
  const { url, bytes, sha256: hash } = large;
  const picture = patternBytes(3000, 7);
  return [
    { url: url.href, note: 'large', bytes, sha256: hash },
    {
      url: url.href,
      note: 'first 1000 bytes',
      options: { attributes: { range: { from: 0, to: 999 } } },
      bytes: 1000,
      sha256: sha256(patternBytes(1000, 200)),
    },
    { url: 'data:,Hello%2C%20World!', note: 'percent', bytes: 13, sha256: sha256('Hello, World!') },
    {
      url: `data:application/octet-stream;base64,${Buffer.from(picture).toString('base64')}`,
      note: 'base64',
      bytes: picture.length,
      sha256: sha256(picture),
    },
  ];
}
