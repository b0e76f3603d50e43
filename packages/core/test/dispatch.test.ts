import {
  bytesUpload,
  iterableUpload,
  NetworkError,
  Registry,
  type Body,
  type BackendFactory,
  type Upload,
} from '@netaccess/core';
import { describe, expect, it } from 'vitest';

import { failureOf, managerOf, requestOf } from './fixtures/manager-of.ts';
import { copying, never, scripted, type Script } from './fixtures/scripted-backend.ts';

const networked: Script['features'] = { targetTypes: ['networked'], ioFeatures: ['zero-copy'] };

describe('dispatch', () => {
  it('asks factories in their order and takes the first backend', async () => {
    const declining = scripted({ create: () => undefined });
    const second = scripted({ chunks: ['second'] });
    const third = scripted({ chunks: ['third'] });
    const reply = await managerOf([declining, second, third]).send(requestOf());
    expect(await reply.text()).toBe('second');
    expect(declining.seen.requests).toHaveLength(1);
    expect(third.seen.requests).toHaveLength(0);
  });

  it('asks a factory of every scheme for any scheme that is served', async () => {
    const all = scripted({ schemes: ['*'], chunks: ['all'] });
    const reply = await managerOf([all, scripted()]).send(requestOf());
    expect(await reply.text()).toBe('all');
  });

  it('names the scheme that nobody serves', async () => {
    const failure = await failureOf(
      managerOf([scripted()]).send(requestOf({ href: 'gopher://host/' })),
    );
    expect(failure).toMatchObject({
      code: 'protocol-unknown',
      message: expect.stringContaining('"gopher"'),
    });
  });

  it('names the operation that nobody takes', async () => {
    const declining = scripted({ create: () => undefined });
    const request = requestOf({ operation: 'custom', customVerb: 'MKCOL' });
    const failure = await failureOf(managerOf([declining]).send(request));
    expect(failure).toMatchObject({
      code: 'protocol-invalid-operation',
      message: expect.stringContaining('MKCOL'),
    });
  });

  it('lends proxies to networked factories only', async () => {
    const far = scripted({ scheme: 'far', features: networked });
    const near = scripted({ scheme: 'near' });
    const manager = managerOf([far, near], { proxies: () => [new URL('proxy://p:1')] });
    await (await manager.send(requestOf({ href: 'far:x' }))).close();
    await (await manager.send(requestOf({ href: 'near:x' }))).close();
    expect(far.seen.contexts[0]?.proxies.map(String)).toEqual(['proxy://p:1']);
    expect(near.seen.contexts[0]?.proxies).toEqual([]);
  });

  it('lends resources to networked factories only', async () => {
    const far = scripted({ scheme: 'far', features: networked });
    const near = scripted({ scheme: 'near' });
    const resources = { connector: { connect: () => never() } };
    const manager = managerOf([far, near], { resources: resources as never });
    await (await manager.send(requestOf({ href: 'far:x' }))).close();
    await (await manager.send(requestOf({ href: 'near:x' }))).close();
    expect(Object.keys(far.seen.contexts[0]?.resources ?? {})).toEqual(['connector']);
    expect(Object.keys(near.seen.contexts[0]?.resources ?? {})).toEqual([]);
  });

  it('fails the request whose proxy function throws', async () => {
    const manager = managerOf([scripted({ features: networked })], {
      proxies: () => {
        throw new Error('no idea');
      },
    });
    expect(await failureOf(manager.send(requestOf()))).toMatchObject({ code: 'unknown-proxy' });
  });

  it('lends security resources to factories that claim them only', async () => {
    const claiming = scripted({ features: { ...networked, securityFeatures: ['tls'] } });
    const plain = scripted({ scheme: 'plain', features: networked });
    const security = { tls: { secure: () => never() } };
    const manager = managerOf([claiming, plain], { security: security as never });
    await (await manager.send(requestOf())).close();
    await (await manager.send(requestOf({ href: 'plain:x' }))).close();
    expect(Object.keys(claiming.seen.contexts[0]?.security ?? {})).toEqual(['tls']);
    expect(Object.keys(plain.seen.contexts[0]?.security ?? {})).toEqual([]);
  });

  it('says in the reply who served it, and takes user and password out of its URLs', async () => {
    const redirect = { url: new URL('test://a:b@host/next'), keepOperation: true };
    const factory = scripted({ head: { redirect } });
    const reply = await managerOf([factory]).send(requestOf({ href: 'test://me:secret@host/' }));
    expect(reply.url.href).toBe('test://host/');
    expect(reply.redirect?.url.href).toBe('test://host/next');
    expect(reply.attributes?.backend).toEqual({ name: 'scripted', targetTypes: ['local'] });
    expect(factory.seen.requests[0]?.url.password).toBe('secret');
    await reply.close();
  });

  it('hands a head of a class on as it is', async () => {
    class Head {
      get url() {
        return new URL('test:thing');
      }
      get headers() {
        return [['a', 'b']] as const;
      }
      get status() {
        return { code: 207, reason: 'several' };
      }
    }
    const reply = await managerOf([scripted({ open: () => new Head() })]).send(requestOf());
    expect([...reply.headers]).toEqual([['a', 'b']]);
    expect(reply.status?.code).toBe(207);
  });

  it('holds a one-shot upload for factories that claim resettable-upload', async () => {
    const uploads: (Upload | undefined)[] = [];
    const factory = scripted({
      features: { targetTypes: ['local'], ioFeatures: ['zero-copy', 'resettable-upload'] },
      open(request) {
        uploads.push(request.upload);
        return { url: request.url, headers: [] };
      },
    });
    const once = iterableUpload([new TextEncoder().encode('ab'), new TextEncoder().encode('c')]);
    await (await managerOf([factory]).send(requestOf({ operation: 'put', upload: once }))).close();
    const [upload] = uploads;
    expect(upload?.resettable).toBe(true);
    expect(upload?.length).toBe(3);
  });

  it('hands a one-shot upload over as it is without that claim', async () => {
    const factory = scripted();
    const once = iterableUpload([new Uint8Array(2)]);
    await (await managerOf([factory]).send(requestOf({ operation: 'put', upload: once }))).close();
    expect(factory.seen.requests[0]?.upload?.resettable).toBe(false);
    expect(once.opened).toBe(false);
  });

  it('stops holding an upload when the request is aborted', async () => {
    const factory = scripted({
      features: { targetTypes: ['local'], ioFeatures: ['zero-copy', 'resettable-upload'] },
    });
    const controller = new AbortController();
    const stuck = iterableUpload({
      [Symbol.asyncIterator]: () => ({ next: () => never<IteratorResult<Uint8Array>>() }),
    });
    const sent = managerOf([factory]).send(
      requestOf({ operation: 'put', upload: stuck, signal: controller.signal }),
    );
    controller.abort();
    expect(await failureOf(sent)).toMatchObject({ code: 'operation-canceled' });
  });
});

