import type { Clock } from '@netaccess/core';

/** Keeps no process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(callback, delayMilliseconds) {
    const timer = setTimeout(callback, delayMilliseconds);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
