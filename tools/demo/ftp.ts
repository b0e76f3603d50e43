import { createHash } from 'node:crypto';

import { patternBytes, patternHash } from '@netaccess/test-servers';
import type { NetworkAccessManager } from 'netaccess';

import type { Download } from './downloads.ts';

const uploadBytes = 2_000_000;
const half = uploadBytes / 2;
const from = 700_001;

/** What the demo does over FTP: fetches, resumes, lists, and uploads in two parts what it then fetches. */
export function overFtp(base: string): readonly Download[] {
  const rest = patternBytes(1_000_000 - from, 0, from);
  const listing = Buffer.from(JSON.stringify([listed('a.txt', 3), listed('b c.txt', 17)]));
  return [
    { url: `${base}file.bin`, note: 'whole', bytes: 1_000_000, sha256: patternHash(1_000_000) },
    {
      url: `${base}file.bin`,
      note: `resumed at ${from}`,
      options: { attributes: { range: { from } } },
      bytes: rest.length,
      sha256: sha256(rest),
    },
    { url: `${base}listed/`, note: 'listing', bytes: listing.length, sha256: sha256(listing) },
    {
      url: `${base}uploaded.bin`,
      note: 'put in two parts',
      before: (manager) => uploadInParts(manager, `${base}uploaded.bin`),
      bytes: uploadBytes,
      sha256: patternHash(uploadBytes, 5),
    },
  ];
}

async function uploadInParts(manager: NetworkAccessManager, url: string): Promise<void> {
  const first = await manager.put(url, { body: patternBytes(half, 5) });
  await first.close();
  const attributes = { range: { from: half } };
  const second = await manager.put(url, { body: patternBytes(half, 5, half), attributes });
  await second.close();
}

/** An entry as the server in memory dates everything. */
function listed(name: string, size: number): object {
  return {
    name,
    type: 'file',
    size,
    modified: '2026-01-02T03:04:05Z',
    permissions: 'rw-r--r--',
    href: encodeURIComponent(name),
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
