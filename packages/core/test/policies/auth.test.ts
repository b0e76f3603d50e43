import { describe, expect, it } from 'vitest';

import type { Challenge, Credentials, Reply, Request } from '../../src/contract.ts';
import { NetworkError } from '../../src/error.ts';
import { headerValue, withHeader } from '../../src/headers.ts';
import { auth, MAXIMUM_ANSWERS, type AskForCredentials } from '../../src/policies/auth.ts';
import { MAXIMUM_REMEMBERED_ANSWERS } from '../../src/policies/remembered-answers.ts';
import { bytesUpload, iterableUpload } from '../../src/upload.ts';
import {
  Script,
  scriptedRequest,
  settle,
  type Answer,
  type Step,
} from '../fixtures/scripted-send.ts';

const ann: Credentials = { user: 'ann', password: '1' };
const bob: Credentials = { user: 'bob', password: '2' };
const eve: Credentials = { user: 'eve', password: '3' };

interface Way {
  readonly name?: string;
  readonly realm?: string;
  readonly origin?: string;
  readonly header?: string;
}

function challenge({
  name = 'basic',
  realm = 'r',
  origin = 'test://a/',
  header = 'authorization',
}: Way = {}): Challenge {
  return {
    name,
    realm,
    origin: new URL(origin),
    answer: ({ user = '', password = '', token }, request) =>
      withHeader(request, header, `${name} ${token ?? `${user}:${password}`}`),
  };
}

const refusal: Answer['error'] = { code: 'authentication-required', message: '401' };

/** A peer that lets in who answers as it wants, and challenges everybody else. */
function door(wanted: Credentials, way: Way = {}): Step {
  const { name = 'basic', header = 'authorization' } = way;
  const key = `${name} ${wanted.token ?? `${wanted.user}:${wanted.password}`}`;
  return (request) =>
    headerValue(request, header) === key
      ? { text: 'in' }
      : { challenges: [challenge(way)], error: refusal, text: 'out' };
}

function doors(count: number, wanted: Credentials, way?: Way): Step[] {
  return Array.from({ length: count }, () => door(wanted, way));
}

function prepared(credentials: AskForCredentials | undefined, ...steps: Step[]) {
  const script = new Script(...steps);
  const policy = auth({ credentials });
  const send = (request: Request): Promise<Reply> => policy(request, script.send);
  const get = (url: string, change: Partial<Request> = {}): Promise<Reply> =>
    send(scriptedRequest(url, change));
  return { script, send, get };
}

/** A function that gives what it is told to, one after the other, and notes what it was asked. */
function asking(...answers: (Credentials | undefined)[]) {
  const asked: { realm: string; url: string; refused: Credentials | undefined }[] = [];
  const ask: AskForCredentials = async (from, { request, refused }) => {
    asked.push({ realm: from.realm, url: request.url.href, refused });
    await settle();
    return answers.shift();
  };
  return { ask, asked };
}

function sentAnswers(script: Script): (string | undefined)[] {
  return script.requests.map((request) => headerValue(request, 'authorization'));
}

async function failure(promise: Promise<unknown>): Promise<NetworkError> {
  const error: unknown = await promise.then(
    () => new Error('nothing failed'),
    (reason: unknown) => reason,
  );
  if (NetworkError.is(error)) return error;
  throw error;
}

describe('auth', () => {
  it('hands over a reply that does not challenge as it is', async () => {
    const { get, script } = prepared(undefined, { text: 'in' });
    expect(await (await get('test://a/')).text()).toBe('in');
    expect(script.requests).toHaveLength(1);
  });
  it('hands over the refusing reply, still readable, when there is nothing to answer', async () => {
    const { get, script } = prepared(undefined, door(ann));
    const reply = await get('test://a/');
    expect(reply.error).toEqual(refusal);
    expect(await reply.text()).toBe('out');
    expect(script.requests).toHaveLength(1);
  });
  it('closes the refusing reply before it sends again', async () => {
    const { get, script } = prepared(undefined, ...doors(2, ann));
    await get('test://ann:1@a/');
    expect(script.log.map((line) => line.split(' ')[0])).toEqual(['send', 'close', 'send']);
    expect(script.open).toBe(1);
  });
  it('hands over the refusing reply when the last answer was refused', async () => {
    const { get, script } = prepared(undefined, ...doors(2, ann));
    const reply = await get('test://bob:2@a/');
    expect(await reply.text()).toBe('out');
    expect(script.open).toBe(1);
  });
});

