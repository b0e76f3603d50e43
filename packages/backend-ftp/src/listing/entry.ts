/** What a name in a directory stands for. */
export type EntryType = 'file' | 'directory' | 'link' | 'other';

/** One line of a directory, whatever the server calls it. */
export interface ListingEntry {
  readonly name: string;
  readonly type: EntryType;
  readonly size?: number | undefined;
  /** ISO 8601: with "Z" where the server states UTC, otherwise in its own time. */
  readonly modified?: string | undefined;
  /** "rwxr-xr-x". */
  readonly permissions?: string | undefined;
  /** What a link leads to. */
  readonly target?: string | undefined;
}
