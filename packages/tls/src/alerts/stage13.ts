import type { AeadSuite } from './cipher-suites.ts';
import type { KeyLogSecrets } from './key-log-secrets.ts';
import { nextSecret } from './key-schedule.ts';
import { KeyUpdateFinder } from './key-update.ts';
import { Protection13 } from './protection13.ts';
import { HEADER_BYTES, recordTypes } from './record.ts';
import type { Direction, SeenRecord, Stage } from './stage.ts';

/**
 * After the handshake only shorter records are looked into: an alert has 2 bytes, a KeyUpdate 5, and both up to 17 more. The rest is
 * for peers that pad, of which not all show it in the handshake.
 */
export const MOST_PEEKED_BYTES = 1100;

/** What a stage begins with. */
export interface Start13 {
  readonly suite: AeadSuite;
  readonly clientRandom: Uint8Array;
  readonly secrets: KeyLogSecrets;
  /** Early data may come instead of records of the handshake; so many records of it came before the ServerHello. */
  readonly early?: { readonly records: number } | undefined;
}

const labels = {
  client: ['CLIENT_HANDSHAKE_TRAFFIC_SECRET', 'CLIENT_TRAFFIC_SECRET_0'],
  server: ['SERVER_HANDSHAKE_TRAFFIC_SECRET', 'SERVER_TRAFFIC_SECRET_0'],
} as const;

/** TLS 1.3 after the ServerHello (RFC 8446 §5): all types look alike, and the keys change at Finished and at KeyUpdate. */
export class Stage13 implements Stage {
  readonly #start: Start13;
  readonly #direction: Direction;
  readonly #updates = new KeyUpdateFinder();
  #handshaking = true;
  #sequence = 0;
  #secret: Uint8Array | undefined;
  #keys: Protection13 | undefined;
  #anyOpened = false;
  #padding = false;
  #earlyRecords: number;
  #earlyKeys: Protection13 | undefined;

  constructor(start: Start13, direction: Direction) {
    this.#start = start;
    this.#direction = direction;
    this.#earlyRecords = start.early?.records ?? 0;
  }

  wants(type: number, length: number): boolean {
    // In TLS 1.3 it means nothing and is not counted (RFC 8446 §5).
    if (type === recordTypes.changeCipherSpec) return false;
    if (type !== recordTypes.applicationData || this.#handshaking) return true;
    if (length <= MOST_PEEKED_BYTES || this.#padding) return true;
    this.#sequence += 1;
    this.#updates.reset();
    return false;
  }

  open(bytes: Uint8Array): SeenRecord | undefined {
    if (bytes[0] !== recordTypes.applicationData) return this.#openPlain(bytes);
    const keys = this.#findKeys();
    if (keys === undefined)
      return this.#openEarly(bytes, 'a record came before its key was logged');
    if (!this.#handshaking && !this.#isOfInterest(keys, bytes)) return undefined;
    const opened = keys.open(bytes, this.#sequence);
    if (opened === undefined) return this.#openEarly(bytes, 'a record does not fit its keys');
    this.#sequence += 1;
    this.#anyOpened = true;
    this.#padding ||= opened.padded;
    if (!this.#handshaking && opened.type === recordTypes.handshake) {
      this.#readLater(opened.content);
      return undefined;
    }
    this.#updates.reset();
    return { ...opened, encrypted: true };
  }

  seal(type: number, content: Uint8Array): Uint8Array | undefined {
    return this.#findKeys()?.seal(type, content, this.#sequence);
  }

  /** Finished passed: the keys of application data are next. */
  finished(): void {
    if (!this.#handshaking) return;
    this.#handshaking = false;
    this.#earlyKeys?.wipe();
    this.#earlyKeys = undefined;
    this.#useSecret(undefined);
  }

  wipe(): void {
    this.#useSecret(undefined);
    this.#earlyKeys?.wipe();
  }

  #useSecret(secret: Uint8Array | undefined): void {
    this.#secret?.fill(0);
    this.#secret = secret;
    this.#keys?.wipe();
    this.#keys = undefined;
    this.#sequence = 0;
  }

  #findKeys(): Protection13 | undefined {
    if (this.#keys !== undefined) return this.#keys;
    const [handshake, application] = labels[this.#direction.writer];
    const { suite, secrets, clientRandom } = this.#start;
    const label = this.#handshaking ? handshake : application;
    const secret = this.#secret ?? secrets.find(label, clientRandom);
    if (secret === undefined) return undefined;
    this.#secret ??= Uint8Array.from(secret);
    this.#keys = new Protection13(suite, secret);
    return this.#keys;
  }

  /** OpenSSL's client says so in clear what it does not like of the first flight; nobody else may write in clear now. */
  #openPlain(bytes: Uint8Array): SeenRecord | undefined {
    if (bytes[0] === recordTypes.alert && this.#direction.writer === 'client' && !this.#anyOpened) {
      const content = bytes.subarray(HEADER_BYTES);
      return { type: recordTypes.alert, content, padded: false, encrypted: false };
    }
    this.#direction.lose('a record is not encrypted, where all have to be');
    return undefined;
  }

  #isOfInterest(keys: Protection13, bytes: Uint8Array): boolean {
    const type = keys.peek(bytes, this.#sequence);
    if (type === recordTypes.alert || type === recordTypes.handshake || type === 0) return true;
    if (type !== recordTypes.applicationData)
      this.#direction.lose('a record does not fit its keys');
    this.#updates.reset();
    this.#sequence += 1;
    return false;
  }

  /** Handshake messages after the handshake (RFC 8446 §4.6). */
  #readLater(content: Uint8Array): void {
    const finding = this.#updates.find(content);
    if (finding === 'not last') this.#direction.lose('a record goes on where its keys change');
    if (finding !== 'last' || this.#secret === undefined) return;
    this.#useSecret(nextSecret(this.#start.suite.hash, this.#secret));
  }

  /** What does not open may be early data, as long as there was nothing else (RFC 8446 §4.2.10). */
  #openEarly(bytes: Uint8Array, otherwise: string): SeenRecord | undefined {
    if (this.#start.early === undefined || this.#anyOpened) {
      this.#direction.lose(otherwise);
      return undefined;
    }
    this.#earlyKeys ??= this.#findEarlyKeys();
    const opened = this.#earlyKeys?.open(bytes, this.#earlyRecords);
    this.#earlyRecords += 1;
    return opened?.type === recordTypes.alert ? { ...opened, encrypted: true } : undefined;
  }

  #findEarlyKeys(): Protection13 | undefined {
    const { suite, secrets, clientRandom } = this.#start;
    const secret = secrets.find('CLIENT_EARLY_TRAFFIC_SECRET', clientRandom);
    return secret === undefined ? undefined : new Protection13(suite, secret);
  }
}