describe('where credentials come from', () => {
  it('the user and password of the URL, once and decoded', async () => {
    const { get, script } = prepared(undefined, ...doors(2, { user: 'a:b', password: 'ü%' }));
    expect(await (await get('test://a%3Ab:%C3%BC%25@a/')).text()).toBe('in');
    expect(sentAnswers(script)).toEqual([undefined, 'basic a:b:ü%'].map((value) => value));
  });
  it('a URL whose percent signs are no escapes is taken as it stands', async () => {
    const { get, script } = prepared(undefined, ...doors(2, ann));
    await get('test://x%zz@a/');
    expect(sentAnswers(script)[1]).toBe('basic x%zz:');
  });
  it('then what the request states', async () => {
    const { get, script } = prepared(undefined, ...doors(3, bob));
    expect(
      await (await get('test://ann:1@a/', { originAttributes: { credentials: bob } })).text(),
    ).toBe('in');
    expect(sentAnswers(script)).toEqual([undefined, 'basic ann:1', 'basic bob:2']);
  });
  it('then the manager’s function, which hears what was refused', async () => {
    const { ask, asked } = asking(eve);
    const { get } = prepared(ask, ...doors(4, eve));
    expect(
      await (await get('test://ann:1@a/', { originAttributes: { credentials: bob } })).text(),
    ).toBe('in');
    expect(asked).toEqual([{ realm: 'r', url: 'test://ann:1@a/', refused: bob }]);
  });
  it('the request’s function instead of the manager’s', async () => {
    const manager = asking(ann);
    const own = asking(bob);
    const { get } = prepared(manager.ask, ...doors(2, bob));
    expect(
      await (await get('test://a/', { originAttributes: { credentials: own.ask } })).text(),
    ).toBe('in');
    expect(own.asked).toHaveLength(1);
    expect(manager.asked).toEqual([]);
  });
  it('not the same ones twice, in the URL and stated', async () => {
    const { get, script } = prepared(undefined, ...doors(2, bob));
    await get('test://ann:1@a/', { originAttributes: { credentials: ann } });
    expect(script.requests).toHaveLength(2);
  });
});

describe('a function', () => {
  it('is asked again with the reason while what it gives is refused', async () => {
    const { ask, asked } = asking(ann, bob);
    const { get } = prepared(ask, ...doors(3, bob));
    expect(await (await get('test://a/')).text()).toBe('in');
    expect(asked.map(({ refused }) => refused)).toEqual([undefined, ann]);
  });
  it('gives up by giving nothing', async () => {
    const { ask, asked } = asking(undefined);
    const { get } = prepared(ask, ...doors(1, bob));
    expect(await (await get('test://a/')).text()).toBe('out');
    expect(asked).toHaveLength(1);
  });
  it('gives up by giving the same again', async () => {
    const { ask, asked } = asking(ann, { ...ann }, bob);
    const { get, script } = prepared(ask, ...doors(2, bob));
    expect(await (await get('test://a/')).text()).toBe('out');
    expect(asked).toHaveLength(2);
    expect(script.requests).toHaveLength(2);
  });
  it('that never stops giving is stopped', async () => {
    let count = 0;
    const ask: AskForCredentials = () => ({ user: `u${(count += 1)}`, password: '' });
    const { get } = prepared(ask, ...doors(MAXIMUM_ANSWERS + 1, bob));
    expect(await (await get('test://a/')).text()).toBe('out');
    expect(count).toBe(MAXIMUM_ANSWERS);
  });
  it('that throws fails this request only, and the reply is closed', async () => {
    let calls = 0;
    const ask: AskForCredentials = () => {
      calls += 1;
      if (calls === 1) throw new RangeError('mine');
      return bob;
    };
    const { get, script } = prepared(ask, ...doors(3, bob));
    await expect(get('test://a/')).rejects.toThrow('mine');
    expect(script.open).toBe(0);
    expect(await (await get('test://a/')).text()).toBe('in');
  });
  it('that never answers is left when the request is aborted', async () => {
    const { get, script } = prepared(() => new Promise(() => {}), ...doors(1, bob));
    const controller = new AbortController();
    const sent = get('test://a/', { signal: controller.signal });
    await settle();
    controller.abort();
    expect((await failure(sent)).code).toBe('operation-canceled');
    expect(script.open).toBe(0);
  });
});

