import type { Fetch } from './fetch/fetch.ts';
import { createManager, type NetworkAccessManager } from './manager.ts';

let manager: NetworkAccessManager | undefined;

/** `fetch` of a manager with all defaults, which is made when it is first called and holds no process. */
export const fetch: Fetch = (input, init) => {
  manager ??= createManager();
  return manager.fetch(input, init);
};
