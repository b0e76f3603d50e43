import type { Bytes, ScriptedPeer } from './scripted-peer.ts';

/** One thing that a scripted server does on a connection. Own steps are functions like these. */
export type Step = (peer: ScriptedPeer) => void | Promise<void>;

/** Waits for exactly these bytes, and fails the script at others. */
export function expectBytes(expected: Bytes): Step {
  const wanted = typeof expected === 'string' ? Buffer.from(expected, 'latin1') : expected;
  return async (peer) => {
    const got = await peer.take(wanted.length);
    if (!got.equals(wanted)) {
      throw new Error(
        `expected ${JSON.stringify(String(expected))}, got ${JSON.stringify(got.toString('latin1'))}`,
      );
    }
  };
}

/** Waits for a number of bytes, whatever they are. */
export function receive(length: number): Step {
  return async (peer) => {
    await peer.take(length);
  };
}

/** Waits until the delimiter came; default: the blank line that ends a head. */
export function receiveUntil(delimiter = '\r\n\r\n'): Step {
  return async (peer) => {
    await peer.takeUntil(delimiter);
  };
}

/** Waits for the other side's end. */
export function receiveEnd(): Step {
  return (peer) => peer.ended;
}

/** Sends all of it in one write. */
export function send(bytes: Bytes): Step {
  return (peer) => peer.write(bytes);
}

/** Sends `pieceLength` bytes (default: 1) in each turn of the event loop, so that the other side sees every split. */
export function dribble(bytes: Bytes, pieceLength = 1): Step {
  const all = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
  return async (peer) => {
    peer.socket.setNoDelay(true);
    for (let at = 0; at < all.length; at += pieceLength) {
      await peer.write(all.subarray(at, at + pieceLength));
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  };
}

/** Breaks the connection with a TCP reset; what was sent before may be lost. */
export function reset(): Step {
  return (peer) => {
    peer.socket.resetAndDestroy();
  };
}

/** Sends the end; what the other side still sends is read. */
export function end(): Step {
  return (peer) => {
    peer.socket.end();
  };
}

/** Does nothing until the other side ends. */
export function stall(): Step {
  return (peer) => peer.ended;
}

/** Waits for something of the test: a promise that it resolves. */
export function waitFor(event: Promise<unknown>): Step {
  return async (peer) => {
    await Promise.race([event, peer.ended]);
  };
}

/** Stops reading, so that the other side's writes meet a full window, until the promise settles. */
export function stopReadingUntil(event: Promise<unknown>): Step {
  return async (peer) => {
    peer.socket.pause();
    await Promise.race([event, peer.closed]);
    peer.socket.resume();
  };
}

/** Plays the steps a number of times; `Infinity`: until the other side leaves. */
export function repeat(times: number, ...steps: readonly Step[]): Step {
  return async (peer) => {
    for (let round = 0; round < times; round += 1) {
      for (const step of steps) await step(peer);
    }
  };
}
