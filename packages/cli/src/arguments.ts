import type { Option, ParsedOptions } from './options.ts';
import { UsageError } from './options.ts';
import { seconds } from './seconds.ts';

/** Options of `netaccess get`, with curl's letters and meaning. */
export const getOptions: readonly Option[] = [
  { letter: 'o', name: 'output', value: 'FILE', help: 'write there; "-" is standard output' },
  { letter: 'O', name: 'remote-name', help: "write to a file of the URL's last part" },
  { letter: 'i', name: 'include', help: "put the reply's head before its body" },
  { letter: 'I', name: 'head', help: 'ask for the head only, and print it' },
  {
    letter: 'f',
    name: 'fail',
    help: 'end with 22 when the answer is a failure, and write none of it',
  },
  {
    letter: 'H',
    name: 'header',
    value: 'LINE',
    help: 'send this header, such as "Accept: text/html"',
  },
  { letter: 'A', name: 'user-agent', value: 'TEXT', help: 'send this User-Agent' },
  { letter: 'X', name: 'request', value: 'VERB', help: 'ask with this verb' },
  {
    letter: 'd',
    name: 'data',
    value: 'DATA',
    help: 'post this; "@FILE" and "@-" are read, without line ends',
  },
  { name: 'data-binary', value: 'DATA', help: 'post this; what "@" names is sent as it is' },
  { name: 'data-raw', value: 'DATA', help: 'post this; "@" has no meaning' },
  {
    letter: 'T',
    name: 'upload-file',
    value: 'FILE',
    help: 'put this file there; "-" is standard input',
  },
  { letter: 'r', name: 'range', value: 'FROM-TO', help: 'ask for these bytes only' },
  { letter: 'u', name: 'user', value: 'USER:PASSWORD', help: 'answer who asks for credentials' },
  {
    letter: 'x',
    name: 'proxy',
    value: 'URL',
    help: 'go through http://… or socks5h://…; "" for none',
  },
  { name: 'unix-socket', value: 'PATH', help: 'connect to this socket instead of the host' },
  { name: 'cacert', value: 'FILE', help: 'trust the certificates of this PEM file only' },
  { letter: 'E', name: 'cert', value: 'FILE', help: 'show this PEM certificate' },
  { name: 'key', value: 'FILE', help: 'the key of --cert' },
  { letter: 'k', name: 'insecure', help: 'accept any certificate' },
  { letter: 'L', name: 'location', help: 'follow redirects: the default here' },
  { name: 'redirect', value: 'POLICY', help: 'manual, same-origin or no-less-safe (the default)' },
  { name: 'max-redirs', value: 'COUNT', help: 'follow at most so many (50)' },
  { name: 'connect-timeout', value: 'SECONDS', help: 'give up a connection after that' },
  { letter: 'm', name: 'max-time', value: 'SECONDS', help: 'give up everything after that' },
  {
    name: 'cache',
    value: 'DIR',
    optional: true,
    help: 'keep replies there, and use them while they are fresh; the folder of this user if none is named',
  },
  { name: 'no-cache', help: 'neither, whatever was said before: the default' },
  { name: 'offline', help: 'ask nobody: only what the cache has, fresh or not' },
  { letter: 's', name: 'silent', help: 'no progress bar and no messages' },
  { letter: 'S', name: 'show-error', help: 'messages all the same' },
  { letter: 'v', name: 'verbose', help: 'say on standard error what happens' },
  { letter: 'h', name: 'help', help: 'print this' },
];

/** Options of `netaccess cache`. */
export const cacheOptions: readonly Option[] = [
  {
    name: 'cache',
    value: 'DIR',
    optional: true,
    help: 'the cache in this folder, instead of that of this user',
  },
  { letter: 'h', name: 'help', help: 'print this' },
];

/** Where one reply goes. Standard output was asked for by `-`; a terminal is what is left when nothing was. */
export type Destination =
  | { readonly kind: 'terminal' }
  | { readonly kind: 'standard-output' }
  | { readonly kind: 'remote-name' }
  | { readonly kind: 'file'; readonly name: string };

/** What to send as a body, in the order in which it was written. */
export interface DataPart {
  readonly kind: 'text' | 'file';
  readonly value: string;
  /** Take line ends and NUL out of a file, as curl's `-d` does. */
  readonly stripped: boolean;
}

const redirectPolicies = ['manual', 'same-origin', 'no-less-safe'] as const;

/** Which cache is used; `''` is the folder of this user. */
export interface CacheChoice {
  readonly folder: string;
  /** Nobody else is asked. */
  readonly offline: boolean;
}

/** How far redirects are followed. */
export type RedirectChoice = (typeof redirectPolicies)[number];

/** One call of `netaccess get`, understood but for its URLs. */
export interface GetArguments {
  readonly targets: readonly { readonly text: string; readonly destination: Destination }[];
  readonly include: boolean;
  readonly fail: boolean;
  readonly verbose: boolean;
  readonly showProgress: boolean;
  readonly showErrors: boolean;
  readonly verb: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly data: readonly DataPart[];
  readonly uploadFile: string | undefined;
  readonly range: { readonly from: number; readonly to?: number } | undefined;
  readonly user: string | undefined;
  readonly proxy: string | undefined;
  readonly unixSocket: string | undefined;
  readonly caFile: string | undefined;
  readonly certificateFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly insecure: boolean;
  readonly redirect: { readonly policy?: RedirectChoice; readonly maximum?: number };
  readonly connectTimeout: number | undefined;
  readonly totalTimeout: number | undefined;
  /** `undefined`: nothing is kept, and nothing that was kept is used. */
  readonly cache: CacheChoice | undefined;
}

