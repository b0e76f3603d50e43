/** Fields whose values are secrets: a cache keeps what they were only as a digest. */
export const secretFields: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
]);

/** A digest that cannot be turned back; `undefined` where the platform has none at once: then there is nothing to compare with. */
export function secretDigest(value: string): string | undefined {
  const crypto = globalThis.process?.getBuiltinModule?.('node:crypto');
  return crypto && `sha256:${crypto.createHash('sha256').update(value).digest('base64url')}`;
}
