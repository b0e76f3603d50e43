import { describe, expect, it } from 'vitest';

import type { Reply, Request } from '../../src/contract.ts';
import { NetworkError } from '../../src/error.ts';
import {
  redirects,
  type RedirectHop,
  type RedirectOptions,
  type RedirectPolicy,
  type RedirectSettings,
} from '../../src/policies/redirects.ts';
import { bytesUpload, iterableUpload } from '../../src/upload.ts';
import {
  Script,
  scriptedRequest,
  settle,
  type Answer,
  type Step,
} from '../fixtures/scripted-send.ts';

/** Two schemes that are safe and two that are not; "slow" tells after a turn of the loop. */
const schemes: RedirectSettings['schemes'] = {
  serves: (scheme) => ['plain', 'safe', 'slow', 'local'].includes(scheme),
  isSecure: (scheme) => (scheme === 'slow' ? settle().then(() => true) : scheme === 'safe'),
};
const schemeChanges = [
  ['plain', 'safe'],
  ['safe', 'plain'],
  ['plain', 'slow'],
  ['slow', 'plain'],
] as const;

function to(url: string, keepOperation = true): Answer {
  return { redirect: { url: new URL(url), keepOperation }, headers: [['location', url]] };
}

function prepared(settings: Partial<RedirectSettings>, ...steps: Step[]) {
  const script = new Script(...steps);
  const policy = redirects({ schemes, schemeChanges, ...settings });
  const send = (request: Request): Promise<Reply> => policy(request, script.send);
  return { script, send };
}

/** Sends a get of `plain://a/` with these options; every reply but the last must be closed by the policy. */
async function get(redirect: RedirectOptions | RedirectPolicy | undefined, ...steps: Step[]) {
  const { script, send } = prepared({}, ...steps);
  const reply = await send(scriptedRequest('plain://a/', { attributes: { redirect } }));
  expect(script.open).toBe(1);
  return { script, reply };
}

async function failure(promise: Promise<unknown>): Promise<NetworkError> {
  const error: unknown = await promise.then(
    () => new Error('nothing failed'),
    (reason: unknown) => reason,
  );
  if (NetworkError.is(error)) return error;
  throw error;
}

/** Sends a get that must fail, and afterwards no reply may be open. */
async function refusal(
  redirect: RedirectOptions | RedirectPolicy | undefined,
  ...steps: Step[]
): Promise<NetworkError & { sent: number }> {
  const { script, send } = prepared({}, ...steps);
  const error = await failure(send(scriptedRequest('plain://a/', { attributes: { redirect } })));
  expect(script.open).toBe(0);
  return Object.assign(error, { sent: script.requests.length });
}

describe('redirects', () => {
  it('hand over a reply that redirects nowhere as it is', async () => {
    const { send } = prepared({}, { text: 'x' });
    const reply = await send(scriptedRequest('plain://a/'));
    expect(await reply.text()).toBe('x');
    expect(reply.attributes?.redirects).toBeUndefined();
  });
  it('follow to the last reply, whose attributes name every hop', async () => {
    const { reply, script } = await get(undefined, to('plain://b/1'), to('plain://c/2'), {
      text: 'end',
    });
    expect(await reply.text()).toBe('end');
    expect(reply.attributes?.redirects?.map(String)).toEqual(['plain://b/1', 'plain://c/2']);
    expect(script.requests.map(({ url }) => url.href)).toEqual([
      'plain://a/',
      'plain://b/1',
      'plain://c/2',
    ]);
  });
  it('close the replaced reply before anything else is sent', async () => {
    const { script } = await get(undefined, to('plain://b/'), to('plain://c/'), {});
    expect(script.log).toEqual([
      'send plain://a/',
      'close plain://a/',
      'send plain://b/',
      'close plain://b/',
      'send plain://c/',
    ]);
  });
  it('hand over a failing reply at the end of the chain', async () => {
    const error = { code: 'content-not-found', message: 'gone' } as const;
    const { reply } = await get(undefined, to('plain://b/'), { error });
    expect(reply.error).toEqual(error);
  });
  it('pass on what a later hop throws', async () => {
    const error = await refusal(
      undefined,
      to('plain://b/'),
      new NetworkError('host-not-found', 'b'),
    );
    expect(error.code).toBe('host-not-found');
  });
  it('keep signal and attributes on the way', async () => {
    const { script, send } = prepared({}, to('plain://b/'), {});
    const { signal } = new AbortController();
    const attributes = { range: { from: 3 } };
    await send(scriptedRequest('plain://a/', { signal, attributes }));
    expect(script.requests[1]).toMatchObject({ signal, attributes });
  });
});