describe('claims', () => {
  it('make core read by views from a backend that lends, and never by read()', async () => {
    const factory = scripted();
    const { create } = factory;
    const watching: BackendFactory = {
      ...factory,
      create(request, context) {
        const backend = create(request, context);
        return Object.assign(backend ?? {}, {
          read() {
            throw new Error('read was called');
          },
        }) as never;
      },
    };
    const reply = await managerOf([watching]).send(requestOf());
    expect(await reply.readInto(new Uint8Array(3))).toBe(3);
    await reply.close();
  });

  it.each([
    [
      'claims zero-copy but its backend has no readPointer()',
      { features: networked, create: copying('x').create },
    ],
    [
      'does not claim zero-copy but its backend has no read()',
      { features: { targetTypes: ['local'] } },
    ],
  ] as const)('are checked against the backend: %s', async (message, script) => {
    const failure = await failureOf(managerOf([scripted(script as Script)]).send(requestOf()));
    expect(failure).toMatchObject({
      code: 'protocol-unknown',
      message: expect.stringContaining(message),
    });
  });

  it.each<[string, Script]>([
    ['without a URL', { open: () => ({ headers: [] }) as never }],
    ['headers that are not iterable', { head: { headers: 3 as never } }],
    ['the length -1', { head: { length: -1 } }],
    ['the error code ENOENT', { head: { error: { code: 'ENOENT' as never, message: 'x' } } }],
    ['not a Uint8Array', { read: () => 'text' as never }],
    ['more bytes than the length', { head: { length: 3 } }],
    ['6 bytes before the length', { head: { length: 17 } }],
  ])('do not excuse a backend that gives %s', async (message, script) => {
    const factory = scripted(script);
    const failure = await failureOf(
      managerOf([factory])
        .send(requestOf())
        .then((reply) => reply.bytes()),
    );
    expect(failure).toMatchObject({
      code: 'protocol-failure',
      message: expect.stringContaining(message),
    });
    expect(factory.seen.closed).toBe(1);
  });

  it('do not excuse a copying backend that says it read more than there was room for', async () => {
    const lying = scripted({
      features: { targetTypes: ['local'] },
      create: (request) => ({
        open: () => ({ url: request.url, headers: [] }),
        read: (into) => into.byteLength + 1,
        close: async () => undefined,
      }),
    });
    const reply = await managerOf([lying]).send(requestOf());
    expect(await failureOf(reply.bytes())).toMatchObject({ code: 'protocol-failure' });
  });
});

