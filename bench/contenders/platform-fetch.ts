import { contend, drain } from '../contender.ts';

contend({
  async get(url) {
    return (await (await fetch(url)).arrayBuffer()).byteLength;
  },
  async download(url) {
    const { body } = await fetch(url);
    return body === null ? 0 : drain(body);
  },
});
