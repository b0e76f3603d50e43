import type { ReplyHead } from '@netaccess/core';

import type { Spoil } from '../failures.ts';
import { backends, backendsOf, requests } from './mutant.ts';
import type { Mutant } from './mutant.ts';

export const headMutants: readonly Mutant[] = [
  {
    wrong: 'names a URL of another scheme',
    caughtBy: 'the head names a URL of one of the factory’s schemes',
    variant: 'lending',
    spoil: heads(() => ({ url: new URL('https://elsewhere/') })),
  },
  {
    wrong: 'passes on a line end in a header',
    caughtBy: 'header entries are pairs of a token and one line',
    variant: 'lending',
    spoil: heads(() => ({ headers: [['X-Name', 'a\r\nSet-Cookie: b']] })),
  },
  {
    wrong: 'gives its headers once',
    caughtBy: 'headers can be gone through twice',
    variant: 'lending',
    spoil: heads(({ headers }) => ({ headers: Array.from(headers).values() })),
  },
  {
    wrong: 'states a length that is one too many',
    caughtBy: 'the stated length is the number of bytes that reading gives',
    variant: 'lending',
    spoil: heads(({ url, length = 0, range }) =>
      url.pathname === '/existing' && range === undefined ? { length: length + 1 } : {},
    ),
  },
  {
    wrong: 'gives the body for a head too',
    caughtBy: 'the head operation gives no body',
    variant: 'lending',
    spoil: requests(({ operation }) => (operation === 'head' ? { operation: 'get' } : {})),
  },
  {
    wrong: 'redirects to where it is already',
    caughtBy: 'the head of a resource that is there has no error and no redirect',
    variant: 'lending',
    spoil: heads(({ url }) => ({ redirect: { url, keepOperation: true } })),
  },
  {
    wrong: 'has trailers that are no header entries',
    caughtBy: 'trailers are header entries after the end',
    variant: 'lending',
    spoil: backends((backend) => ({ ...backend, trailers: () => [['not a token', 'x']] })),
  },
];

function heads(change: (head: ReplyHead) => Partial<ReplyHead>): Spoil {
  return backendsOf(
    ({ operation }) => operation === 'get',
    (backend) => ({
      ...backend,
      async open() {
        const head = await backend.open();
        return { ...head, ...change(head) };
      },
    }),
  );
}