describe('the checks of a redirect', () => {
  it('refuse a target that does not parse, which a backend says by its error', async () => {
    const error = { code: 'protocol-unknown', message: 'Location: http://[ is no URL' } as const;
    const refused = await refusal(undefined, { error });
    expect(refused.code).toBe('protocol-unknown');
    expect(refused.message).toContain('http://[');
  });
  it('come to the target before the count', async () => {
    const error = { code: 'protocol-unknown', message: 'no URL' } as const;
    expect((await refusal({ maximum: 0 }, { error })).code).toBe('protocol-unknown');
  });
  it('count', async () => {
    const { reply } = await get({ maximum: 1 }, to('plain://b/'), { text: 'x' });
    expect(await reply.text()).toBe('x');
    const error = await refusal({ maximum: 1 }, to('plain://b/'), to('plain://c/'));
    expect(error.code).toBe('too-many-redirects');
    expect(error.message).toContain('1');
    expect(error.sent).toBe(2);
    expect((await refusal({ maximum: 0 }, to('plain://b/'))).code).toBe('too-many-redirects');
  });
  it('allow 50 unless told otherwise', async () => {
    const hops = Array.from({ length: 51 }, (_, index) => to(`plain://a/${index}`));
    const { reply } = await get(undefined, ...hops.slice(1), {});
    expect(reply.url.href).toBe('plain://a/50');
    const error = await refusal(undefined, ...hops);
    expect(error.code).toBe('too-many-redirects');
    expect(error.sent).toBe(51);
  });
  it('come to the count before the scheme', async () => {
    expect((await refusal({ maximum: 0 }, to('other://b/'))).code).toBe('too-many-redirects');
  });
  it('refuse a scheme that nobody serves, before one that is not listed', async () => {
    const error = await refusal(undefined, to('other://b/x'));
    expect(error.code).toBe('protocol-unknown');
    expect(error.message).toContain('other://b/x');
    expect(error.sent).toBe(1);
  });
  it.each(['no-less-safe', 'same-origin', 'user-verified'] as const)(
    'refuse a change of scheme that is not listed under "%s"',
    async (policy) => {
      let asked = 0;
      const verify = (): boolean => {
        asked += 1;
        return true;
      };
      const error = await refusal({ policy, verify }, to('local:///secret'));
      expect(error.code).toBe('insecure-redirect');
      expect(error.message).toContain('"plain" to "local"');
      expect(asked).toBe(0);
    },
  );
  it('know in which direction a change is listed', async () => {
    const { send } = prepared({ schemeChanges: [['safe', 'plain']] }, to('safe://a/'));
    expect((await failure(send(scriptedRequest('plain://a/')))).code).toBe('insecure-redirect');
  });
  it('follow to a safer scheme', async () => {
    const { reply } = await get('no-less-safe', to('safe://a/'), {});
    expect(reply.url.href).toBe('safe://a/');
  });
  it.each(['safe', 'slow'])('refuse a less safe scheme after "%s" by default', async (scheme) => {
    const error = await refusal(undefined, to(`${scheme}://a/`), to('plain://a/'));
    expect(error.code).toBe('insecure-redirect');
    expect(error.message).toContain(`"plain" is less safe than "${scheme}"`);
    expect(error.sent).toBe(2);
  });
  it('leave a listed change to less safety to the user who verifies', async () => {
    const options = { policy: 'user-verified', verify: () => true } as const;
    const { reply } = await get(options, to('safe://a/'), to('plain://a/'), {});
    expect(reply.url.href).toBe('plain://a/');
  });
  it.each(['plain://b/', 'plain://a:81/', 'safe://a/'])(
    'keep "same-origin" from %s',
    async (target) => {
      const error = await refusal('same-origin', to(target));
      expect(error.code).toBe('insecure-redirect');
    },
  );
  it('let "same-origin" stay on its origin', async () => {
    const { reply } = await get('same-origin', to('plain://a/other'), {});
    expect(reply.url.href).toBe('plain://a/other');
  });
  it('come to the policy before the body', async () => {
    const { send, script } = prepared({}, (request) => {
      void request.upload?.open();
      return to('local:///');
    });
    const upload = iterableUpload([]);
    const error = await failure(send(scriptedRequest('plain://a/', { operation: 'post', upload })));
    expect(error.code).toBe('insecure-redirect');
    expect(script.open).toBe(0);
  });
  it('judge the URL that answered, which a policy below may have upgraded', async () => {
    const answer = { ...to('plain://a/2'), url: new URL('safe://a/') };
    expect((await refusal(undefined, answer)).code).toBe('insecure-redirect');
  });
  it('shorten a target that is longer than anybody reads', async () => {
    const error = await refusal(undefined, to(`other://b/${'x'.repeat(5000)}`));
    expect(error.message.length).toBeLessThan(400);
  });
});

