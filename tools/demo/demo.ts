/**
 * `node demo.ts [BYTES]`: downloads from a server of its own and from the disk, through one manager, and compares every byte by its
 * hash. BYTES is the size of the large file, 200 MiB unless given. The exit code is 1 if anything differs.
 */
import { createManager } from 'netaccess';

import { downloads } from './downloads.ts';
import { writeLargeFile } from './large-file.ts';
import { runAll, type Output } from './run-all.ts';
import { startServer } from './served-at.ts';

const largeBytes = Number(process.argv[2] ?? 200 * 1024 * 1024);
const { stdout } = process;
const output: Output = {
  write: (text) => void stdout.write(text),
  terminal: stdout.isTTY,
  colours: stdout.isTTY && process.env['NO_COLOR'] === undefined,
  width: stdout.isTTY ? stdout.columns : undefined,
};

const interrupted = new AbortController();
process.once('SIGINT', () => {
  interrupted.abort();
});

process.exitCode = 1;
const large = await writeLargeFile(largeBytes);
try {
  const server = await startServer(large.path);
  const manager = createManager({ tls: { ca: [server.at.ca] } });
  try {
    const fetching = { manager, signal: interrupted.signal };
    const right = await runAll(downloads(server.at, large), fetching, output);
    if (right) process.exitCode = 0;
  } finally {
    await manager.close();
    await server.stop();
  }
} finally {
  await large.remove();
}
