import type { NetworkErrorCode } from './error.ts';

/** Where the data lives. A factory names at least one. Only "networked" backends are lent proxies. */
export type TargetType = 'networked' | 'local';
/** What a backend can do to protect the transfer. */
export type SecurityFeature = 'tls';
/** How bytes move. "zero-copy": reads lend views. "resettable-upload": the body may be asked for twice. */
export type IOFeature = 'zero-copy' | 'resettable-upload';

/** A factory's claims. Each word has exactly one effect on what core lends or calls; an unknown one is refused at load. */
export interface BackendFeatures {
  readonly targetTypes: readonly [TargetType, ...TargetType[]];
  readonly securityFeatures?: readonly SecurityFeature[] | undefined;
  readonly ioFeatures?: readonly IOFeature[] | undefined;
}

/** Lends its bytes, one view at a time. */
export interface ViewSource {
  /** The bytes at the read position, empty at the end. Lent until `advanceReadPointer`: the owner may then rewrite them. */
  readPointer(): Uint8Array | Promise<Uint8Array>;
  /** Moves the read position and gives the view back; `distance` is at most the length last lent. */
  advanceReadPointer(distance: number): void;
}
/** What a policy may put around the bytes of a reply. */
export interface Body extends ViewSource {
  /** Called exactly once, also before the end. */
  close(): Promise<void>;
}
/** Bytes to send. Once `opened`, `open` may be called again only if `resettable` is true. */
export interface Upload {
  readonly length?: number | undefined;
  readonly resettable: boolean;
  readonly opened: boolean;
  /** Lends views: each is the backend's until it asks for the next. Who stops early calls `return()`. */
  open(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}
/** A part of the whole resource, in bytes; `to` is the last one included. */
export interface ByteRange {
  readonly from: number;
  readonly to?: number | undefined;
  /** Reading: only while the resource still has this validator, otherwise all of it. */
  readonly validator?: string | undefined;
}

/** What is to be done with what the URL names; "custom" goes with a `customVerb`. */
export type Operation = 'head' | 'get' | 'put' | 'post' | 'delete' | 'custom';
/** One field, its name in whatever case it came. A name may occur again; the order of entries counts. */
export type HeaderEntry = readonly [name: string, value: string];

/** The caller's intent, one typed key per policy or backend. Keys by declaration merging. */
export interface RequestAttributes {
  readonly range?: ByteRange | undefined;
}
/** Intent that must not outlive the origin (credentials, client certificate): a redirect to another one drops it. Keys by merging. */
export interface OriginAttributes {}
/** What a caller wants: a value that nobody changes. A policy that wants another one makes another one. */
export interface Request {
  readonly operation: Operation;
  readonly customVerb?: string | undefined;
  readonly url: URL;
  readonly headers: readonly HeaderEntry[];
  readonly upload?: Upload | undefined;
  readonly attributes: Readonly<RequestAttributes>;
  readonly originAttributes: Readonly<OriginAttributes>;
  /** Heard by the manager, by dispatch, which closes the backend, and by every policy that waits. */
  readonly signal?: AbortSignal | undefined;
}

/** What a person or a program knows; a challenge makes a request's proof of it. */
export interface Credentials {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
}

/** A way in that the peer offered. */
export interface Challenge {
  /** "basic", "digest", "password"… */
  readonly name: string;
  readonly realm: string;
  /** Whoever asks: the request's origin, or a proxy. */
  readonly origin: URL;
  /** Puts the credentials on a request; also ahead of being asked again. */
  answer(credentials: Credentials, request: Request): Request | Promise<Request>;
}

/** Facts about a reply beyond its head (timings, connection, TLS, cache). Keys by declaration merging. */
export interface ReplyAttributes {
  /** Who served it; set by dispatch. */
  readonly backend?:
    | { readonly name: string; readonly targetTypes: readonly TargetType[] }
    | undefined;
  /** Whether the bytes were protected on the way, and by a peer whose identity was verified or only accepted; absent: in clear or local. */
  readonly secured?: 'verified' | 'unverified' | undefined;
}

/** What is known of a reply before its body. */
export interface ReplyHead {
  readonly url: URL;
  readonly headers: Iterable<HeaderEntry>;
  /** Bytes that reading will give, when known. */
  readonly length?: number | undefined;
  /** What part of the whole these bytes are; absent when they are all of it. `total` when known. */
  readonly range?: (ByteRange & { readonly total?: number | undefined }) | undefined;
  /** Equal only if the bytes are equal; opaque. */
  readonly validator?: string | undefined;
  /** Only for protocols that have one; nobody invents it. */
  readonly status?: { readonly code: number; readonly reason: string } | undefined;
  readonly redirect?: { readonly url: URL; readonly keepOperation: boolean } | undefined;
  /** The peer answered, and the answer is a failure. Its body is still readable. */
  readonly error?:
    | {
        readonly code: NetworkErrorCode;
        readonly message: string;
        readonly temporary?: boolean | undefined;
      }
    | undefined;
  /** Strongest first. */
  readonly challenges?: readonly Challenge[] | undefined;
  readonly attributes?: Readonly<ReplyAttributes> | undefined;
}

/** Head and body of an exchange. The body can be read once, by one of these ways. Whoever drops a reply closes it. */
export interface Reply extends ReplyHead, AsyncDisposable {
  /** What the manager was asked for, before any policy changed it. */
  readonly request: Request;
  /** Chunks: yours to keep. */
  readonly body: AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** Views: each valid until the loop asks for the next. */
  views(): AsyncIterable<Uint8Array>;
  /** Fills `into` from its start; resolves to the count, 0 at the end. */
  readInto(into: Uint8Array): number | Promise<number>;
  bytes(limit?: number): Promise<Uint8Array<ArrayBuffer>>;
  text(limit?: number): Promise<string>;
  json(limit?: number): Promise<unknown>;
  toReadableStream(): ReadableStream<Uint8Array>;
  /** Valid after the end. */
  trailers(): readonly HeaderEntry[];
  /** The same exchange with another head, another body, or both; this reply is used up. A member present as `undefined` clears. */
  with(change: {
    readonly head?: Partial<ReplyHead>;
    readonly body?: (source: Body) => Body;
  }): Reply;
  /** Ends the exchange. What little is left is read, up to a named limit, if that saves the connection. */
  close(): Promise<void>;
}

/** The number of this contract. It changes only when old plugins must change. */
export const CONTRACT = 1;

/** Run-time resources, such as a connector, lent to factories that target "networked". Keys by declaration merging. */
export interface Resources {}
/** One key per SecurityFeature, lent only to factories that claim it. Keys by declaration merging. */
export interface SecurityResources {}

/** What core lends for one exchange, by the factory's claims. */
export interface BackendContext {
  readonly resources: Readonly<Partial<Resources>>;
  readonly security: Readonly<Partial<SecurityResources>>;
  /** Candidate proxies, best first. Always empty unless the factory targets "networked". */
  readonly proxies: readonly URL[];
}

/** Belongs to one manager: what it pools is shared with no other. */
export interface BackendFactory {
  readonly contract: typeof CONTRACT;
  readonly name: string;
  /** Lower-case schemes without the colon; "*" offers to serve every scheme. */
  readonly schemes: readonly string[];
  /** Those of `schemes` that never travel in clear: what "no less safe" is judged by. */
  readonly secureSchemes?: readonly string[] | undefined;
  readonly features: BackendFeatures;
  /** Local and synchronous: no I/O. Returns undefined to leave the request to the next factory. */
  create(request: Request, context: BackendContext): Backend | undefined;
  /** Opens a connection that a later request can use, without sending one. */
  preconnect?(request: Request, context: BackendContext): Promise<void>;
  /** Closes idle connections now, and those in use when their transfer is done. The factory goes on. */
  clearConnections?(): Promise<void>;
  /** Releases everything for good. No backend is open any more when this is called. */
  close?(): Promise<void>;
}

/** A plugin is a module whose default export is one of these. */
export type PluginEntry = () => BackendFactory;

interface OpenBackend {
  /** Starts the transfer; resolves once the head is known. All I/O starts here. */
  open(): ReplyHead | Promise<ReplyHead>;
  /** True while `open` waits for a free connection or for a person: that time is not the peer's. Asked by the clock. */
  readonly waiting?: boolean | undefined;
  /** Fields that came after the body. Called after the end only, before `close`. */
  trailers?(): readonly HeaderEntry[];
  /**
   * Called exactly once: at the end, after a failure, or to abort, then also while `open` or a read is pending, which reject.
   * The only cancellation a backend knows. Never throws.
   */
  close(): Promise<void>;
}
/** A backend that writes into memory that it is given: of factories that do not claim "zero-copy". */
export interface CopyingBackend extends OpenBackend {
  /** Fills `into` from its start; resolves to the count, 0 at the end. */
  read(into: Uint8Array): number | Promise<number>;
}
/** A backend that lends its own memory: of factories that claim "zero-copy". */
export interface ZeroCopyBackend extends OpenBackend, ViewSource {}
/** Serves one request, from `open` to `close`. */
export type Backend = CopyingBackend | ZeroCopyBackend;

/** Resolves once the head is there, also when the peer answered with a failure; rejects when there is no answer. */
export type Send = (request: Request) => Promise<Reply>;
/** Wraps one exchange. May change the request, call `next` zero or more times, and replace the reply. */
export type Policy = (request: Request, next: Send) => Promise<Reply>;