describe('the upgrade of a known host', () => {
  it('comes before the judgement of the target', async () => {
    const upgrade = (url: URL): URL => new URL(url.href.replace('plain:', 'safe:'));
    const { send, script } = prepared({ upgrade }, to('plain://known/'), to('plain://known/2'), {});
    const reply = await send(scriptedRequest('safe://a/'));
    expect(reply.url.href).toBe('safe://known/2');
    expect(script.requests[1]?.url.href).toBe('safe://known/');
  });
});

describe('"manual"', () => {
  it('hands over the redirecting reply', async () => {
    const { reply, script } = await get('manual', { ...to('other://b/'), text: 'moved' });
    expect(reply.redirect?.url.href).toBe('other://b/');
    expect(await reply.text()).toBe('moved');
    expect(script.done).toBe(true);
  });
  it('hands over a reply whose target does not parse', async () => {
    const error = { code: 'protocol-unknown', message: 'no URL' } as const;
    expect((await get('manual', { error })).reply.error).toEqual(error);
  });
  it('can be the manager’s, and a request can say otherwise', async () => {
    const { send } = prepared({ policy: 'manual' }, to('plain://b/'), to('plain://b/'), {});
    expect((await send(scriptedRequest('plain://a/'))).redirect).toBeDefined();
    const attributes = { redirect: 'same-origin' } as const;
    expect((await failure(send(scriptedRequest('plain://a/', { attributes })))).code).toBe(
      'insecure-redirect',
    );
  });
});

