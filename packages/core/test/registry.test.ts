import { Registry, type BackendFactory, type PluginLoader } from '@netaccess/core';
import { describe, expect, it } from 'vitest';

import { failureOf, managerOf, requestOf } from './fixtures/manager-of.ts';
import { never, scripted } from './fixtures/scripted-backend.ts';

/** A plugin of the scheme `lazy`, and how often it was loaded and made. */
function plugin(change: Partial<BackendFactory> = {}) {
  const counts = { loaded: 0, made: 0 };
  const factory = { ...scripted({ scheme: 'lazy', chunks: ['lazy'] }), ...change };
  const load: PluginLoader = async () => {
    counts.loaded += 1;
    return {
      default: () => {
        counts.made += 1;
        return factory;
      },
    };
  };
  return { load, counts, factory };
}

const lazy = (registry: Registry) =>
  managerOf([], { registry }).send(requestOf({ href: 'lazy:x' }));

describe('a plugin', () => {
  it('is loaded when its scheme is first asked for, once for requests that come together', async () => {
    const { load, counts } = plugin();
    const registry = new Registry({ plugins: { lazy: load } });
    const manager = managerOf([], { registry });
    expect(counts.loaded).toBe(0);
    expect(registry.describe()).toMatchObject([{ scheme: 'lazy', loaded: false }]);
    const replies = await Promise.all(
      [1, 2].map(() => manager.send(requestOf({ href: 'lazy:x' }))),
    );
    expect(await Promise.all(replies.map((reply) => reply.text()))).toEqual(['lazy', 'lazy']);
    expect(counts).toEqual({ loaded: 1, made: 1 });
    expect(registry.describe()).toMatchObject([
      { scheme: 'lazy', backend: 'scripted', loaded: true },
    ]);
  });

  it('under several schemes is made once', async () => {
    const { load, counts } = plugin({ schemes: ['lazy', 'lazier'] });
    const registry = new Registry({ plugins: { lazy: { load, secure: false }, lazier: { load } } });
    const manager = managerOf([], { registry });
    await (await manager.send(requestOf({ href: 'lazy:x' }))).close();
    await (await manager.send(requestOf({ href: 'lazier:x' }))).close();
    expect(counts.made).toBe(1);
  });

  it('may be a factory instead of a module', async () => {
    const { factory } = plugin();
    const reply = await lazy(new Registry({ plugins: { lazy: async () => factory } }));
    expect(await reply.text()).toBe('lazy');
  });

  it('that fails to load is tried again by the next request', async () => {
    const { factory } = plugin();
    let attempts = 0;
    const load: PluginLoader = async () => {
      attempts += 1;
      if (attempts === 1) throw new Error('disk on fire');
      return factory;
    };
    const registry = new Registry({ plugins: { lazy: { load, package: '@acme/lazy' } } });
    expect(await failureOf(lazy(registry))).toMatchObject({
      code: 'protocol-unknown',
      message: expect.stringMatching(/@acme\/lazy.*lazy.*disk on fire/),
    });
    expect(await (await lazy(registry)).text()).toBe('lazy');
  });

  it('that is not installed is named, with its scheme', async () => {
    const load: PluginLoader = async () => import(['@acme', 'not-there'].join('/'));
    const failure = await failureOf(
      lazy(new Registry({ plugins: { lazy: { load, package: '@acme/not-there' } } })),
    );
    expect(failure.code).toBe('protocol-unknown');
    expect(failure.message).toMatch(/lazy.*@acme\/not-there/);
  });

  it('that never finishes loading holds neither an aborted request nor a closing manager', async () => {
    const registry = new Registry({ plugins: { lazy: () => never() } });
    const controller = new AbortController();
    const manager = managerOf([], { registry });
    const aborted = manager.send(requestOf({ href: 'lazy:x', signal: controller.signal }));
    const waiting = manager.send(requestOf({ href: 'lazy:x' }));
    controller.abort();
    expect(await failureOf(aborted)).toMatchObject({ code: 'operation-canceled' });
    const ended = failureOf(waiting);
    await manager.close();
    expect((await ended).message).toContain('manager was closed');
  });
});