describe('many requests at once', () => {
  it('share one question for one protection space', async () => {
    const { ask, asked } = asking(bob);
    const { get } = prepared(ask, ...doors(20, bob));
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, index) => get(`test://a/${index}`)),
    );
    for (const reply of replies) expect(await reply.text()).toBe('in');
    expect(asked).toHaveLength(1);
  });
  it('ask once more with the reason when the shared answer was wrong', async () => {
    const { ask, asked } = asking(ann, bob);
    const { get } = prepared(ask, ...doors(30, bob));
    const replies = await Promise.all(Array.from({ length: 10 }, () => get('test://a/')));
    for (const reply of replies) expect(await reply.text()).toBe('in');
    expect(asked.map(({ refused }) => refused)).toEqual([undefined, ann]);
  });
  it('all get their refusing reply when the one question brings nothing', async () => {
    const { ask, asked } = asking(undefined);
    const { get } = prepared(ask, ...doors(5, bob));
    const replies = await Promise.all(Array.from({ length: 5 }, () => get('test://a/')));
    for (const reply of replies) expect(await reply.text()).toBe('out');
    expect(asked).toHaveLength(1);
  });
  it('ask separately for another realm, way or origin', async () => {
    const { ask, asked } = asking(bob, bob, bob, bob);
    const { get } = prepared(
      ask,
      door(bob),
      door(bob, { realm: 's' }),
      door(bob, { name: 'digest' }),
      door(bob, { origin: 'test://b/' }),
      ...Array.from({ length: 4 }, () => ({ text: 'in' })),
    );
    const urls = ['test://a/', 'test://a/', 'test://a/', 'test://b/'];
    await Promise.all(urls.map((url) => get(url)));
    expect(asked).toHaveLength(4);
  });
  it('do not fail with the one whose question threw', async () => {
    let calls = 0;
    const ask: AskForCredentials = async () => {
      calls += 1;
      const mine = calls;
      await settle();
      if (mine === 1) throw new RangeError('mine');
      return bob;
    };
    const { get } = prepared(ask, ...doors(8, bob));
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => get('test://a/')));
    expect(outcomes.map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
    expect(calls).toBe(2);
  });
  it('go on with a question whose asker was aborted', async () => {
    const { ask, asked } = asking(bob);
    const { get } = prepared(ask, ...doors(3, bob));
    const controller = new AbortController();
    const first = failure(get('test://a/', { signal: controller.signal }));
    const second = get('test://a/');
    await Promise.resolve();
    controller.abort();
    expect((await first).code).toBe('operation-canceled');
    expect(await (await second).text()).toBe('in');
    expect(asked).toHaveLength(1);
  });
  it('use what another has learned since instead of asking', async () => {
    const { ask, asked } = asking(ann, bob);
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow: Step = async () => {
      await held;
      return { challenges: [challenge()], error: refusal };
    };
    const { get } = prepared(ask, door(ann), door(ann), slow, ...doors(3, bob));
    await get('test://a/');
    const late = get('test://a/late');
    expect(await (await get('test://a/')).text()).toBe('in');
    release();
    expect(await (await late).text()).toBe('in');
    expect(asked.map(({ refused }) => refused)).toEqual([undefined, ann]);
  });
});

