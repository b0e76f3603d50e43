import { pathToFileURL } from 'node:url';

import { createManager, factoryUpload } from 'netaccess';

import { contend, viewsOf } from '../contender.ts';

let manager = createManager();

contend({
  prepare({ connections, ca }) {
    manager = createManager({ http: { connections }, tls: { ca: [ca] } });
  },
  async get(url) {
    return (await (await manager.get(url)).bytes()).length;
  },
  async download(url) {
    let bytes = 0;
    for await (const view of (await manager.get(url)).views()) bytes += view.length;
    return bytes;
  },
  async downloadToFile(url, path) {
    await manager.copy(url, pathToFileURL(path));
  },
  async upload(url, body) {
    const upload = factoryUpload(() => viewsOf(body), body.bytes);
    const reply = await manager.put(url, { body: upload });
    await reply.bytes();
  },
  async readFile(path) {
    let bytes = 0;
    for await (const view of (await manager.get(pathToFileURL(path))).views()) bytes += view.length;
    return bytes;
  },
  async copyFile(from, to) {
    await (await manager.copy(pathToFileURL(from), pathToFileURL(to))).close();
  },
  async getMany(url, count) {
    const lengths = Array.from({ length: count }, async () => {
      return (await (await manager.get(url)).bytes()).length;
    });
    return (await Promise.all(lengths)).reduce((sum, length) => sum + length, 0);
  },
  async list(url) {
    const entries: unknown = await (await manager.get(url)).json();
    return Array.isArray(entries) ? entries.length : 0;
  },
  async getHeld(url) {
    await (await manager.get(url)).bytes();
  },
});
