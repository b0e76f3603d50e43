/** Longer ones are refused by common file systems; in bytes of UTF-8. */
const maximumNameBytes = 255;

/** What no name may hold: separators of any system, NUL, and what a terminal would obey. */
const forbidden = /[/\\:\p{Cc}\p{Cf}]/u;

/** Names that mean a device on Windows, whatever their ending. */
const devices = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/**
 * The last part of a URL's path as a file name: one component that cannot lead anywhere else. `undefined` when the URL offers none;
 * it is a stranger's input, so nothing doubtful is repaired.
 */
export function fileNameOf(url: URL): string | undefined {
  const name = decoded(url.pathname.slice(url.pathname.lastIndexOf('/') + 1));
  if (name === undefined || name === '' || /^\.*$/.test(name) || /[. ]$/.test(name))
    return undefined;
  if (forbidden.test(name) || devices.test(name)) return undefined;
  return new TextEncoder().encode(name).length > maximumNameBytes ? undefined : name;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // Percent signs that mean nothing, or bytes that are not UTF-8.
  }
}