describe('a failing backend', () => {
  it.each<[string, Script]>([
    ['create', { create: () => raise('content-gone') }],
    ['open, at once', { open: () => raise('content-gone') }],
    ['open, later', { open: async () => raise('content-gone') }],
    ['read, at once', { read: () => raise('content-gone') }],
    ['read, later', { read: async () => raise('content-gone') }],
  ])('is one NetworkError with the URL and the cause: in %s', async (_where, script) => {
    const failure = await failureOf(
      managerOf([scripted(script)])
        .send(requestOf())
        .then((reply) => reply.bytes()),
    );
    expect(failure).toMatchObject({ code: 'content-gone', message: 'it is gone' });
    expect(failure.url?.href).toBe('test:thing');
    expect(failure.cause).toBeInstanceOf(Error);
  });

  it('that ends itself while it answers gives nothing any more', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const opening = scripted({
      open(request) {
        controller.abort();
        return { url: request.url, headers: [] };
      },
    });
    const failure = await failureOf(managerOf([opening]).send(requestOf({ signal })));
    expect(failure.code).toBe('operation-canceled');
    expect(opening.seen.closed).toBe(1);
  });

  it('that is aborted from within a read does not end well', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const reading = scripted({
      read() {
        controller.abort();
        return new Uint8Array(0);
      },
    });
    const reply = await managerOf([reading]).send(requestOf({ signal }));
    expect(await failureOf(reply.bytes())).toMatchObject({ code: 'operation-canceled' });
    expect(reading.seen.closed).toBe(1);
  });

  it('that is aborted from within a read does not end well when it copies either', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const { features } = copying('');
    const reading = scripted({
      ...(features && { features }),
      create: (request) => ({
        open: () => ({ url: request.url, headers: [] }),
        read() {
          controller.abort();
          return 0;
        },
        close: async () => undefined,
      }),
    });
    const reply = await managerOf([reading]).send(requestOf({ signal }));
    expect(await failureOf(reply.bytes())).toMatchObject({ code: 'operation-canceled' });
  });

  it('that lies late is told so all the same', async () => {
    const opening = scripted({ open: async () => ({ url: 'no' as never, headers: [] }) });
    expect(await failureOf(managerOf([opening]).send(requestOf()))).toMatchObject({
      message: expect.stringContaining('without a URL'),
    });
    const reading = scripted({ read: async () => 'no' as never });
    const reply = await managerOf([reading]).send(requestOf());
    expect(await failureOf(reply.bytes())).toMatchObject({
      message: expect.stringContaining('not a Uint8Array'),
    });
    expect([opening.seen.closed, reading.seen.closed]).toEqual([1, 1]);
  });

  it('that redirects to something else than a URL is told so, and closed', async () => {
    const redirect = { url: 'test:elsewhere' as never, keepOperation: true };
    const wrong = scripted({ head: { redirect } });
    expect(await failureOf(managerOf([wrong]).send(requestOf()))).toMatchObject({
      code: 'protocol-failure',
      message: expect.stringContaining('not a URL'),
    });
    expect(wrong.seen.closed).toBe(1);
  });

  it('is closed once', async () => {
    const factory = scripted({ read: async () => raise('content-gone') });
    const reply = await managerOf([factory]).send(requestOf());
    const failure = await failureOf(reply.bytes());
    await reply.close();
    expect(NetworkError.is(failure)).toBe(true);
    expect(factory.seen.closed).toBe(1);
  });

  it('that throws on close harms nobody', async () => {
    const factory = scripted({
      create: (request) => ({
        open: () => ({ url: request.url, headers: [] }),
        readPointer: () => new Uint8Array(0),
        advanceReadPointer: () => undefined,
        close: () => raise('content-gone'),
      }),
    });
    const reply = await managerOf([factory]).send(requestOf());
    expect(await reply.bytes()).toHaveLength(0);
    await reply.close();
  });
});

