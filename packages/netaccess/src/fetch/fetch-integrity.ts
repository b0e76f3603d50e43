import { NetworkError, type Reply } from '@netaccess/core';

/** Weakest first. */
const algorithms = ['sha256', 'sha384', 'sha512'] as const;
type Algorithm = (typeof algorithms)[number];
const platformNames: Readonly<Record<Algorithm, string>> = {
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
};

interface Digest {
  readonly algorithm: Algorithm;
  readonly value: string;
}

/** All bytes of the reply, if one of the strongest digests of the metadata is theirs (Subresource Integrity §3.3). */
export async function verifiedBytes(
  reply: Reply,
  metadata: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await reply.bytes();
  const wanted = strongest(metadata);
  const [first] = wanted;
  if (first === undefined) return bytes;
  const digest = await crypto.subtle.digest(platformNames[first.algorithm], bytes);
  const found = base64(new Uint8Array(digest));
  if (wanted.some(({ value }) => value === found)) return bytes;
  const { url } = reply;
  const message = `${url.href} has the ${first.algorithm} digest ${found}, which is not what its integrity says`;
  throw new NetworkError('unknown-content', message, { url });
}

/** What cannot be understood is ignored, as the standard says; nothing left means that everything is accepted. */
function strongest(metadata: string): readonly Digest[] {
  const digests = metadata.split(/[\t\n\f\r ]+/).flatMap((word) => digestOf(word));
  const best = Math.max(...digests.map(({ algorithm }) => algorithms.indexOf(algorithm)));
  return digests.filter(({ algorithm }) => algorithm === algorithms[best]);
}

function digestOf(word: string): readonly Digest[] {
  const { name = '', value = '' } =
    /^(?<name>[^-]+)-(?<value>[\w+/-]+={0,2})(?:\?.*)?$/.exec(word)?.groups ?? {};
  const algorithm = algorithms.find((known) => known === name.toLowerCase());
  if (algorithm === undefined) return [];
  return [{ algorithm, value: value.replaceAll('-', '+').replaceAll('_', '/') }];
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
