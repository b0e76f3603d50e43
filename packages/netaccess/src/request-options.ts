import type {
  AskForCredentials,
  Credentials,
  HeaderEntry,
  OriginAttributes,
  Progress,
  RedirectOptions,
  RedirectPolicy,
  RequestAttributes,
  Timeouts,
} from '@netaccess/core';

import type { BodySource } from './body-source.ts';

/** Pairs, an object, or anything that gives pairs, such as the platform's `Headers`. */
export type HeadersSource =
  | Iterable<HeaderEntry | readonly string[]>
  | Readonly<Record<string, string>>;

/** What a request has beside its operation and URL. */
export interface RequestOptions {
  readonly headers?: HeadersSource | undefined;
  readonly body?: BodySource | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Intent for one policy or backend each. */
  readonly attributes?: RequestAttributes | undefined;
  /** The same, where it must not go to another origin. */
  readonly originAttributes?: OriginAttributes | undefined;
  /** For the URL's origin only: themselves, or who is to be asked. */
  readonly credentials?: Credentials | AskForCredentials | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly timeouts?: Timeouts | undefined;
  readonly redirect?: RedirectPolicy | RedirectOptions | undefined;
}
