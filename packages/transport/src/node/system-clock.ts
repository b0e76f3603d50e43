import type { Clock } from '@netaccess/core';

/** Its timers do not keep the process alive: what is being connected does. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(callback, delayMilliseconds) {
    const timer = setTimeout(callback, delayMilliseconds).unref();
    return () => clearTimeout(timer);
  },
};
