import { createHash } from 'node:crypto';

import type { NetworkAccessManager, Reply } from 'netaccess';

import type { Download } from './downloads.ts';

/** What came of a download. */
export interface Fetched {
  readonly download: Download;
  /** "http/1.1", "http/1.1 TLSv1.3", or the scheme where there is no connection. */
  readonly protocol: string;
  readonly status: number | undefined;
  readonly bytes: number;
  readonly milliseconds: number;
  /** What differs from what was expected; absent: nothing. */
  readonly fault?: string | undefined;
}

/** How a download is made, and who is told of it while it goes on. */
export interface Fetching {
  readonly manager: NetworkAccessManager;
  readonly signal?: AbortSignal | undefined;
  /** Told of all bytes so far, after each view. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** Downloads and compares; whatever goes wrong is a fault and not an exception. */
export async function fetched(
  download: Download,
  { manager, signal, onBytes }: Fetching,
): Promise<Fetched> {
  const start = performance.now();
  const hash = createHash('sha256');
  let bytes = 0;
  let reply: Reply | undefined;
  let fault: string | undefined;
  try {
    await download.before?.(manager);
    reply = await manager.get(download.url, { ...download.options, signal });
    for await (const view of reply.views()) {
      hash.update(view);
      bytes += view.length;
      onBytes?.(bytes);
    }
    fault = difference(download, { status: reply.status?.code, bytes, sha256: hash.digest('hex') });
  } catch (error) {
    fault = error instanceof Error ? error.message : String(error);
  }
  const milliseconds = performance.now() - start;
  const protocol = protocolOf(reply, download.url);
  return { download, protocol, status: reply?.status?.code, bytes, milliseconds, fault };
}

function difference(
  wanted: Download,
  got: Pick<Download, 'status' | 'bytes' | 'sha256'>,
): string | undefined {
  if (got.status !== wanted.status) return `the status should be ${wanted.status}`;
  if (got.bytes !== wanted.bytes) return `there should be ${wanted.bytes} bytes`;
  if (got.sha256 !== wanted.sha256) return `the SHA-256 is ${got.sha256}, not ${wanted.sha256}`;
  return undefined;
}

function protocolOf(reply: Reply | undefined, url: string): string {
  const { connection, tls } = reply?.attributes ?? {};
  if (connection === undefined) return new URL(url).protocol.slice(0, -1);
  return tls === undefined ? connection.protocol : `${connection.protocol} ${tls.protocol}`;
}