describe('verify', () => {
  it('is asked for every hop, with all that is known of it', async () => {
    const hops: RedirectHop[] = [];
    const verify = async (hop: RedirectHop): Promise<boolean> => {
      hops.push(hop);
      await settle();
      return true;
    };
    const { reply } = await get(
      { policy: 'user-verified', verify },
      to('plain://u:p@b/'),
      to('safe://c/', false),
      {},
    );
    expect(reply.url.href).toBe('safe://c/');
    expect(hops.map(({ from, to: target, count }) => [from.href, target.href, count])).toEqual([
      ['plain://a/', 'plain://b/', 1],
      ['plain://b/', 'safe://c/', 2],
    ]);
    expect([...(hops[1]?.head.headers ?? [])]).toEqual([['location', 'safe://c/']]);
  });
  it('that says no leaves the redirecting reply to the caller', async () => {
    const options = {
      policy: 'user-verified',
      verify: ({ count }: RedirectHop) => count < 2,
    } as const;
    const { reply } = await get(options, to('plain://b/'), { ...to('plain://c/'), text: 'moved' });
    expect(reply.url.href).toBe('plain://b/');
    expect(await reply.text()).toBe('moved');
    expect(reply.attributes?.redirects).toHaveLength(1);
  });
  it('is needed by "user-verified": without it nothing is followed', async () => {
    const { reply } = await get('user-verified', to('plain://b/'));
    expect(reply.redirect?.url.href).toBe('plain://b/');
  });
  it('can only forbid under the other policies', async () => {
    const { reply } = await get({ verify: () => false }, to('plain://b/'));
    expect(reply.redirect).toBeDefined();
    const error = await refusal({ policy: 'same-origin', verify: () => true }, to('plain://b/'));
    expect(error.code).toBe('insecure-redirect');
  });
  it('that throws fails the request, and the reply is closed', async () => {
    const { send, script } = prepared({}, to('plain://b/'));
    const verify = (): never => {
      throw new RangeError('mine');
    };
    const attributes = { redirect: { verify } };
    await expect(send(scriptedRequest('plain://a/', { attributes }))).rejects.toThrow('mine');
    expect(script.open).toBe(0);
  });
  it('that never answers is left when the request is aborted', async () => {
    const { send, script } = prepared({}, to('plain://b/'));
    const controller = new AbortController();
    const verify = (): Promise<boolean> => new Promise(() => {});
    const attributes = { redirect: { policy: 'user-verified', verify } } as const;
    const sent = send(scriptedRequest('plain://a/', { attributes, signal: controller.signal }));
    await settle();
    controller.abort();
    expect((await failure(sent)).code).toBe('operation-canceled');
    expect(script.open).toBe(0);
  });
  it('is not asked when the body cannot be sent again', async () => {
    let asked = 0;
    const verify = (): boolean => {
      asked += 1;
      return true;
    };
    const { send } = prepared({}, (request) => {
      void request.upload?.open();
      return to('plain://b/');
    });
    const attributes = { redirect: { verify } };
    const upload = iterableUpload([]);
    const request = scriptedRequest('plain://a/', { operation: 'put', upload, attributes });
    expect((await failure(send(request))).code).toBe('content-re-send');
    expect(asked).toBe(0);
  });
});

describe('onRedirect', () => {
  it('sees every hop before it is taken', async () => {
    const seen: string[] = [];
    const onRedirect = ({ count, to: target }: RedirectHop): void =>
      void seen.push(`${count} ${target.href}`);
    await get({ onRedirect }, to('plain://b/'), to('plain://c/'), {});
    expect(seen).toEqual(['1 plain://b/', '2 plain://c/']);
  });
  it('does not see what is refused or not verified', async () => {
    const seen: RedirectHop[] = [];
    const onRedirect = (hop: RedirectHop): void => void seen.push(hop);
    await refusal({ onRedirect }, to('local:///'));
    await get({ onRedirect, verify: () => false }, to('plain://b/'));
    expect(seen).toEqual([]);
  });
  it('that throws fails the request, and the reply is closed', async () => {
    const { send, script } = prepared({}, to('plain://b/'));
    const onRedirect = (): never => {
      throw new RangeError('mine');
    };
    const attributes = { redirect: { onRedirect } };
    await expect(send(scriptedRequest('plain://a/', { attributes }))).rejects.toThrow('mine');
    expect(script.open).toBe(0);
  });
});

describe('options of redirects', () => {
  it.each([-1, 1.5, Number.NaN, Infinity])('refuse the maximum %d', async (maximum) => {
    const { send, script } = prepared({});
    const attributes = { redirect: { maximum } };
    expect((await failure(send(scriptedRequest('plain://a/', { attributes })))).code).toBe(
      'protocol-invalid-operation',
    );
    expect(script.requests).toEqual([]);
    expect(() => redirects({ schemes, schemeChanges, maximum })).toThrow(NetworkError);
  });
  it('refuse a policy that does not exist', async () => {
    const { send } = prepared({});
    const redirect: RedirectPolicy = JSON.parse('"folow"');
    expect(
      (await failure(send(scriptedRequest('plain://a/', { attributes: { redirect } })))).message,
    ).toContain('folow');
  });
});