/** Understands the options of `netaccess get`. */
export function readGetArguments(parsed: ParsedOptions): GetArguments {
  const data = dataParts(parsed);
  const uploadFile = parsed.last('upload-file');
  if (data.length > 0 && uploadFile !== undefined)
    throw new UsageError('-d and -T exclude each other');
  return {
    targets: targets(parsed),
    include: parsed.has('include') || parsed.has('head'),
    fail: parsed.has('fail'),
    verbose: parsed.has('verbose'),
    showProgress: !parsed.has('silent'),
    showErrors: !parsed.has('silent') || parsed.has('show-error'),
    verb: verb(parsed, data.length > 0, uploadFile !== undefined),
    headers: headers(parsed),
    data,
    uploadFile,
    range: range(parsed.last('range')),
    user: parsed.last('user'),
    proxy: parsed.last('proxy'),
    unixSocket: parsed.last('unix-socket'),
    caFile: parsed.last('cacert'),
    certificateFile: parsed.last('cert'),
    keyFile: parsed.last('key'),
    insecure: parsed.has('insecure'),
    redirect: redirect(parsed),
    connectTimeout: seconds(parsed, 'connect-timeout'),
    totalTimeout: seconds(parsed, 'max-time'),
    cache: cache(parsed),
  };
}

/** As with curl, the first `-o` or `-O` is the first URL's, and so on; `-O` here is every URL's that has no other. */
function targets(parsed: ParsedOptions): GetArguments['targets'] {
  const names = parsed.all('output');
  if (parsed.operands.length === 0) throw new UsageError('no URL is given');
  if (names.length > parsed.operands.length) throw new UsageError('more -o than URLs');
  return parsed.operands.map((text, index) => {
    const name = names[index];
    return { text, destination: destination(name, parsed.has('remote-name')) };
  });
}

function destination(name: string | undefined, remoteName: boolean): Destination {
  if (name === '') throw new UsageError('-o needs a file name');
  if (name !== undefined && name !== '-') return { kind: 'file', name };
  if (name === undefined && remoteName) return { kind: 'remote-name' };
  return { kind: name === '-' ? 'standard-output' : 'terminal' };
}

function verb(parsed: ParsedOptions, posts: boolean, puts: boolean): string {
  const custom = parsed.last('request');
  if (custom !== undefined && !/^[\w!#$%&'*+.^`|~-]+$/.test(custom)) {
    throw new UsageError(`-X: "${custom}" is no verb`);
  }
  if (parsed.has('head')) {
    if (posts || puts) throw new UsageError('-I asks for a head, and cannot send a body');
    return custom ?? 'HEAD';
  }
  return custom ?? (puts ? 'PUT' : posts ? 'POST' : 'GET');
}

function headers(parsed: ParsedOptions): [string, string][] {
  const lines = parsed.all('header').map((line): [string, string] => {
    const [, name, mark, value] = /^([^:;]+)([:;])(.*)$/s.exec(line) ?? [];
    if (name === undefined || (mark === ';' && value !== '')) {
      throw new UsageError(`-H: "${line}" is no "Name: value"`);
    }
    return [name.trim(), (value ?? '').trim()];
  });
  const userAgent = parsed.last('user-agent');
  return userAgent === undefined ? lines : [...lines, ['User-Agent', userAgent]];
}

function dataParts(parsed: ParsedOptions): DataPart[] {
  const kinds = ['data', 'data-binary', 'data-raw'].filter((name) => parsed.has(name));
  if (kinds.length > 1) throw new UsageError(`--${kinds.join(' and --')} exclude each other`);
  const [kind = 'data'] = kinds;
  return parsed
    .all(kind)
    .map((text) =>
      text.startsWith('@') && kind !== 'data-raw'
        ? { kind: 'file', value: text.slice(1), stripped: kind === 'data' }
        : { kind: 'text', value: text, stripped: false },
    );
}

function range(text: string | undefined): GetArguments['range'] {
  if (text === undefined) return undefined;
  const [, from, to] = /^(\d{1,15})-(\d{1,15})?$/.exec(text) ?? [];
  if (from === undefined) throw new UsageError(`-r: "${text}" is no "FROM-TO" in bytes`);
  return to === undefined ? { from: Number(from) } : { from: Number(from), to: Number(to) };
}

function redirect(parsed: ParsedOptions): GetArguments['redirect'] {
  const wanted = parsed.last('redirect');
  const policy = redirectPolicies.find((one) => one === wanted);
  if (wanted !== undefined && policy === undefined) {
    throw new UsageError(`--redirect: "${wanted}" is none of ${redirectPolicies.join(', ')}`);
  }
  const count = parsed.last('max-redirs');
  if (count !== undefined && !/^\d{1,9}$/.test(count)) {
    throw new UsageError(`--max-redirs: "${count}" is no number`);
  }
  return {
    ...(policy === undefined ? {} : { policy }),
    ...(count === undefined ? {} : { maximum: Number(count) }),
  };
}

function cache(parsed: ParsedOptions): CacheChoice | undefined {
  const offline = parsed.has('offline');
  if (parsed.has('no-cache')) {
    if (offline) throw new UsageError('--offline and --no-cache exclude each other');
    return undefined;
  }
  if (!offline && !parsed.has('cache')) return undefined;
  return { folder: parsed.last('cache') ?? '', offline };
}
