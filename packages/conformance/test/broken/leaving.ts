import { failure } from '../memory-backend.ts';
import { backends, lending } from './mutant.ts';
import type { Mutant } from './mutant.ts';

export const leavingMutants: readonly Mutant[] = [
  {
    wrong: 'keeps its idle connections when it is closed',
    caughtBy: 'nothing is left open after whole transfers and close of the factory',
    also: [
      'nothing is left open after transfers that were left early',
      'nothing is left open after transfers that failed',
      'nothing is left open after puts that failed or were aborted',
      'nothing is left open after preconnect and close of the factory',
    ],
    variant: 'remote',
    spoil: (factory) => ({ ...factory, async close() {} }),
  },
  {
    wrong: 'opens another path and forgets it when it is left early',
    caughtBy: 'nothing is left open after transfers that were left early',
    also: ['nothing is left open after transfers that failed'],
    variant: 'remote',
    spoil: backends((backend, { world }) => {
      let reading = false;
      return {
        ...backend,
        async readPointer() {
          const view = await lending(backend).readPointer();
          reading = view.length > 0;
          return view;
        },
        async close() {
          if (reading) world.memoryLinks.connect(undefined);
          await backend.close();
        },
      };
    }),
  },
  {
    wrong: 'forgets a path when opening fails',
    caughtBy: 'nothing is left open after transfers that failed',
    variant: 'remote',
    spoil: backends((backend, { world, request }) => ({
      ...backend,
      async open() {
        if (request.url.pathname === '/missing') world.memoryLinks.connect(undefined);
        return await backend.open();
      },
    })),
  },
  {
    wrong: 'forgets a path when an upload ends early',
    caughtBy: 'nothing is left open after puts that failed or were aborted',
    variant: 'remote',
    spoil: backends((backend, { world, request }) => ({
      ...backend,
      async open() {
        try {
          return await backend.open();
        } catch (error) {
          if (request.operation === 'put') world.memoryLinks.connect(undefined);
          throw error;
        }
      },
    })),
  },
  {
    wrong: 'forgets the path that it opened ahead',
    caughtBy: 'nothing is left open after preconnect and close of the factory',
    variant: 'remote',
    spoil: (factory, world) => ({
      ...factory,
      async preconnect() {
        world.memoryLinks.connect(undefined);
      },
    }),
  },
  {
    wrong: 'ends for good when its connections are cleared',
    caughtBy: 'the factory goes on after clearConnections, which spares transfers under way',
    variant: 'remote',
    spoil(factory) {
      let cleared = false;
      return {
        ...factory,
        create(request, context) {
          if (cleared) throw failure('unknown-network', 'it was cleared');
          return factory.create(request, context);
        },
        async clearConnections() {
          cleared = true;
        },
      };
    },
  },
  {
    wrong: 'hands out a connection that was opened ahead and is gone',
    caughtBy: 'a transfer after preconnect is whole',
    variant: 'remote',
    spoil(factory) {
      let stale = false;
      return {
        ...factory,
        create(request, context) {
          if (stale) throw failure('remote-host-closed', 'the connection is gone');
          return factory.create(request, context);
        },
        async preconnect() {
          stale = true;
        },
      };
    },
  },
  {
    wrong: 'cannot be closed when it was used',
    caughtBy: 'close of a factory resolves, whether it was used or not',
    also: [
      'nothing is left open after whole transfers and close of the factory',
      'nothing is left open after transfers that were left early',
      'nothing is left open after transfers that failed',
      'nothing is left open after puts that failed or were aborted',
      'through a manager, close ends what is under way',
    ],
    variant: 'remote',
    spoil(factory) {
      let used = false;
      return {
        ...factory,
        create(request, context) {
          used = true;
          return factory.create(request, context);
        },
        async close() {
          await factory.close?.();
          if (used) throw failure('unknown-network', 'it cannot be closed');
        },
      };
    },
  },
];