describe('operation and body after a redirect', () => {
  const bodyHeaders = [
    ['Content-Type', 'text/plain'],
    ['Content-Length', '1'],
    ['Content-Encoding', 'gzip'],
    ['Content-Language', 'en'],
    ['Content-Location', '/x'],
    ['Transfer-Encoding', 'chunked'],
    ['Expect', '100-continue'],
    ['X-Mine', '1'],
  ] as const;

  async function second(first: Partial<Request>, keepOperation: boolean): Promise<Request> {
    const { script, send } = prepared({}, to('plain://b/', keepOperation), {});
    await send(scriptedRequest('plain://a/', first));
    const request = script.requests[1];
    if (request === undefined) throw new Error('nothing was sent again');
    return request;
  }

  it.each(['get', 'head', 'put', 'post', 'delete', 'custom'] as const)(
    'keep %s when told to',
    async (operation) => {
      const upload = bytesUpload('x');
      const customVerb = operation === 'custom' ? 'FROB' : undefined;
      const request = await second({ operation, customVerb, upload, headers: bodyHeaders }, true);
      expect(request).toMatchObject({ operation, customVerb, upload, headers: bodyHeaders });
    },
  );
  it.each(['get', 'put', 'post', 'delete', 'custom'] as const)(
    'turn %s into a get otherwise',
    async (operation) => {
      const customVerb = operation === 'custom' ? 'FROB' : undefined;
      const request = await second(
        { operation, customVerb, upload: bytesUpload('x'), headers: bodyHeaders },
        false,
      );
      expect(request.operation).toBe('get');
      expect(request.customVerb).toBeUndefined();
      expect(request.upload).toBeUndefined();
      expect(request.headers).toEqual([['X-Mine', '1']]);
    },
  );
  it('leave a head a head', async () => {
    expect((await second({ operation: 'head' }, false)).operation).toBe('head');
  });
  it('keep the range of a get, and drop that of a put, which says where to write', async () => {
    const attributes = { range: { from: 7 } };
    expect((await second({ attributes }, false)).attributes.range).toEqual({ from: 7 });
    expect((await second({ operation: 'put', attributes }, true)).attributes.range).toEqual({
      from: 7,
    });
    expect(
      (await second({ operation: 'put', attributes }, false)).attributes.range,
    ).toBeUndefined();
  });

  const opening = (answer: Answer): Step => {
    return (request) => {
      void request.upload?.open();
      return answer;
    };
  };
  it('send a resettable body again', async () => {
    const upload = bytesUpload('x');
    const { script, send } = prepared({}, opening(to('plain://b/')), opening({}));
    await send(scriptedRequest('plain://a/', { operation: 'post', upload }));
    expect(script.requests[1]?.upload).toBe(upload);
  });
  it('fail when a body that can be read once was read', async () => {
    const { script, send } = prepared({}, opening(to('plain://b/')));
    const request = scriptedRequest('plain://a/', {
      operation: 'post',
      upload: iterableUpload([]),
    });
    const error = await failure(send(request));
    expect(error.code).toBe('content-re-send');
    expect(error.message).toContain('plain://b/');
    expect(script.open).toBe(0);
  });
  it('send a body that can be read once as long as nobody read it', async () => {
    const { script, send } = prepared({}, to('plain://b/'), opening({}));
    await send(scriptedRequest('plain://a/', { operation: 'post', upload: iterableUpload([]) }));
    expect(script.requests[1]?.upload?.opened).toBe(true);
  });
  it('do not need a body that is dropped', async () => {
    const { script, send } = prepared({}, opening(to('plain://b/', false)), {});
    await send(scriptedRequest('plain://a/', { operation: 'post', upload: iterableUpload([]) }));
    expect(script.requests[1]?.operation).toBe('get');
  });
});

