import { readFileSync } from 'node:fs';

/** What one side of a connection wrote in a row. */
export interface Turn {
  readonly writer: 'client' | 'server';
  readonly bytes: Buffer;
}

/** A TLS connection from its first byte to its last. */
export interface TlsRecording {
  readonly name: string;
  readonly keyLog: readonly Buffer[];
  readonly turns: readonly Turn[];
}

/** As it is in the file. */
export interface StoredRecording {
  readonly name: string;
  readonly keyLog: readonly string[];
  readonly turns: readonly { readonly writer: 'client' | 'server'; readonly base64: string }[];
}

/** Where `record-tls.ts` writes them. They are kept, for keys are random, and a seed has to mean the same again. */
export const recordingsFile: URL = new URL('tls-recordings.json', import.meta.url);

/** The recordings kept. */
export function tlsRecordings(): readonly TlsRecording[] {
  const stored = JSON.parse(readFileSync(recordingsFile, 'utf8')) as readonly StoredRecording[];
  return stored.map(({ name, keyLog, turns }) => ({
    name,
    keyLog: keyLog.map((line) => Buffer.from(line)),
    turns: turns.map(({ writer, base64 }) => ({ writer, bytes: Buffer.from(base64, 'base64') })),
  }));
}
