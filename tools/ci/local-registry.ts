import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Packed } from './packed.ts';

/** A package registry on loopback. */
export interface LocalRegistry extends AsyncDisposable {
  readonly url: string;
}

/** Serves `packages`, and sends whoever asks for another one on to `upstream`. */
export async function localRegistry(
  packages: readonly Packed[],
  upstream: string,
): Promise<LocalRegistry> {
  const server = createServer((request, answer) => {
    const wanted = decodeURIComponent(request.url ?? '').slice(1);
    const found = packages.find(({ name }) => wanted === name || wanted.startsWith(`${name}/-/`));
    if (found === undefined) {
      answer.writeHead(302, { location: new URL(wanted, upstream).href }).end();
      return;
    }
    serve(found, request, answer);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function serve(
  { name, version, tarball, manifest }: Packed,
  request: IncomingMessage,
  answer: ServerResponse,
): void {
  const bytes = readFileSync(tarball);
  if (request.url?.endsWith('.tgz') === true) {
    answer.end(bytes);
    return;
  }
  const dist = {
    tarball: `http://${request.headers.host}/${name}/-/${version}.tgz`,
    integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
  };
  answer.setHeader('content-type', 'application/json');
  answer.end(
    JSON.stringify({
      name,
      'dist-tags': { latest: version },
      versions: { [version]: { ...manifest, dist } },
    }),
  );
}
