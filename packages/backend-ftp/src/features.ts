import type { FtpReply } from './control-context.ts';

/** Facts that listings and heads are made of (RFC 3659 §7.5). */
const wantedFacts = ['type', 'size', 'modify', 'unix.mode'];

/** What a server says that it can do (RFC 2389). Names are upper case. */
export type ServerFeatures = ReadonlyMap<string, string>;

/** The lines between the first and the last; none when the server knows no FEAT. */
export function parseFeatures({ code, message }: FtpReply): ServerFeatures {
  const features = new Map<string, string>();
  if (code !== 211) return features;
  for (const line of message.split('\n').slice(1, -1)) {
    const [name = '', ...rest] = line.trim().split(' ');
    features.set(name.toUpperCase(), rest.join(' '));
  }
  return features;
}

/** The command that turns on the facts which are wanted, offered, and off; `undefined`: nothing is to be done. */
export function factsCommand(features: ServerFeatures): string | undefined {
  const offered = (features.get('MLST') ?? '').toLowerCase().split(';');
  const off = wantedFacts.filter((fact) => offered.includes(fact));
  if (off.length === 0) return undefined;
  const on = offered.filter((fact) => fact.endsWith('*')).map((fact) => fact.slice(0, -1));
  return `OPTS MLST ${[...on, ...off].map((fact) => `${fact};`).join('')}`;
}
