/** Lower case, without the colon. */
export function schemeOf(url: URL): string {
  return url.protocol.slice(0, -1);
}
