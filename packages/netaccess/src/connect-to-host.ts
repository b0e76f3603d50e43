import { NetworkError, type PreconnectOptions } from '@netaccess/core';

/** What a connection is opened with ahead of use. Later requests find it if they say the same. */
export interface ConnectEncryptedOptions extends PreconnectOptions {
  /**
   * Offered in the handshake (RFC 7301): with `h2` among them HTTP/2, and HTTP/1.1 behind it for a peer that does not speak it. By default
   * `http/1.1` alone: requests with `http2Allowed: false` can use it then.
   */
  readonly applicationProtocols?: readonly string[] | undefined;
}

const known: ReadonlySet<string> = new Set(['h2', 'http/1.1']);

/** The URL whose origin is this scheme, host and port. Throws a `NetworkError` for what is no host. */
export function hostUrl(scheme: 'http' | 'https', host: string, port: number): URL {
  const bracketed = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  const text = `${scheme}://${bracketed}:${port}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || /[/?#@\\]/u.test(host))
    throw new NetworkError(
      'protocol-invalid-operation',
      `${JSON.stringify(host)} and ${port} are no host and port`,
    );
  return url;
}

/** What the backend is told about the version. */
export function encryptedOptions(options: ConnectEncryptedOptions): PreconnectOptions {
  const { applicationProtocols = ['http/1.1'], attributes, ...rest } = options;
  const unknown = applicationProtocols.find((protocol) => !known.has(protocol));
  if (unknown !== undefined || applicationProtocols.length === 0)
    throw new NetworkError(
      'protocol-invalid-operation',
      `of application protocols, h2 and http/1.1 can be offered, not ${JSON.stringify(applicationProtocols)}`,
    );
  const http2Allowed = applicationProtocols.includes('h2');
  return { ...rest, attributes: { ...attributes, http2Allowed } };
}
