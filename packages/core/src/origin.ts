/** URL.origin is "null" for every scheme the URL standard does not know, so two strangers would look alike. */
export function sameOrigin(a: URL, b: URL): boolean {
  return a.protocol === b.protocol && a.host === b.host;
}