describe('what was meant for one origin', () => {
  const headers = [
    ['authorization', 'Basic eDp5'],
    ['Cookie', 'a=b'],
    ['Proxy-Authorization', 'Basic eDp5'],
    ['Host', 'a'],
    ['Accept', '*/*'],
  ] as const;
  const originAttributes: Request['originAttributes'] = {
    credentials: { user: 'u', password: 'p' },
  };

  async function sentTo(start: string, ...targets: string[]): Promise<Request> {
    const { script, send } = prepared({}, ...targets.map((target) => to(target)), {});
    await send(scriptedRequest(start, { headers, originAttributes }));
    const request = script.requests.at(-1);
    if (request === undefined) throw new Error('nothing was sent');
    return request;
  }

  it.each(['plain://b/', 'plain://a:81/', 'safe://a/'])('does not go to %s', async (target) => {
    const request = await sentTo('plain://u:p@a/', target);
    expect(request.headers).toEqual([['Accept', '*/*']]);
    expect(request.originAttributes).toEqual({});
    expect(request.url.href).toBe(target);
  });
  it('stays with its own origin', async () => {
    const request = await sentTo('plain://u:p@a/', 'plain://a/other');
    expect(request.headers).toEqual(headers);
    expect(request.originAttributes).toBe(originAttributes);
    expect(request.url.href).toBe('plain://u:p@a/other');
  });
  it('does not come back after a detour', async () => {
    const request = await sentTo('plain://u:p@a/', 'plain://b/', 'plain://a/');
    expect(request.headers).toEqual([['Accept', '*/*']]);
    expect(request.originAttributes).toEqual({});
    expect(request.url.href).toBe('plain://a/');
  });
  it('is not replaced by what the redirect has in its target', async () => {
    expect((await sentTo('plain://a/', 'plain://evil:x@a/')).url.href).toBe('plain://a/');
    expect((await sentTo('plain://u:p@a/', 'plain://evil:x@a/')).url.href).toBe('plain://u:p@a/');
    expect((await sentTo('plain://a/', 'plain://evil:x@b/')).url.href).toBe('plain://b/');
  });
  it('stays with a known host that a policy below upgraded, and with no other', async () => {
    const upgraded = (target: string): Step => ({ ...to(target), url: new URL('safe://a/') });
    const start = (): Request => scriptedRequest('plain://a/', { headers, originAttributes });
    const same = prepared({}, upgraded('safe://a/2'), {});
    await same.send(start());
    expect(same.script.requests[1]?.headers).toEqual(headers);
    const odd = prepared({}, { ...to('safe://b/2'), url: new URL('safe://b/') }, {});
    await odd.send(start());
    expect(odd.script.requests[1]?.headers).toEqual([['Accept', '*/*']]);
  });
  it('never shows its password', async () => {
    const { send } = prepared({}, to('plain://a/2'), {});
    const seen: string[] = [];
    const onRedirect = (hop: RedirectHop): void => void seen.push(hop.from.href, hop.to.href);
    const attributes = { redirect: { onRedirect } };
    const answered = await send(scriptedRequest('plain://u:secret@a/', { attributes }));
    expect(
      [...seen, ...(answered.attributes?.redirects ?? [])].map(String).join(' '),
    ).not.toContain('secret');
  });
});

describe('the fragment', () => {
  it.each([
    ['plain://a/#one', 'plain://b/', 'plain://b/#one'],
    ['plain://a/#one', 'plain://b/#two', 'plain://b/#two'],
    ['plain://a/#one', 'plain://b/#', 'plain://b/#'],
    ['plain://a/', 'plain://b/', 'plain://b/'],
  ])('of %s goes on to %s', async (start, target, end) => {
    const { script, send } = prepared({}, to(target), {});
    await send(scriptedRequest(start));
    expect(script.requests[1]?.url.href).toBe(end);
  });
  it('goes on over several hops', async () => {
    const { script, send } = prepared({}, to('plain://b/'), to('plain://c/'), {});
    await send(scriptedRequest('plain://a/#one'));
    expect(script.requests[2]?.url.href).toBe('plain://c/#one');
  });
});

describe('a plugin that never loads', () => {
  it('does not hold a redirect whose request is aborted', async () => {
    const controller = new AbortController();
    const stuck = { ...schemes, isSecure: () => new Promise<boolean>(() => undefined) };
    const { script, send } = prepared({ schemes: stuck }, to('safe://host/'));
    const sent = send(scriptedRequest('plain://host/', { signal: controller.signal }));
    await settle();
    controller.abort();
    await expect(sent).rejects.toMatchObject({ code: 'operation-canceled' });
    expect(script.open).toBe(0);
  });
});
