import { systemClock } from '@netaccess/core';
import { describe, expect, it } from 'vitest';

describe('the system clock', () => {
  it('keeps no process alive, and can be told that a call is not wanted', () => {
    const before = timers();
    const cancel = systemClock.schedule(() => undefined, 60_000);
    expect(timers()).toBe(before);
    cancel();
  });

  it('does not take a delay longer than a timer can be for none', async () => {
    let called = false;
    const cancel = systemClock.schedule(() => (called = true), 2 ** 31);
    // The platform would make it one millisecond, and calls those in their order.
    await new Promise((resolve) => setTimeout(resolve, 1));
    cancel();
    expect(called).toBe(false);
  });
});

/** Only those that hold the process. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}
