import type { HeaderEntry } from '@netaccess/core';

import type { Content } from './fetch-content.ts';

/** What a `Response` says about the exchange, beside its body. */
export interface Facts {
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly redirected: boolean;
  readonly type: ResponseType;
  readonly headers: Iterable<HeaderEntry>;
}

type ResponseClass = new (facts: Facts, content: Content | undefined) => Response;

let known: ResponseClass | undefined;

/** A `Response` of the platform's class, or `null` in its place where there is no content. */
export function newResponse(facts: Facts, content: Content | undefined): Response {
  known ??= defineResponse();
  return new known(facts, content);
}

/** A response that nobody holds any more cannot be read, so that what it holds is given back long before it counts as abandoned. */
const dropped = new FinalizationRegistry<Content>((content) => content.close());

/** Defined when first needed: to mention the platform's classes loads them. */
function defineResponse(): ResponseClass {
  /** As those of a fetched `Response` are. */
  class ImmutableHeaders extends Headers {
    override append(): void {
      throw new TypeError('immutable');
    }
    override delete(): void {
      throw new TypeError('immutable');
    }
    override set(): void {
      throw new TypeError('immutable');
    }
  }

  /**
   * The platform's constructor would make a stream of every body, which costs more than the whole exchange. This one does so when
   * somebody looks at `body`; until then a body is read directly.
   */
  class FetchedResponse extends Response {
    readonly #facts: Facts;
    readonly #content: Content | undefined;
    #headers: Headers | undefined;
    /** The platform's own over the stream, once there is one. */
    #streamed: Response | undefined;
    #taken = false;
    #leftover: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;

    constructor(facts: Facts, content: Content | undefined) {
      super(null);
      this.#facts = facts;
      this.#content = content;
      if (content !== undefined) dropped.register(this, content, this);
    }

    override get type(): ResponseType {
      return this.#facts.type;
    }
    override get url(): string {
      return this.#facts.url;
    }
    override get redirected(): boolean {
      return this.#facts.redirected;
    }
    override get status(): number {
      return this.#facts.status;
    }
    override get statusText(): string {
      return this.#facts.statusText;
    }
    override get ok(): boolean {
      return this.status >= 200 && this.status <= 299;
    }
    override get headers(): Headers {
      this.#headers ??= new ImmutableHeaders(
        [...this.#facts.headers].map(([name, value]) => [name, value]),
      );
      return this.#headers;
    }
    override get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
      if (this.#content === undefined) return null;
      if (this.#taken) return (this.#leftover ??= readAlready());
      return this.#streaming(this.#content).body;
    }
    override get bodyUsed(): boolean {
      return this.#taken || this.#streamed?.bodyUsed === true;
    }

    override async text(): Promise<string> {
      const content = this.#take();
      return content === undefined ? '' : content.text();
    }
    override async json(): Promise<unknown> {
      return JSON.parse(await this.text());
    }
    override async bytes(): Promise<Uint8Array<ArrayBuffer>> {
      const content = this.#take();
      return content === undefined ? new Uint8Array() : content.bytes();
    }
    override async arrayBuffer(): Promise<ArrayBuffer> {
      const { buffer, byteLength } = await this.bytes();
      return buffer.byteLength === byteLength ? buffer : buffer.slice(0, byteLength);
    }
    override async blob(): Promise<Blob> {
      return this.#reread(await this.bytes()).blob();
    }
    override async formData(): Promise<FormData> {
      return this.#reread(await this.bytes()).formData();
    }

    override clone(): Response {
      const content = this.#content;
      if (content === undefined) return newResponse(this.#facts, undefined);
      if (this.bodyUsed) throw new TypeError('Response.clone: Body has already been consumed.');
      return newResponse(this.#facts, responseContent(this.#streaming(content).clone()));
    }

    #take(): Content | undefined {
      this.#refuseUsed();
      if (this.#content === undefined) return undefined;
      if (this.#streamed !== undefined) return responseContent(this.#streamed);
      this.#taken = true;
      dropped.unregister(this);
      return this.#content;
    }

    /** A response of the platform's own with the same body. */
    #readable(): Response {
      this.#refuseUsed();
      return this.#content === undefined ? this : this.#streaming(this.#content);
    }

    #refuseUsed(): void {
      if (this.bodyUsed) throw new TypeError('Body is unusable: Body has already been read');
    }

    #streaming(content: Content): Response {
      if (this.#streamed === undefined) {
        dropped.unregister(this);
        this.#streamed = new Response(content.stream());
      }
      return this.#streamed;
    }

    #reread(bytes: Uint8Array<ArrayBuffer>): Response {
      return new Response(bytes, { headers: this.headers });
    }

    /** Ways of reading that the platform has and this class does not know. */
    static {
      const own = Object.getOwnPropertyNames(this.prototype);
      for (const [name, { value }] of Object.entries(
        Object.getOwnPropertyDescriptors(Response.prototype),
      )) {
        if (own.includes(name) || typeof value !== 'function') continue;
        const forward = function forward(this: FetchedResponse, ...args: unknown[]): unknown {
          return Reflect.apply(value, this.#readable(), args);
        };
        Object.defineProperty(this.prototype, name, {
          value: forward,
          configurable: true,
          writable: true,
        });
      }
      Object.defineProperty(this.prototype, 'constructor', {
        value: Response,
        configurable: true,
        writable: true,
      });
    }
  }
  return FetchedResponse;
}

/** What is left of a body that was read without a stream. */
function readAlready(): ReadableStream<Uint8Array<ArrayBuffer>> {
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.close();
    },
  });
  stream.getReader();
  return stream;
}

function responseContent(response: Response): Content {
  return {
    bytes: async () => new Uint8Array(await response.arrayBuffer()),
    text: () => response.text(),
    stream: () => response.body ?? new Blob().stream(),
    close: () => undefined,
  };
}