describe('a plugin that is not there', () => {
  function missing(name: string) {
    const message = `Cannot find package '${name}' imported from here`;
    return Object.assign(new Error(message), { code: 'ERR_MODULE_NOT_FOUND' });
  }

  it.each([
    ['the scheme lazy needs the package @acme/lazy, which is not installed', missing('@acme/lazy')],
    ['the plugin @acme/lazy for the scheme lazy could not be loaded', missing('something-else')],
    ['the plugin @acme/lazy for the scheme lazy could not be loaded', new Error("'@acme/lazy'")],
  ])('says %s', async (message, error) => {
    const load: PluginLoader = () => Promise.reject(error);
    const registry = new Registry({ plugins: { lazy: { load, package: '@acme/lazy' } } });
    expect((await failureOf(lazy(registry))).message).toContain(message);
  });

  it('is not loaded for a request that is refused anyhow', async () => {
    const { load, counts } = plugin();
    const manager = managerOf([], { registry: new Registry({ plugins: { lazy: load } }) });
    await manager.close();
    expect((await failureOf(manager.send(requestOf({ href: 'lazy:x' })))).code).toBe(
      'operation-canceled',
    );
    expect(counts.loaded).toBe(0);
  });
});

describe('a plugin that lies', () => {
  it.each<[string, Record<string, unknown>]>([
    ['was written for contract 7; this core speaks 1', { contract: 7 }],
    ['has no name', { name: '' }],
    ['has no create()', { create: undefined }],
    ['names no schemes', { schemes: [] }],
    ['names Lazy, which is not a scheme in lower case', { schemes: ['Lazy'] }],
    ['calls "other" secure but does not serve it', { secureSchemes: ['other'] }],
    ['has no features', { features: undefined }],
    ['claims no target type', { features: { targetTypes: [] } }],
    ['claims the target type orbital', { features: { targetTypes: ['orbital'] } }],
    [
      'claims the I/O feature telepathy',
      { features: { targetTypes: ['local'], ioFeatures: ['telepathy'] } },
    ],
    [
      'claims the security feature hope',
      { features: { targetTypes: ['local'], securityFeatures: ['hope'] } },
    ],
    ['has a close that is not a function', { close: 3 }],
    ['serves other, not lazy', { schemes: ['other'] }],
  ])('is refused: it %s', async (message, change) => {
    const { load } = plugin(change);
    const failure = await failureOf(
      lazy(new Registry({ plugins: { lazy: { load, package: '@acme/lazy' } } })),
    );
    expect(failure).toMatchObject({
      code: 'protocol-unknown',
      message: expect.stringContaining(message),
    });
  });

  it('about being secure is refused', async () => {
    const { load } = plugin();
    const registry = new Registry({ plugins: { lazy: { load, secure: true } } });
    expect(registry.isSecure('lazy')).toBe(true);
    expect(await failureOf(lazy(registry))).toMatchObject({
      message: expect.stringContaining('in clear'),
    });
  });

  it('by a module that exports no factory is told what a plugin is', async () => {
    const registry = new Registry({ plugins: { lazy: async () => ({}) as never } });
    expect(await failureOf(lazy(registry))).toMatchObject({
      code: 'protocol-unknown',
      message: expect.stringContaining('default export'),
    });
  });

  it('is refused at once when it is not lazy', () => {
    expect(() => new Registry({ factories: [{ ...scripted(), contract: 2 as never }] })).toThrow(
      /scripted.*contract 2/,
    );
    expect(() => new Registry({ plugins: { 'No Scheme': () => never() } })).toThrow('No Scheme');
  });
});

describe('a registry', () => {
  it('lists schemes in order, without the one that stands for all', () => {
    const registry = new Registry({
      factories: [scripted({ schemes: ['*', 'b'] })],
      plugins: { a: () => never() },
    });
    expect(registry.supportedSchemes).toEqual(['a', 'b']);
    expect([registry.serves('a'), registry.serves('b'), registry.serves('c')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('calls a scheme secure only if everybody who serves it does', async () => {
    const secure = scripted({ scheme: 's', secureSchemes: ['s'] });
    const registry = new Registry({
      factories: [
        secure,
        scripted({ schemes: ['s', 'mixed'] }),
        scripted({ scheme: 'mixed', secureSchemes: ['mixed'] }),
      ],
    });
    expect(await registry.isSecure('s')).toBe(false);
    expect(await registry.isSecure('mixed')).toBe(false);
    expect(await new Registry({ factories: [secure] }).isSecure('s')).toBe(true);
    expect(await registry.isSecure('unserved')).toBe(false);
  });

  it('loads a plugin to find out whether its scheme is secure', async () => {
    const { load, counts } = plugin({ secureSchemes: ['lazy'] });
    const registry = new Registry({ plugins: { lazy: load } });
    expect(await registry.isSecure('lazy')).toBe(true);
    expect(counts.loaded).toBe(1);
  });
});
