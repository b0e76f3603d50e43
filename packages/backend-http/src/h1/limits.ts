/** What a peer may make this side hold or look at. Each is an error when it is passed. */
export interface HeadLimits {
  /** Field lines in one head or trailer section. */
  readonly fields: number;
  /** Bytes of one line: name, value and what is between. */
  readonly lineBytes: number;
  /** Bytes of a whole head, or of a whole trailer section. */
  readonly sectionBytes: number;
  /** Empty lines before the status line (RFC 9112 §2.2 asks servers to bear with them; old servers send them, too). */
  readonly leadingEmptyLines: number;
}

/** Qt's: 100 fields, 100 KB a field, 256 KB in all. */
export const headLimits: HeadLimits = {
  fields: 100,
  lineBytes: 100 * 1024,
  sectionBytes: 256 * 1024,
  leadingEmptyLines: 8,
};

/** Trailers are few and small wherever they are used. */
export const trailerLimits: HeadLimits = {
  fields: 100,
  lineBytes: 16 * 1024,
  sectionBytes: 64 * 1024,
  leadingEmptyLines: 0,
};

/** Interim replies (1xx) before the final one. */
export const INTERIM_REPLIES = 32;
/** Hexadecimal digits of a chunk's size: more than any safe integer needs, so that padding with zeros is no way to send for ever. */
export const CHUNK_SIZE_DIGITS = 16;
/** Bytes of the extensions of one chunk. */
export const CHUNK_EXTENSION_BYTES: number = 4 * 1024;
/** Bytes of all chunk extensions of one body. */
export const ALL_CHUNK_EXTENSIONS_BYTES: number = 64 * 1024;
