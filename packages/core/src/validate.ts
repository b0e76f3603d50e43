import {
  CONTRACT,
  type Backend,
  type BackendFactory,
  type BackendFeatures,
  type CopyingBackend,
  type ReplyHead,
  type ZeroCopyBackend,
} from './contract.ts';
import { isNetworkErrorCode, NetworkError } from './error.ts';

const targetTypes: ReadonlySet<string> = new Set(['networked', 'local']);
const securityFeatures: ReadonlySet<string> = new Set(['tls']);
const ioFeatures: ReadonlySet<string> = new Set(['zero-copy', 'resettable-upload']);

/** RFC 3986 §3.1, in lower case. */
const schemeGrammar = /^[a-z][a-z0-9+.-]*$/;

/** Checks what a plugin gave against the contract; `origin` says in the message where it came from. */
export function checkFactory(value: unknown, origin: string): BackendFactory {
  assertFactory(value, origin);
  return value;
}

function assertFactory(value: unknown, origin: string): asserts value is BackendFactory {
  if (!isObject(value)) throw refused(origin, 'is not an object with a create() method');
  const { contract, name, create } = value;
  if (!('contract' in value)) {
    const what = 'is neither a factory nor a module whose default export makes one';
    throw refused(origin, `${what}: it names no contract`);
  }
  if (contract !== CONTRACT) {
    throw refused(
      origin,
      `was written for contract ${String(contract)}; this core speaks ${CONTRACT}`,
    );
  }
  if (typeof name !== 'string' || name === '') throw refused(origin, 'has no name');
  if (typeof create !== 'function') throw refused(origin, 'has no create()');
  for (const optional of ['preconnect', 'clearConnections', 'close']) {
    const member = value[optional];
    if (member !== undefined && typeof member !== 'function') {
      throw refused(origin, `has a ${optional} that is not a function`);
    }
  }
  checkSchemes(value['schemes'], value['secureSchemes'], origin);
  checkFeatures(value['features'], origin);
}

function checkSchemes(schemes: unknown, secureSchemes: unknown, origin: string): void {
  if (!isArray(schemes) || schemes.length === 0) throw refused(origin, 'names no schemes');
  for (const scheme of schemes) {
    if (scheme !== '*' && !isScheme(scheme))
      throw refused(origin, `names ${String(scheme)}, which is not a scheme in lower case`);
  }
  if (secureSchemes === undefined) return;
  if (!isArray(secureSchemes)) throw refused(origin, 'has secureSchemes that are not an array');
  const stranger = secureSchemes.find((scheme) => !schemes.includes(scheme));
  if (stranger !== undefined)
    throw refused(origin, `calls ${JSON.stringify(stranger)} secure but does not serve it`);
}

function checkFeatures(features: unknown, origin: string): void {
  if (!isObject(features)) throw refused(origin, 'has no features');
  if (!isArray(features['targetTypes']) || features['targetTypes'].length === 0) {
    throw refused(origin, 'claims no target type');
  }
  checkWords(features['targetTypes'], targetTypes, 'target type', origin);
  checkWords(features['securityFeatures'], securityFeatures, 'security feature', origin);
  checkWords(features['ioFeatures'], ioFeatures, 'I/O feature', origin);
}

function checkWords(
  words: unknown,
  known: ReadonlySet<string>,
  group: string,
  origin: string,
): void {
  if (words === undefined) return;
  if (!isArray(words)) throw refused(origin, `has a list of ${group}s that is not an array`);
  for (const word of words) {
    if (typeof word !== 'string' || !known.has(word)) {
      throw refused(origin, `claims the ${group} ${String(word)}, which this core does not know`);
    }
  }
}

/** True for a scheme in lower case, without the colon. */
export function isScheme(value: unknown): boolean {
  return typeof value === 'string' && schemeGrammar.test(value);
}

/** True when the factory claims that its reads lend views. */
export function claimsZeroCopy(features: BackendFeatures): boolean {
  return features.ioFeatures?.includes('zero-copy') === true;
}

/** A backend, by the set of methods that its factory's claims make core call. */
export type CheckedBackend =
  | { readonly lending: ZeroCopyBackend; readonly copying?: undefined }
  | { readonly copying: CopyingBackend; readonly lending?: undefined };

const lendingMethods = ['open', 'readPointer', 'advanceReadPointer', 'close'];
const copyingMethods = ['open', 'read', 'close'];

/** Checks that a backend has what its factory claims. */
export function checkBackend(
  backend: Backend,
  factory: BackendFactory,
  zeroCopy: boolean,
): CheckedBackend {
  if (zeroCopy) {
    if (isLending(backend)) return { lending: backend };
  } else if (isCopying(backend)) {
    return { copying: backend };
  }
  const missing = (zeroCopy ? lendingMethods : copyingMethods).find(
    (method) => !hasMethods(backend, [method]),
  );
  const claim = zeroCopy ? 'claims zero-copy' : 'does not claim zero-copy';
  throw refused(factory.name, `${claim} but its backend has no ${String(missing)}()`);
}

function isLending(backend: Backend): backend is ZeroCopyBackend {
  return (
    isObject(backend) &&
    typeof backend.open === 'function' &&
    typeof backend['readPointer'] === 'function' &&
    typeof backend['advanceReadPointer'] === 'function' &&
    typeof backend.close === 'function'
  );
}

function isCopying(backend: Backend): backend is CopyingBackend {
  return (
    isObject(backend) &&
    typeof backend.open === 'function' &&
    typeof backend['read'] === 'function' &&
    typeof backend.close === 'function'
  );
}

function hasMethods(value: unknown, methods: readonly string[]): boolean {
  return isObject(value) && methods.every((method) => typeof value[method] === 'function');
}

/** What a backend says of a reply is used unseen by everybody above, so it is looked at once here. */
export function checkHead(head: ReplyHead, name: string): void {
  if (!isObject(head)) throw wrong(name, 'opened without a head');
  if (!(head.url instanceof URL)) throw wrong(name, 'gave a head without a URL');
  if (head.redirect !== undefined && !(head.redirect?.url instanceof URL))
    throw wrong(name, 'redirects to something that is not a URL');
  if (!isObject(head.headers) || !(Symbol.iterator in head.headers))
    throw wrong(name, 'gave headers that are not iterable');
  if (head.length !== undefined && !isCount(head.length)) {
    throw wrong(name, `gave the length ${String(head.length)}`);
  }
  if (head.error !== undefined && !isNetworkErrorCode(head.error?.code)) {
    const code = String(head.error?.code);
    throw wrong(name, `gave the error code ${code}, which is not a NetworkError's`);
  }
}

/** The count that a read resolved to, checked against the memory that it was given. */
export function checkCount(count: number, into: Uint8Array, name: string): number {
  if (isCount(count) && count <= into.byteLength) return count;
  throw wrong(name, `said that it read ${String(count)} bytes into ${into.byteLength}`);
}

/** The view that a read lent. */
export function checkView(view: Uint8Array, name: string): Uint8Array {
  if (view instanceof Uint8Array) return view;
  throw wrong(name, 'lent something that is not a Uint8Array');
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function refused(origin: string, what: string): NetworkError {
  return new NetworkError('protocol-unknown', `plugin ${origin} ${what}`);
}

function wrong(name: string, what: string): NetworkError {
  return new NetworkError('protocol-failure', `backend ${name} ${what}`);
}
