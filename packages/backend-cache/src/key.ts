/** Under which entries of a URL are kept. Fragments and logins are no part of it; a partition keeps its entries from all others. */
export function cacheKey(url: URL, partition?: string): string {
  const href = bareHref(url);
  return partition === undefined ? href : `${encodeURIComponent(partition)} ${href}`;
}

/** The URL without fragment, user and password. */
export function bareHref(url: URL): string {
  if (url.username !== '' || url.password !== '') {
    const bare = new URL(url);
    bare.username = '';
    bare.password = '';
    return bareHref(bare);
  }
  const { href } = url;
  const fragment = href.indexOf('#');
  return fragment === -1 ? href : href.slice(0, fragment);
}

/** The URL of a key, and its partition. No URL has a blank. */
export function keyParts(key: string): { readonly url: string; readonly partition?: string } {
  const blank = key.indexOf(' ');
  if (blank === -1) return { url: key };
  return { url: key.slice(blank + 1), partition: decodeURIComponent(key.slice(0, blank)) };
}