describe('abort', () => {
  it('before the request is sent creates nothing', async () => {
    const factory = scripted();
    const failure = await failureOf(
      managerOf([factory]).send(requestOf({ signal: AbortSignal.abort() })),
    );
    expect(failure.code).toBe('operation-canceled');
    expect(factory.seen.requests).toHaveLength(0);
  });

  it('during open closes a backend that never settles', async () => {
    const factory = scripted({ open: () => never() });
    const controller = new AbortController();
    const sent = managerOf([factory]).send(requestOf({ signal: controller.signal }));
    controller.abort(new Error('enough'));
    const failure = await failureOf(sent);
    expect(failure.code).toBe('operation-canceled');
    expect(failure.cause).toMatchObject({ message: 'enough' });
    expect(factory.seen.closed).toBe(1);
  });

  it('during a read rejects it, and later ones alike', async () => {
    const factory = scripted({ read: () => never() });
    const controller = new AbortController();
    const reply = await managerOf([factory]).send(requestOf({ signal: controller.signal }));
    const read = Promise.resolve(reply.readInto(new Uint8Array(4)));
    controller.abort();
    const failure = await failureOf(read);
    expect(failure.code).toBe('operation-canceled');
    expect(await failureOf((async () => reply.readInto(new Uint8Array(4)))())).toBe(failure);
    expect(factory.seen.closed).toBe(1);
  });

  it('by a timeout signal is a timeout', async () => {
    const factory = scripted({ open: () => never() });
    const controller = new AbortController();
    const sent = managerOf([factory]).send(requestOf({ signal: controller.signal }));
    controller.abort(new DOMException('late', 'TimeoutError'));
    expect(await failureOf(sent)).toMatchObject({ code: 'timeout' });
  });

  it('after the end changes nothing, and no listener stays on the signal', async () => {
    const controller = new AbortController();
    const added = countListeners(controller.signal);
    const reply = await managerOf([scripted()]).send(requestOf({ signal: controller.signal }));
    expect(await reply.text()).toBe('hello world');
    expect(added()).toBe(0);
    controller.abort();
    await reply.close();
  });
});

describe('a second read while one is pending', () => {
  it('is refused without ending the first', async () => {
    let give: (view: Uint8Array) => void = () => undefined;
    const factory = scripted({ read: () => new Promise((resolve) => (give = resolve)) });
    const reply = await managerOf([factory]).send(requestOf());
    const first = Promise.resolve(reply.readInto(new Uint8Array(4)));
    const second = await failureOf((async () => reply.readInto(new Uint8Array(4)))());
    expect(second.message).toContain('pending already');
    give(new Uint8Array(2));
    expect(await first).toBe(2);
    await reply.close();
  });

  it('is not needed to end the first: closing the reply does', async () => {
    const factory = scripted({ read: () => never() });
    const reply = await managerOf([factory]).send(requestOf());
    const pending = failureOf(Promise.resolve(reply.readInto(new Uint8Array(4))));
    await reply.close();
    expect((await pending).code).toBe('operation-canceled');
  });

  it('is refused by a backend that copies, too', async () => {
    const reply = await managerOf([scripted(copying('hello world'))]).send(requestOf());
    const first = reply.readInto(new Uint8Array(4));
    const second = await failureOf((async () => reply.readInto(new Uint8Array(4)))());
    expect(second.message).toContain('pending already');
    expect(await first).toBe(4);
    await reply.close();
  });
});