describe('what worked', () => {
  it('is sent ahead to the same space', async () => {
    const { ask, asked } = asking(bob);
    const { get, script } = prepared(ask, ...doors(3, bob));
    await get('test://a/dir/file');
    await get('test://a/dir/deeper/file');
    expect(sentAnswers(script)).toEqual([undefined, 'basic bob:2', 'basic bob:2']);
    expect(asked).toHaveLength(1);
  });
  it('is not sent ahead outside the paths of the space, but answers a challenge there', async () => {
    const { ask, asked } = asking(bob);
    const { get, script } = prepared(ask, ...doors(5, bob));
    await get('test://a/dir/file');
    await get('test://a/other');
    expect(sentAnswers(script).slice(2)).toEqual([undefined, 'basic bob:2']);
    await get('test://a/dirt');
    expect(sentAnswers(script)[4]).toBe('basic bob:2');
    expect(asked).toHaveLength(1);
  });
  it('is the deepest space’s where several hold the path', async () => {
    const { ask } = asking(ann, bob);
    const deep = { realm: 'deep' };
    const { get, script } = prepared(
      ask,
      ...doors(2, ann),
      ...doors(2, bob, deep),
      door(bob, deep),
      door(ann),
    );
    await get('test://a/');
    await get('test://a/deep/x');
    await get('test://a/deep/y');
    await get('test://a/z');
    expect(sentAnswers(script).slice(-2)).toEqual(['basic bob:2', 'basic ann:1']);
  });
  it.each(['test://b/', 'test://a:81/', 'tests://a/'])('never goes to %s', async (other) => {
    const { ask } = asking(bob);
    const { get, script } = prepared(ask, ...doors(2, bob), {});
    await get('test://a/');
    await get(other);
    expect(sentAnswers(script)[2]).toBeUndefined();
  });
  it('of a URL goes with later requests of the origin', async () => {
    const { get, script } = prepared(undefined, ...doors(3, ann));
    await get('test://ann:1@a/');
    expect(await (await get('test://a/')).text()).toBe('in');
    expect(script.requests).toHaveLength(3);
  });
  it('of a URL does not go with a URL of somebody else', async () => {
    const { get, script } = prepared(undefined, ...doors(2, ann), ...doors(2, bob));
    await get('test://ann:1@a/');
    await get('test://bob:2@a/');
    expect(sentAnswers(script).slice(2)).toEqual([undefined, 'basic bob:2']);
  });
  it('of a request that stated it goes with requests that state the same, and with no other', async () => {
    const stated = { originAttributes: { credentials: ann } };
    const { get, script } = prepared(undefined, ...doors(4, ann));
    await get('test://a/', stated);
    await get('test://a/', { originAttributes: { credentials: { ...ann } } });
    expect(await (await get('test://a/')).text()).toBe('out');
    expect(sentAnswers(script).slice(2)).toEqual(['basic ann:1', undefined]);
  });
  it('of a request’s function goes with requests of the same function, and with no other', async () => {
    const own = asking(bob);
    const { get, script } = prepared(undefined, ...doors(4, bob));
    await get('test://a/', { originAttributes: { credentials: own.ask } });
    await get('test://a/', { originAttributes: { credentials: own.ask } });
    await get('test://a/');
    expect(sentAnswers(script).slice(2)).toEqual(['basic bob:2', undefined]);
    expect(own.asked).toHaveLength(1);
  });
  it('makes way for a caller’s own header', async () => {
    const { get, script } = prepared(undefined, ...doors(2, ann), {});
    await get('test://ann:1@a/');
    await get('test://a/', { headers: [['Authorization', 'mine']] });
    expect(sentAnswers(script)[2]).toBe('mine');
  });
  it('is forgotten when it is refused later, which the function hears', async () => {
    const { ask, asked } = asking(ann, bob);
    const { get, script } = prepared(ask, ...doors(2, ann), ...doors(3, bob));
    await get('test://a/');
    expect(await (await get('test://a/')).text()).toBe('in');
    expect(await (await get('test://a/')).text()).toBe('in');
    expect(asked.map(({ refused }) => refused)).toEqual([undefined, ann]);
    expect(sentAnswers(script)).toEqual([
      undefined,
      'basic ann:1',
      'basic ann:1',
      'basic bob:2',
      'basic bob:2',
    ]);
  });
  it('is remembered only if it did work', async () => {
    const { ask, asked } = asking(ann, undefined, bob);
    const { get, script } = prepared(ask, ...doors(4, bob));
    await get('test://a/');
    await get('test://a/');
    expect(sentAnswers(script)).toEqual([undefined, 'basic ann:1', undefined, 'basic bob:2']);
    expect(asked.map(({ refused }) => refused)).toEqual([undefined, ann, undefined]);
  });
  it('belongs to one manager', async () => {
    const first = prepared(undefined, ...doors(2, ann));
    const second = prepared(undefined, door(ann));
    await first.get('test://ann:1@a/');
    expect(await (await second.get('test://a/')).text()).toBe('out');
  });
  it('is bounded in number: the one not used for longest goes', async () => {
    const count = MAXIMUM_REMEMBERED_ANSWERS;
    const visits = (host: string): Step[] => doors(2, ann, { origin: `test://${host}/` });
    const hosts = Array.from({ length: count }, (_, index) => `h${index}`);
    const { get, script } = prepared(
      undefined,
      ...hosts.flatMap(visits),
      door(ann, { origin: 'test://h0/' }),
      ...visits('extra'),
      door(ann, { origin: 'test://h0/' }),
      door(ann, { origin: 'test://h1/' }),
    );
    for (const host of hosts) await get(`test://ann:1@${host}/`);
    await get('test://h0/');
    await get('test://ann:1@extra/');
    await get('test://h0/');
    await get('test://h1/');
    expect(sentAnswers(script).slice(-2)).toEqual(['basic ann:1', undefined]);
  });
  it('is neither used nor added to by a request that reuses nothing', async () => {
    const { ask, asked } = asking(ann, bob, ann);
    const manual = { attributes: { authenticationReuse: 'manual' } } as const;
    const { get, script } = prepared(ask, ...doors(2, ann), ...doors(2, bob), door(ann));
    await get('test://a/');
    expect(await (await get('test://a/', manual)).text()).toBe('in');
    expect(sentAnswers(script).slice(2)).toEqual([undefined, 'basic bob:2']);
    await get('test://a/');
    expect(sentAnswers(script)[4]).toBe('basic ann:1');
    expect(asked).toHaveLength(2);
  });
});

