import type { ReplyHead } from 'netaccess';

/** Fields whose values let somebody in. */
const secretFields: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
]);

/** HTTP's own spelling of the protocols that have one. */
const protocolNames: Readonly<Record<string, string>> = {
  'http/1.0': 'HTTP/1.0',
  'http/1.1': 'HTTP/1.1',
  h2: 'HTTP/2',
};

/** The first line of a head, only for protocols that have a status. */
export function statusLine(head: ReplyHead): string | undefined {
  if (head.status === undefined) return undefined;
  const protocol = head.attributes?.connection?.protocol ?? '';
  const name = protocolNames[protocol] ?? protocol.toUpperCase();
  return `${name} ${head.status.code} ${head.status.reason}`.trim();
}

/** A head as `-i` prints it: as it came, line ends as on the wire. */
export function headText(head: ReplyHead): string {
  const lines = [...head.headers].map(([name, value]) => `${name}: ${value}`);
  const first = statusLine(head);
  return [...(first === undefined ? [] : [first]), ...lines, '', ''].join('\r\n');
}

/** A field as it may be shown to whoever looks over a shoulder or reads a log. */
export function shownField(name: string, value: string): string {
  if (secretFields.has(name.toLowerCase())) return `${name}: (not shown)`;
  return `${name}: ${value.replaceAll(/(:\/\/)[^/?#\s@]*@/g, '$1')}`;
}

/** A URL without the user and password that may stand in it. */
export function shownUrl(url: URL): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href;
}

/** A stranger's text for a terminal: what would move its cursor or colour it is made visible. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, (character) =>
    character === '\t'
      ? character
      : `\\x${character.codePointAt(0)!.toString(16).padStart(2, '0')}`,
  );
}
