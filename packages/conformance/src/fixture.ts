import type { BackendContext, BackendFactory, BackendFeatures, Operation } from '@netaccess/core';
import type { NetworkErrorCode } from '@netaccess/core';

/** A resource whose bytes are known. */
export interface Content {
  readonly url: URL;
  readonly bytes: Uint8Array;
}

/** A resource that cannot be had, and the word that says why. */
export interface Failing {
  readonly url: URL;
  readonly code: NetworkErrorCode;
}

/** What there is to read. Whatever is absent leaves out the cases that need it. */
export interface Served {
  /** At least 16 bytes, no two neighbours alike, so that a lost or swapped byte shows. */
  readonly existing: Content;
  /** Differs from `existing` in every byte that both have. */
  readonly other?: Content | undefined;
  /** More than any buffer on the way holds: a few MiB. */
  readonly large?: Content | undefined;
  readonly empty?: URL | undefined;
  readonly missing?: URL | undefined;
  readonly forbidden?: URL | undefined;
  /** Its body starts and then fails or ends too early. */
  readonly broken?: URL | undefined;
  /** Whatever else fails when it is opened: a directory, a malformed URL… */
  readonly failing?: readonly Failing[] | undefined;
  /** The peer never answers. */
  readonly stalledHead?: URL | undefined;
  /** The peer answers and never ends the body. */
  readonly stalledBody?: URL | undefined;
}

/** Where there is to write. */
export interface Writable {
  /** A new place each time, where nothing is stored. */
  target(): URL | Promise<URL>;
  /** What is stored there now; `undefined` for nothing. */
  stored(url: URL): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** The peer never answers a put there, and takes no bytes if it can help it. */
  readonly stalled?: URL | undefined;
  /** True when the backend promises that a failed put leaves what was there before. */
  readonly atomic?: boolean | undefined;
}

/** A proxy for the backend to go through, which leads to `served`. */
export interface LentProxy {
  readonly url: URL;
  /** Transfers or tunnels that it has seen since the beginning. */
  used(): number | Promise<number>;
}

/** A backend under test: how it is made, and the world around it. */
export interface Fixture {
  /** Makes a factory as for a new manager. Each case asks for its own and closes it. */
  readonly factory: () => BackendFactory;
  readonly served: Served;
  readonly writable?: Writable | undefined;
  /** All that the backend serves; it has to decline the others. Absent: only an unknown word has to be declined. */
  readonly operations?: readonly Operation[] | undefined;
  /** Lent as far as the factory's claims go, as core would. */
  readonly lent?: Partial<BackendContext> | undefined;
  readonly proxy?: LentProxy | undefined;
  /** One word for each thing that the process holds open now. Absent: nobody looks for what is left behind. */
  readonly openHandles?: (() => readonly string[]) | undefined;
  /** How long one promise may take to settle; default 4,000. */
  readonly waitMilliseconds?: number | undefined;
}

/** Fewer could not be cut into ranges and views. */
const minimumExistingBytes = 16;
const defaultWaitMilliseconds = 4_000;
const described = new WeakMap<Fixture, BackendFactory>();

/** The limit of every single wait of the kit. */
export function waitLimit(fixture: Fixture): number {
  return fixture.waitMilliseconds ?? defaultWaitMilliseconds;
}

/** A runner's limit for a whole case: far beyond one wait, so that the kit's own message comes first. */
export function caseLimit(fixture: Fixture): number {
  return waitLimit(fixture) * 30;
}

/** Throws when the cases would judge the fixture instead of the backend. */
export function checkFixture({
  served,
  waitMilliseconds = defaultWaitMilliseconds,
}: Fixture): void {
  const { length } = served.existing.bytes;
  if (length < minimumExistingBytes) {
    throw new Error(
      `the fixture's existing has ${length} bytes; ${minimumExistingBytes} are needed`,
    );
  }
  if (!(waitMilliseconds > 0)) {
    throw new Error(`the fixture's waitMilliseconds is ${waitMilliseconds}`);
  }
}

/** A factory to look at, which serves nothing: one for all cases. */
export function descriptionOf(fixture: Fixture): BackendFactory {
  let factory = described.get(fixture);
  if (factory === undefined) {
    factory = fixture.factory();
    described.set(fixture, factory);
  }
  return factory;
}

/** True when the factory's features hold this word. */
export function claims(fixture: Fixture, word: FeatureWord): boolean {
  const { targetTypes, securityFeatures = [], ioFeatures = [] } = descriptionOf(fixture).features;
  return [...targetTypes, ...securityFeatures, ...ioFeatures].includes(word);
}

/** Any word of Qt's three groups. */
export type FeatureWord =
  | BackendFeatures['targetTypes'][number]
  | NonNullable<BackendFeatures['securityFeatures']>[number]
  | NonNullable<BackendFeatures['ioFeatures']>[number];

/** True unless the fixture says that the backend does not serve this operation. */
export function serves(fixture: Fixture, operation: Operation): boolean {
  return (
    fixture.operations?.includes(operation) ??
    (operation === 'put' ? fixture.writable !== undefined : true)
  );
}

/** A URL's scheme without the colon, as factories name it. */
export function schemeOf(url: URL): string {
  return url.protocol.slice(0, -1);
}