describe('several ways in', () => {
  const ways = (...names: string[]): Step => {
    const challenges = names.map((name) => challenge({ name }));
    return (request) =>
      headerValue(request, 'authorization') === undefined
        ? { challenges, error: refusal }
        : { text: 'in' };
  };

  it('are answered by the strongest', async () => {
    const { get, script } = prepared(undefined, ways('digest', 'basic'), ways());
    await get('test://ann:1@a/');
    expect(sentAnswers(script)[1]).toBe('digest ann:1');
  });
  it('are answered by the one that the credentials are for', async () => {
    const token = { originAttributes: { credentials: { token: 't' } } };
    const first = prepared(undefined, ways('digest', 'bearer'), ways());
    await first.get('test://a/', token);
    expect(sentAnswers(first.script)[1]).toBe('bearer t');
    const second = prepared(undefined, ways('bearer', 'basic'), ways());
    await second.get('test://ann:1@a/');
    expect(sentAnswers(second.script)[1]).toBe('basic ann:1');
  });
  it('accept the same credentials for another way than the one that was refused', async () => {
    const { get, script } = prepared(
      undefined,
      ...doors(2, ann),
      { challenges: [challenge({ name: 'digest' })], error: refusal },
      door(ann, { name: 'digest' }),
    );
    await get('test://ann:1@a/');
    await get('test://ann:1@a/');
    expect(sentAnswers(script).slice(2)).toEqual(['basic ann:1', 'digest ann:1']);
  });
  it('whose answer fails fail the request, and the reply is closed', async () => {
    const broken: Challenge = {
      ...challenge(),
      answer: () => Promise.reject(new RangeError('no ticket')),
    };
    const { get, script } = prepared(undefined, { challenges: [broken], error: refusal });
    await expect(get('test://ann:1@a/')).rejects.toThrow('no ticket');
    expect(script.open).toBe(0);
  });
});

