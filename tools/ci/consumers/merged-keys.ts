// @boundaries-ignore it is copied into a project outside the workspace
import type { OriginAttributes, ReplyAttributes, RequestAttributes } from '@netaccess/core';
// @boundaries-ignore it is copied into a project outside the workspace
import { createManager } from 'netaccess';

/** Every key that a package merges into core's types, used by somebody who has only the packages. */
const attributes: RequestAttributes = {
  range: { from: 2, to: 9, validator: undefined },
  timeouts: { connect: 1000, firstByte: 1000, idle: 1000, abandoned: 1000, total: undefined },
  redirect: { policy: 'user-verified', maximum: 3, verify: () => true },
  onProgress: ({ bytes, total }) => void [bytes, total],
  proxyCredentials: async () => ({ user: 'me', password: 'secret' }),
};
const originAttributes: OriginAttributes = {
  credentials: { user: 'me', password: 'secret' },
  tls: { minimumVersion: 'TLSv1.3', ignoreErrors: [] },
  unixSocket: undefined,
};

function describe({ backend, secured, connection, tls }: ReplyAttributes): string {
  const way = connection === undefined ? 'nowhere' : `${connection.protocol} ${connection.reused}`;
  return [backend?.name, secured, way, tls?.protocol].join(' ');
}

const manager = createManager({ tls: { ca: [] } });
const reply = await manager.get('data:,merged', { attributes, originAttributes });
const text = await reply.text();
console.log(text, describe(reply.attributes ?? {}));
await manager.close();
