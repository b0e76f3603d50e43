import { UsageError, type Option, type ParsedOptions } from './options.ts';
import { seconds } from './seconds.ts';

/** Options of `netaccess tls`; those that curl has have its letters. */
export const tlsOptions: readonly Option[] = [
  { name: 'interactive', help: 'ask on an interrupted handshake before it continues' },
  { name: 'cacert', value: 'FILE', help: 'trust the certificates of this PEM file only' },
  { letter: 'E', name: 'cert', value: 'FILE', help: 'show this PEM certificate' },
  { name: 'key', value: 'FILE', help: 'the key of --cert' },
  { letter: 'k', name: 'insecure', help: 'accept any certificate' },
  { name: 'server-name', value: 'NAME', help: 'ask for, and check, this name' },
  { name: 'alpn', value: 'LIST', help: 'offer these protocols (h2,http/1.1)' },
  { name: 'tlsv1.2', help: 'speak TLS 1.2 or later (the default)' },
  { name: 'tlsv1.3', help: 'speak TLS 1.3 or later' },
  { name: 'tls-max', value: 'VERSION', help: 'speak at most 1.2 or 1.3' },
  { letter: 'x', name: 'proxy', value: 'URL', help: 'go through http://… or socks5h://…' },
  { name: 'connect-timeout', value: 'SECONDS', help: 'give up after that' },
  { letter: 'h', name: 'help', help: 'print this' },
];

type Version = 'TLSv1.2' | 'TLSv1.3';

/** One call of `netaccess tls`, understood. */
export interface TlsArguments {
  readonly url: string;
  readonly interactive: boolean;
  readonly caFile: string | undefined;
  readonly certificateFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly insecure: boolean;
  readonly serverName: string | undefined;
  readonly alpn: readonly string[];
  readonly minimumVersion: Version;
  readonly maximumVersion: Version;
  readonly proxy: string | undefined;
  readonly connectTimeout: number | undefined;
}

/** Understands the options of `netaccess tls`. */
export function readTlsArguments(parsed: ParsedOptions): TlsArguments {
  const [url, ...more] = parsed.operands;
  if (url === undefined || more.length > 0) throw new UsageError('tls looks at one URL');
  return {
    url: /^[a-z][a-z\d+.-]*:\/\//iu.test(url) ? url : `https://${url}`,
    interactive: parsed.has('interactive'),
    caFile: parsed.last('cacert'),
    certificateFile: parsed.last('cert'),
    keyFile: parsed.last('key'),
    insecure: parsed.has('insecure'),
    serverName: parsed.last('server-name'),
    alpn: (parsed.last('alpn') ?? 'h2,http/1.1').split(',').filter((name) => name !== ''),
    minimumVersion: parsed.has('tlsv1.3') ? 'TLSv1.3' : 'TLSv1.2',
    maximumVersion: maximumVersion(parsed.last('tls-max')),
    proxy: parsed.last('proxy'),
    connectTimeout: seconds(parsed, 'connect-timeout'),
  };
}

function maximumVersion(text = '1.3'): Version {
  if (text === '1.2') return 'TLSv1.2';
  if (text === '1.3') return 'TLSv1.3';
  throw new UsageError(`--tls-max: "${text}" is neither 1.2 nor 1.3`);
}
