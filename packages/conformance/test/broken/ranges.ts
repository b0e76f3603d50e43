import type { ByteRange, Request } from '@netaccess/core';

import type { Spoil } from '../failures.ts';
import { backends, requests } from './mutant.ts';
import type { Mutant } from './mutant.ts';

export const rangeMutants: readonly Mutant[] = [
  {
    wrong: 'leaves out the last byte, as if `to` were the one after it',
    caughtBy: 'a range is honoured and named in the head, or ignored',
    variant: 'lending',
    spoil: ranges(({ from, to, validator }) =>
      to !== undefined && to < 100 ? { from, to: to - 1, validator } : undefined,
    ),
  },
  {
    wrong: 'ends a range without an end after a hundred bytes',
    caughtBy: 'a range without an end goes to the end',
    variant: 'lending',
    spoil: ranges(({ from, to, validator }) =>
      to === undefined && validator === undefined ? { from, to: from + 100 } : undefined,
    ),
  },
  {
    wrong: 'names in the head what was asked for instead of what comes',
    caughtBy: 'a range that reaches beyond the end stops at the end',
    variant: 'lending',
    spoil: backends((backend, { request }) => ({
      ...backend,
      async open() {
        const head = await backend.open();
        const to = request.attributes.range?.to;
        return { ...head, range: head.range && { ...head.range, to: to ?? head.range.to } };
      },
    })),
  },
  {
    wrong: 'starts at the beginning when the start is beyond the end',
    caughtBy: 'a range that starts beyond the end gives no bytes of another place',
    variant: 'lending',
    spoil: ranges(({ from }) => (from > 300 ? { from: 0, to: 10 } : undefined)),
  },
  {
    wrong: 'does not look at the validator',
    caughtBy: 'a range with a validator of something else gives all of it',
    variant: 'lending',
    spoil: ranges(({ from, to, validator }) =>
      validator === undefined ? undefined : { from, to },
    ),
  },
  {
    wrong: 'takes a put of a part for a put of the whole',
    caughtBy: 'a put of a range is refused and changes nothing',
    variant: 'lending',
    spoil: requests(({ operation }) => (operation === 'put' ? { attributes: {} } : {})),
  },
];

/** Serves another range than the one asked for, and says otherwise. */
function ranges(change: (asked: ByteRange) => ByteRange | undefined): Spoil {
  return (factory) => ({
    ...factory,
    create(request: Request, context) {
      const asked = request.attributes.range;
      const range = asked && change(asked);
      if (range === undefined || asked === undefined) return factory.create(request, context);
      const backend = factory.create({ ...request, attributes: { range } }, context);
      return (
        backend && {
          ...backend,
          async open() {
            const head = await backend.open();
            return { ...head, range: { ...asked }, length: undefined };
          },
        }
      );
    },
  });
}
