import type { TLSSocket } from 'node:tls';

/** What Node calls for each decrypted record; the option of that name of `net.connect`. */
export interface OnRead {
  /** Where the next record goes: asked for right after each one, and before the first. Never empty. */
  readonly buffer: () => Uint8Array;
  /** `false` stops reading, though records that were received already still come. */
  readonly callback: (count: number, buffer: Uint8Array) => boolean;
}

/** Replaces the buffer that was last asked for. Node keeps a few bytes for each call until the socket is gone. */
export type ReplaceBuffer = (buffer: Uint8Array) => void;

interface ReadSymbols {
  readonly buffer: symbol;
  readonly callback: symbol;
  readonly generator: symbol;
}

/** The same for every socket of a process; `null`: this Node keeps them elsewhere. */
let symbols: ReadSymbols | null | undefined;

/**
 * Makes a TLS socket that was made over an open one heed `onread`, which Node does for sockets that it connects itself only. This is
 * the one place that knows how Node keeps such things. Called in the same turn as `tls.connect`. Returns nothing, and changes nothing,
 * where Node is built otherwise: the socket is then to be read by its "data" events.
 */
export function readRecycled(socket: TLSSocket, onread: OnRead): ReplaceBuffer | undefined {
  const replace = replacerOf(socket);
  symbols ??= symbolsOf(socket) ?? null;
  if (replace === undefined || symbols === null) return undefined;
  const first = onread.buffer();
  Reflect.set(socket, symbols.buffer, first);
  Reflect.set(socket, symbols.callback, onread.callback);
  Reflect.set(socket, symbols.generator, onread.buffer);
  replace(first);
  return (buffer) => {
    if (symbols) Reflect.set(socket, symbols.buffer, buffer);
    replacerOf(socket)?.(buffer);
  };
}

function symbolsOf(socket: TLSSocket): ReadSymbols | undefined {
  const own = Object.getOwnPropertySymbols(socket);
  const named = (name: string): symbol | undefined =>
    own.find((symbol) => symbol.description === name && Reflect.get(socket, symbol) === null);
  const [buffer, callback, generator] = ['kBuffer', 'kBufferCb', 'kBufferGen'].map(named);
  if (buffer === undefined || callback === undefined || generator === undefined) return undefined;
  return { buffer, callback, generator };
}

function replacerOf(socket: TLSSocket): ((buffer: Uint8Array) => void) | undefined {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null) return undefined;
  const use: unknown = Reflect.get(handle, 'useUserBuffer');
  if (typeof use !== 'function') return undefined;
  return (buffer) => Reflect.apply(use, handle, [buffer]);
}
