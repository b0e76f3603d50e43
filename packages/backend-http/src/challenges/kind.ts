import type { Request } from '@netaccess/core';

/** Who asks: the server that the request is for (401), or a proxy on the way (407). */
export type ChallengeKind = 'origin' | 'proxy';

const fieldNames = { origin: 'Authorization', proxy: 'Proxy-Authorization' } as const;

/** The request with `value` as its only proof for that kind of asker. */
export function withCredentials(request: Request, kind: ChallengeKind, value: string): Request {
  const name = fieldNames[kind];
  const others = request.headers.filter(([other]) => other.toLowerCase() !== name.toLowerCase());
  return { ...request, headers: [...others, [name, value]] };
}