describe('a proxy', () => {
  const proxy = { origin: 'proxy://p/', header: 'proxy-authorization' };

  it('is answered from its own space, and never with what is the origin’s', async () => {
    const { ask, asked } = asking(bob);
    const { get, script } = prepared(ask, ...doors(2, bob, proxy));
    const stated = { originAttributes: { credentials: ann } };
    expect(await (await get('test://eve:3@a/', stated)).text()).toBe('in');
    expect(asked).toHaveLength(1);
    expect(headerValue(script.requests[1] ?? [], 'proxy-authorization')).toBe('basic bob:2');
    expect(sentAnswers(script)[1]).toBeUndefined();
  });
  it('gets nothing from a request’s function, which is its origin’s', async () => {
    const own = asking(ann);
    const { get } = prepared(undefined, door(bob, proxy));
    expect(
      await (await get('test://a/', { originAttributes: { credentials: own.ask } })).text(),
    ).toBe('out');
    expect(own.asked).toEqual([]);
  });
  it('is not answered ahead, for nobody knows who will be asked, and not asked for twice', async () => {
    const { ask, asked } = asking(bob);
    const { get, script } = prepared(ask, ...doors(4, bob, proxy));
    await get('test://a/');
    await get('test://b/');
    expect(script.requests.map((request) => headerValue(request, 'proxy-authorization'))).toEqual([
      undefined,
      'basic bob:2',
      undefined,
      'basic bob:2',
    ]);
    expect(asked).toHaveLength(1);
  });
  it('that wants credentials for a tunnel gets those of the manager’s function, asked for once', async () => {
    const { ask, asked } = asking(ann, bob);
    const { get, script } = prepared(ask, {}, {});
    await get('test://a/');
    const tunnel = challenge({ ...proxy, name: 'password' });
    const lent = script.requests[0]?.attributes.proxyCredentials;
    expect(await lent?.(tunnel)).toEqual(ann);
    expect(await lent?.(tunnel)).toEqual(bob);
    await get('test://b/');
    expect(await script.requests[1]?.attributes.proxyCredentials?.(tunnel)).toEqual(bob);
    expect(asked.map(({ refused }) => refused)).toEqual([undefined, ann]);
  });
  it('forgets what a tunnel refused, though nothing took its place', async () => {
    const { ask, asked } = asking(ann, undefined, bob);
    const { get, script } = prepared(ask, {}, {});
    const tunnel = challenge({ ...proxy, name: 'password' });
    await get('test://a/');
    const lent = script.requests[0]?.attributes.proxyCredentials;
    expect(await lent?.(tunnel)).toEqual(ann);
    expect(await lent?.(tunnel)).toBeUndefined();
    await get('test://b/');
    expect(await script.requests[1]?.attributes.proxyCredentials?.(tunnel)).toEqual(bob);
    expect(asked).toHaveLength(3);
  });
  it('is left to the function that the request has for tunnels', async () => {
    const proxyCredentials = async (): Promise<Credentials> => eve;
    const { get, script } = prepared(asking(ann).ask, {});
    await get('test://a/', { attributes: { proxyCredentials } });
    expect(script.requests[0]?.attributes.proxyCredentials).toBe(proxyCredentials);
  });
  it('and the origin behind it are answered in one request', async () => {
    const { ask } = asking(bob);
    const both: Step = (request) => {
      if (headerValue(request, 'proxy-authorization') !== 'basic bob:2')
        return { challenges: [challenge(proxy)] };
      if (headerValue(request, 'authorization') !== 'basic ann:1')
        return { challenges: [challenge()] };
      return { text: 'in' };
    };
    const { get, script } = prepared(ask, both, both, both);
    expect(await (await get('test://ann:1@a/')).text()).toBe('in');
    expect(script.requests).toHaveLength(3);
  });
});

describe('a challenge of another origin', () => {
  it('does not get what was meant for the request’s', async () => {
    const { get, script } = prepared(undefined, door(ann, { origin: 'test://evil/' }));
    await get('test://ann:1@a/', { originAttributes: { credentials: bob } });
    expect(script.requests).toHaveLength(1);
  });
  it('is the request’s own when a policy below upgraded its scheme', async () => {
    const way = { origin: 'tests://a/' };
    const upgraded: Step = {
      url: new URL('tests://a/'),
      challenges: [challenge(way)],
      error: refusal,
    };
    const { get, script } = prepared(undefined, upgraded, door(ann, way));
    expect(await (await get('test://ann:1@a/')).text()).toBe('in');
    expect(script.requests).toHaveLength(2);
  });
});

describe('a body that has to be sent again', () => {
  const opening = (step: Step): Step => {
    return (request) => {
      void request.upload?.open();
      return typeof step === 'function' ? step(request) : step;
    };
  };

  it('is, if it can be', async () => {
    const upload = bytesUpload('x');
    const { get, script } = prepared(undefined, opening(door(ann)), opening(door(ann)));
    await get('test://ann:1@a/', { operation: 'post', upload });
    expect(script.requests[1]?.upload).toBe(upload);
  });
  it('fails if it was read and can be read once', async () => {
    const { get, script } = prepared(undefined, opening(door(ann)));
    const error = await failure(
      get('test://ann:1@a/', { operation: 'post', upload: iterableUpload([]) }),
    );
    expect(error.code).toBe('content-re-send');
    expect(script.open).toBe(0);
  });
  it('is no matter while nobody has read it', async () => {
    const { get } = prepared(undefined, door(ann), opening(door(ann)));
    const reply = await get('test://ann:1@a/', { operation: 'post', upload: iterableUpload([]) });
    expect(await reply.text()).toBe('in');
  });
  it('is no matter when there is nothing to answer', async () => {
    const { ask } = asking(undefined);
    const { get } = prepared(ask, opening(door(ann)));
    const reply = await get('test://a/', { operation: 'post', upload: iterableUpload([]) });
    expect(await reply.text()).toBe('out');
  });
  it('goes with its answer at once when that is remembered', async () => {
    const { get, script } = prepared(undefined, ...doors(2, ann), opening(door(ann)));
    await get('test://ann:1@a/');
    const reply = await get('test://a/', { operation: 'post', upload: iterableUpload([]) });
    expect(await reply.text()).toBe('in');
    expect(script.requests).toHaveLength(3);
  });
});
