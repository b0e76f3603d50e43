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

/** Settles with the promise, or with `undefined` when the time is over. Never rejects. */
export function within<Value>(
  clock: Clock,
  milliseconds: number,
  promise: Promise<Value>,
): Promise<Value | undefined> {
  return new Promise((resolve) => {
    const cancel = clock.schedule(() => resolve(undefined), milliseconds);
    const settle = (value: Value | undefined): void => {
      cancel();
      resolve(value);
    };
    promise.then(settle, () => settle(undefined));
  });
}
