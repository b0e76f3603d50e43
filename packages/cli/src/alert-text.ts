import type { TlsAlert } from 'netaccess';

/** One alert in a line. */
export function alertText({
  direction,
  level,
  name,
  number,
  phase,
  encrypted,
  text,
}: TlsAlert): string {
  const how = encrypted ? '' : ', in clear';
  const when = phase === 'handshake' ? 'in the handshake' : 'afterwards';
  return `${direction} ${level} ${name} (${number}) ${when}${how}: ${text}`;
}
