import { ENHANCE_YOUR_CALM } from './error-code.ts';
import { http2Failure } from './http2-failure.ts';
import { FLOOD_MILLISECONDS, floodLimits, type FloodLimits } from './limits.ts';

/** Counts what costs this side more than the peer, and ends the connection when it is too much. */
export class Floods {
  readonly #now: () => number;
  readonly #counts: { -readonly [Key in keyof FloodLimits]: number };
  #since: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#since = now();
    this.#counts = noCounts();
  }

  /** One more. Throws what ends the connection if that is one too many. */
  count(what: keyof FloodLimits): void {
    const count = this.#counts[what] + 1;
    this.#counts[what] = count;
    if (count <= floodLimits[what]) return;
    this.#forget();
    if (this.#counts[what] <= floodLimits[what]) return;
    throw http2Failure(
      `the peer floods: more than ${floodLimits[what]} ${names[what]} in ${FLOOD_MILLISECONDS / 1000} s`,
      { errorCode: ENHANCE_YOUR_CALM, fromPeer: false },
    );
  }

  /** Something was done that so many of them go well with. */
  allow(what: keyof FloodLimits, count: number): void {
    this.#counts[what] = Math.max(this.#counts[what] - count, 0);
  }

  /** Looks at the time only when a limit is passed: until then it does not matter when something came. */
  #forget(): void {
    const now = this.#now();
    if (now - this.#since <= FLOOD_MILLISECONDS) return;
    this.#since = now;
    Object.assign(this.#counts, noCounts());
  }
}

const names: Readonly<Record<keyof FloodLimits, string>> = {
  pings: 'PING frames',
  settings: 'SETTINGS frames',
  resets: 'streams reset',
  emptyFrames: 'frames with nothing in them',
  tinyFrames: 'DATA frames of a few bytes',
  priorities: 'PRIORITY frames',
  unknownFrames: 'frames of unknown types',
  windowUpdates: 'WINDOW_UPDATE frames',
  lateFrames: 'frames for closed streams',
  refusedPushes: 'promises that were refused',
};

function noCounts(): { -readonly [Key in keyof FloodLimits]: number } {
  return {
    pings: 0,
    settings: 0,
    resets: 0,
    emptyFrames: 0,
    tinyFrames: 0,
    priorities: 0,
    unknownFrames: 0,
    windowUpdates: 0,
    lateFrames: 0,
    refusedPushes: 0,
  };
}
