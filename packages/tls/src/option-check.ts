import { networkFailure } from '@netaccess/transport';
import type { TlsOptions } from '@netaccess/transport';

import { readPins } from './pins.ts';

/** Throws for options that nobody can mean: whoever writes JavaScript may misspell a word, and what was to be closed is not to stand open. */
export function checkOptions(options: TlsOptions): void {
  for (const [member, words] of Object.entries(wordsOf)) {
    for (const value of listOf(Reflect.get(options, member))) {
      if (words.includes(value)) continue;
      throw unusable(`"${String(value)}" is no ${member}; it is one of ${words.join(', ')}`);
    }
  }
  checkIgnored(options);
  const { peerVerifyDepth = 0, interruptTimeout = 0 } = options;
  if (!Number.isInteger(peerVerifyDepth) || peerVerifyDepth < 0) {
    throw unusable(`"peerVerifyDepth" is a count, not ${String(peerVerifyDepth)}`);
  }
  if (!(interruptTimeout >= 0)) {
    throw unusable(`"interruptTimeout" is in milliseconds, not ${String(interruptTimeout)}`);
  }
  readPins([...(options.pinnedPublicKeys ?? []), ...(options.pinnedCertificates ?? [])]);
}

const versions: readonly unknown[] = ['TLSv1.2', 'TLSv1.3'];

/** The words that an option may have, or each in its list. */
const wordsOf: Readonly<Record<string, readonly unknown[]>> = {
  minimumVersion: versions,
  maximumVersion: versions,
  peerVerifyMode: ['verify', 'query', 'none'],
  ocsp: ['ask', 'require'],
  caSets: ['default', 'bundled', 'system', 'extra'],
};

function checkIgnored({ ignoreErrors }: TlsOptions): void {
  if (ignoreErrors === undefined || ignoreErrors === 'all' || Array.isArray(ignoreErrors)) return;
  throw unusable('"ignoreErrors" is a list, or "all"');
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** What to reject with where options cannot be used. */
export const unusable = (why: string, cause?: unknown): Error =>
  networkFailure('tls-handshake-failed', `cannot use the TLS options: ${why}`, { cause });