describe('advancing', () => {
  async function sourceOf(script: Script = {}): Promise<Body> {
    let source: Body | undefined;
    const reply = await managerOf([scripted(script)]).send(requestOf());
    reply.with({ body: (given) => (source = given) });
    if (source === undefined) throw new Error('no source');
    return source;
  }

  it('by nothing keeps the view', async () => {
    const source = await sourceOf();
    const view = await source.readPointer();
    source.advanceReadPointer(0);
    expect(await source.readPointer()).toEqual(view);
  });

  it('after the end, a failure or a close reaches no backend', async () => {
    const source = await sourceOf();
    const view = await source.readPointer();
    await source.close();
    source.advanceReadPointer(3);
    expect(new TextDecoder().decode(view)).toBe('hello ');
  });

  it.each([[[7]], [[4, 3]], [[-1]], [[Number.NaN]]])(
    'by %s of six bytes is refused',
    async (steps) => {
      const source = await sourceOf();
      await source.readPointer();
      expect(() => steps.forEach((step) => source.advanceReadPointer(step))).toThrow('lent bytes');
    },
  );
});

describe('a promise that is not one of the platform', () => {
  it('is waited for like any other', async () => {
    const thenable = <Value>(value: Value): Promise<Value> => {
      const promise = Promise.resolve(value);
      // oxlint-disable-next-line unicorn/no-thenable -- what it is about
      return { then: promise.then.bind(promise) } as Promise<Value>;
    };
    const views = [new Uint8Array(3), new Uint8Array(0)];
    const factory = scripted({
      open: (request) => thenable({ url: request.url, headers: [] }),
      read: () => thenable(views.shift() ?? new Uint8Array(0)),
    });
    const reply = await managerOf([factory]).send(requestOf());
    expect(await reply.bytes()).toHaveLength(3);
  });
});

describe('preconnect', () => {
  it('asks the first factory that can', async () => {
    const asked: string[] = [];
    const factory: BackendFactory = {
      ...scripted(),
      preconnect: async ({ url }) => void asked.push(url.href),
    };
    const manager = managerOf([scripted(), factory]);
    await manager.preconnect(new URL('test://host/'));
    expect(asked).toEqual(['test://host/']);
  });

  it('ends with the signal, and with the manager', async () => {
    const stuck = { ...scripted(), preconnect: () => never<void>() };
    const manager = managerOf([stuck]);
    const controller = new AbortController();
    const aborted = manager.preconnect(new URL('test:x'), { signal: controller.signal });
    const closed = manager.preconnect(new URL('test:x'));
    controller.abort();
    expect((await failureOf(aborted)).code).toBe('operation-canceled');
    await manager.close();
    expect((await failureOf(closed)).message).toContain('manager was closed');
  });

  it('does nothing where there are no connections, and names a scheme that nobody serves', async () => {
    const manager = managerOf([scripted()]);
    await manager.preconnect(new URL('test:x'));
    expect(await failureOf(manager.preconnect(new URL('gopher://x')))).toMatchObject({
      code: 'protocol-unknown',
    });
  });
});

describe('bytes uploads', () => {
  it('reach the backend as they are', async () => {
    const factory = scripted({
      async open(request) {
        let sent = '';
        for await (const view of request.upload?.open() ?? [])
          sent += new TextDecoder().decode(view);
        return { url: request.url, headers: [['sent', sent]] };
      },
    });
    const upload = bytesUpload('body');
    const reply = await managerOf([factory]).send(requestOf({ operation: 'put', upload }));
    expect([...reply.headers]).toEqual([['sent', 'body']]);
    expect(upload.opened).toBe(true);
    await reply.close();
  });
});

function raise(code: string): never {
  throw Object.assign(new Error('it is gone'), { code });
}

/** How many more listeners the signal has than it had. */
function countListeners(signal: AbortSignal): () => number {
  let count = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    count += 1;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    count -= 1;
    removeEventListener.apply(signal, args);
  };
  return () => count;
}

describe('a registry', () => {
  it('is what a manager is made of', () => {
    expect(new Registry({ factories: [scripted()] }).supportedSchemes).toEqual(['test']);
  });
});
