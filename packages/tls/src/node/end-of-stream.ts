import { readSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

const onePhase = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/**
 * Tells whether a TLS stream that has ended was cut off: the connection ended without the peer's close_notify (RFC 8446 §6.1). Node
 * calls both "end". Nothing: it cannot be told. The stream is of no use afterwards.
 */
export type CutOff = () => Promise<boolean | undefined>;

/** Called before `tls.connect`, which will be the first to hear of the end of `stream`. */
export function watchForEnd(stream: Duplex): (secured: TLSSocket) => CutOff {
  if (stream instanceof Socket && handleOf(stream) !== undefined) {
    return (secured) => () => wasNativeCutOff(stream, secured);
  }
  let ended = false;
  stream.once('end', () => (ended = true));
  return (secured) => {
    let cutOff: boolean | undefined;
    secured.once('end', () => (cutOff = ended));
    return () => Promise.resolve(cutOff);
  };
}

/**
 * After close_notify the connection is still read, and its own end still to come; after a bare end it has been. So the TLS part is taken
 * away, and whether the connection then ends is the answer. Where its end is not in the kernel yet, it need not be waited for.
 */
async function wasNativeCutOff(stream: Socket, secured: TLSSocket): Promise<boolean | undefined> {
  const handle = handleOf(stream);
  const destroySsl: unknown = Reflect.get(handleOf(secured) ?? {}, 'destroySSL');
  if (handle === undefined || typeof destroySsl !== 'function') return undefined;
  const state = peek(stream, handle);
  if (state !== 'ended' || secured.writableLength > 0) return state === 'open' ? false : undefined;
  let endsNow = false;
  Reflect.set(handle, 'onread', () => void (endsNow = true));
  Reflect.apply(destroySsl, handleOf(secured), []);
  // What is in the kernel is read in the next round of the loop.
  await onePhase();
  await onePhase();
  return !endsNow;
}

/** Looks into the kernel's buffer; a byte behind close_notify may be lost by that, and means nothing. */
function peek(stream: Socket, handle: object): 'open' | 'ended' | 'unknown' {
  const descriptor: unknown = Reflect.get(handle, 'fd');
  if ('encrypted' in stream || typeof descriptor !== 'number' || descriptor < 0) return 'unknown';
  try {
    return readSync(descriptor, new Uint8Array(1)) === 0 ? 'ended' : 'open';
  } catch (error) {
    const again = error instanceof Error && 'code' in error && error.code === 'EAGAIN';
    return again ? 'open' : 'unknown';
  }
}

function handleOf(socket: Socket): object | undefined {
  const handle: unknown = Reflect.get(socket, '_handle');
  return handle instanceof Object ? handle : undefined;
}
