import { cipherSuite, type CipherSuite } from './cipher-suites.ts';
import { readClientHello, readServerHello, type ServerHello } from './hello.ts';
import { KeyLogSecrets } from './key-log-secrets.ts';

/** What the hellos chose. */
export interface Agreement {
  readonly version: 'TLSv1.2' | 'TLSv1.3';
  readonly suite: CipherSuite;
  readonly clientRandom: Uint8Array;
  readonly serverRandom: Uint8Array;
  readonly encryptThenMac: boolean;
}

const versions: ReadonlyMap<number, Agreement['version']> = new Map([
  [0x0303, 'TLSv1.2'],
  [0x0304, 'TLSv1.3'],
]);

/** What both directions of a connection need to know of each other. */
export class Negotiation {
  readonly secrets: KeyLogSecrets = new KeyLogSecrets();
  /** Of the last two hellos. */
  agreement: Agreement | undefined;
  /** Why there is no agreement though there was a ServerHello. */
  refusal: string | undefined;
  /** The last ClientHello announced early data. */
  earlyData = false;
  /** Sides whose first Finished passed. */
  readonly #finished = new Set<'client' | 'server'>();
  #clientRandom: Uint8Array = new Uint8Array(0);

  get done(): boolean {
    return this.#finished.size === 2;
  }

  finished(writer: 'client' | 'server'): void {
    this.#finished.add(writer);
  }

  /** Takes the body of a ClientHello. */
  propose(body: Uint8Array): void {
    const hello = readClientHello(body);
    this.#clientRandom = hello?.random ?? new Uint8Array(0);
    this.earlyData = hello?.earlyData ?? false;
  }

  /** Takes the body of a ServerHello; one that only asks for another ClientHello chooses nothing. */
  choose(body: Uint8Array): void {
    const hello = readServerHello(body);
    if (hello?.retry === true) return;
    this.agreement = hello === undefined ? undefined : this.#agreed(hello);
    this.refusal = this.agreement === undefined ? refusalOf(hello) : undefined;
  }

  #agreed({ version, suite, random, encryptThenMac }: ServerHello): Agreement | undefined {
    const [name, known] = [versions.get(version), cipherSuite(suite)];
    if (name === undefined || known === undefined) return undefined;
    const clientRandom = this.#clientRandom;
    return { version: name, suite: known, clientRandom, serverRandom: random, encryptThenMac };
  }
}

function refusalOf(hello: ServerHello | undefined): string {
  if (hello === undefined) return 'the ServerHello is cut off';
  const { version, suite } = hello;
  return `version ${hex(version)} with cipher suite ${hex(suite)} is not known here`;
}

function hex(number: number): string {
  return `0x${number.toString(16).padStart(4, '0')}`;
}
