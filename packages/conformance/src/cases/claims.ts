import { conformanceCase } from '../case.ts';
import type { ConformanceCase } from '../case.ts';
import { claims, descriptionOf, schemeOf } from '../fixture.ts';
import type { Fixture } from '../fixture.ts';
import { check, checkBytes } from '../rule.ts';
import { requestFor } from '../trial.ts';
import type { Trial } from '../trial.ts';
import { servesEveryScheme } from './creating.ts';

const lendsViews = conformanceCase({
  name: 'a backend of a factory that claims zero-copy lends views',
  member: 'IOFeature "zero-copy"',
  applies: (fixture) => claims(fixture, 'zero-copy'),
  async run(trial) {
    trial.begin(trial.fixture.served.existing.url).lending();
  },
});

const fillsMemory = conformanceCase({
  name: "a backend of a factory that does not claim zero-copy fills the caller's memory",
  member: 'IOFeature "zero-copy", absent',
  applies: (fixture) => !claims(fixture, 'zero-copy'),
  async run(trial) {
    trial.begin(trial.fixture.served.existing.url).copying();
  },
});

const hasNoSecureScheme = conformanceCase({
  name: 'a factory that does not claim tls has no secure scheme',
  member: 'SecurityFeature "tls", absent',
  applies: (fixture) =>
    !claims(fixture, 'tls') && !servesEveryScheme(descriptionOf(fixture).schemes),
  async run(trial) {
    const secure = trial.factory.secureSchemes ?? [];
    check(secure.length === 0, `secureSchemes holds ${secure.join(', ')}, but tls is not claimed`);
    for (const href of ['https://localhost/', 'ftps://localhost/', 'wss://localhost/']) {
      const backend = trial.factory.create(requestFor(new URL(href)), trial.context());
      check(backend === undefined, `create() gave a backend for ${href}, but tls is not claimed`);
    }
  },
});

const neverFallsBackToClear = conformanceCase({
  name: 'a secure scheme is refused when no tls is lent',
  member: 'BackendContext.security',
  applies: isSecure,
  async run(trial) {
    const request = requestFor(trial.fixture.served.existing.url);
    const context = { ...trial.context(), security: Object.freeze({}) };
    if (trial.factory.create(request, context) === undefined) return;
    const failure = await trial.begin(request, context).failureToOpen();
    check(failure !== undefined, 'open() succeeded without tls: the bytes travelled in clear');
  },
});

const saysThatItIsSecured = conformanceCase({
  name: 'a reply over a secure scheme says that it was secured',
  member: 'ReplyAttributes.secured',
  applies: isSecure,
  async run(trial) {
    const secured = await securedWord(trial);
    check(
      secured === 'verified' || secured === 'unverified',
      `attributes.secured is ${secured} for a secure scheme`,
    );
  },
});

const doesNotBoast = conformanceCase({
  name: 'a reply that was not secured does not say so',
  member: 'ReplyAttributes.secured',
  applies: (fixture) => !claims(fixture, 'tls'),
  async run(trial) {
    const secured = await securedWord(trial);
    check(secured === undefined, `attributes.secured is ${secured}, but tls is not claimed`);
  },
});

const asksForNothing = conformanceCase({
  name: 'a factory that is only local works with nothing lent and asks for nothing',
  member: 'TargetType "local"',
  applies: (fixture) => !claims(fixture, 'networked'),
  async run(trial) {
    const asked: string[] = [];
    const transfer = trial.begin(requestFor(trial.fixture.served.existing.url), {
      resources: recordingAsks({}, asked),
      security: recordingAsks({}, asked),
      proxies: Object.freeze([]),
    });
    await transfer.open();
    check(asked.length === 0, `asked for ${asked.join(', ')}, which a local factory is not lent`);
  },
});

const goesThroughProxy = conformanceCase({
  name: 'a networked factory goes through the proxy that it is lent',
  member: 'TargetType "networked"',
  applies: (fixture) => fixture.proxy !== undefined && claims(fixture, 'networked'),
  async run(trial) {
    const { proxy, served } = trial.fixture;
    if (proxy === undefined) return;
    const before = await proxy.used();
    const context = trial.context({ proxies: [proxy.url] });
    const transfer = trial.begin(requestFor(served.existing.url), context);
    await transfer.open();
    const bytes = await transfer.rest(served.existing.bytes.length);
    checkBytes(bytes, served.existing.bytes, 'through the proxy');
    check((await proxy.used()) > before, `the proxy ${proxy.url.host} was lent and not used`);
  },
});

/** Each claim has one effect, and so has its absence. */
export const claimCases: readonly ConformanceCase[] = [
  lendsViews,
  fillsMemory,
  hasNoSecureScheme,
  neverFallsBackToClear,
  saysThatItIsSecured,
  doesNotBoast,
  asksForNothing,
  goesThroughProxy,
];

function isSecure(fixture: Fixture): boolean {
  const { secureSchemes = [] } = descriptionOf(fixture);
  return claims(fixture, 'tls') && secureSchemes.includes(schemeOf(fixture.served.existing.url));
}

async function securedWord(trial: Trial): Promise<string | undefined> {
  const head = await trial.begin(trial.fixture.served.existing.url).open();
  return head.attributes?.secured;
}

function recordingAsks<Lent extends object>(lent: Lent, asked: string[]): Lent {
  return new Proxy(lent, {
    get(target, key, receiver): unknown {
      asked.push(String(key));
      return Reflect.get(target, key, receiver);
    },
  });
}
