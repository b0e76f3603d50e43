import { backends, copying, lending, requests } from './mutant.ts';
import type { Mutant } from './mutant.ts';

export const claimMutants: readonly Mutant[] = [
  {
    wrong: 'claims zero-copy and has its methods only once it is open',
    caughtBy: 'a backend of a factory that claims zero-copy lends views',
    refusedByCore: true,
    variant: 'lending',
    spoil: backends((backend) => {
      const late = {
        read: async () => 0,
        close: () => backend.close(),
        async open() {
          const { readPointer, advanceReadPointer } = lending(backend);
          Object.assign(late, { readPointer, advanceReadPointer });
          return await backend.open();
        },
      };
      return late;
    }),
  },
  {
    wrong: 'does not claim zero-copy and can read only once it is open',
    caughtBy: "a backend of a factory that does not claim zero-copy fills the caller's memory",
    refusedByCore: true,
    variant: 'copying',
    spoil: backends((backend) => {
      const late = {
        readPointer: () => new Uint8Array(0),
        advanceReadPointer: () => undefined,
        close: () => backend.close(),
        async open() {
          const { read } = copying(backend);
          Object.assign(late, { read });
          return await backend.open();
        },
      };
      return late;
    }),
  },
  {
    wrong: 'serves https without being able to protect it',
    caughtBy: 'a factory that does not claim tls has no secure scheme',
    variant: 'lending',
    spoil: requests(({ url }) =>
      url.protocol === 'https:' ? { url: new URL('memory://host/existing') } : {},
    ),
  },
  {
    wrong: 'goes on in clear where no tls is lent',
    caughtBy: 'a secure scheme is refused when no tls is lent',
    variant: 'remote',
    spoil: (factory) => ({
      ...factory,
      create: (request, context) =>
        factory.create(request, {
          ...context,
          security: { tls: { secure: () => Promise.reject(new Error('in clear')) } },
        }),
    }),
  },
  {
    wrong: 'keeps to itself that the reply was secured',
    caughtBy: 'a reply over a secure scheme says that it was secured',
    variant: 'remote',
    spoil: backends((backend) => ({
      ...backend,
      open: async () => ({ ...(await backend.open()), attributes: {} }),
    })),
  },
  {
    wrong: 'boasts of a protection that it cannot give',
    caughtBy: 'a reply that was not secured does not say so',
    variant: 'lending',
    spoil: backends((backend) => ({
      ...backend,
      open: async () => ({ ...(await backend.open()), attributes: { secured: 'verified' } }),
    })),
  },
  {
    wrong: 'is local and asks for links',
    caughtBy: 'a factory that is only local works with nothing lent and asks for nothing',
    variant: 'lending',
    spoil: requests((_request, { resources }) =>
      resources.memoryLinks === undefined ? {} : { headers: [] },
    ),
  },
  {
    wrong: 'goes past the proxy',
    caughtBy: 'a networked factory goes through the proxy that it is lent',
    variant: 'remote',
    spoil: (factory) => ({
      ...factory,
      create: (request, context) => factory.create(request, { ...context, proxies: [] }),
    }),
  },
];
