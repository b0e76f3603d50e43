import { fetch } from 'netaccess';

import { contend } from '../contender.ts';

contend({
  async get(url) {
    return (await (await fetch(url)).arrayBuffer()).byteLength;
  },
});
