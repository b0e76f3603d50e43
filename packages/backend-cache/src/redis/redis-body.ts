import { pieceChecksum } from '../pieces/checksum.ts';
import { damagedPiece } from '../pieces/piece-failure.ts';
import type { ByteSource } from '../pieces/source-reader.ts';
import type { RedisLink } from './redis-link.ts';

/** Bytes of a piece: large enough that the way there and back costs little, small enough to hold a few for each reader. */
export const pieceBytes = 262_144;

/** A body on the server. */
export interface RedisBody {
  readonly name: string;
  readonly id: string;
  readonly length: number;
}

/** A piece as it was written; fails if it is not there or has changed. */
export async function readPiece(
  link: RedisLink,
  { name, id }: Pick<RedisBody, 'name' | 'id'>,
  number: number,
): Promise<Uint8Array> {
  const values = await link.send('HMGET', name, number, `c${number}`);
  const [bytes, checksum]: unknown[] = Array.isArray(values) ? values : [];
  if (!(bytes instanceof Uint8Array)) throw damagedPiece(id, number, 'is missing');
  if (pieceChecksum(id, number, bytes) !== Number(checksum)) {
    throw damagedPiece(id, number, 'has changed');
  }
  return bytes;
}

/** Bytes of a body, from its first piece on, which is there already; the next piece is on its way while one is read. */
export class RedisSource implements ByteSource {
  readonly #link: RedisLink;
  readonly #body: RedisBody;
  readonly #last: number;
  readonly #ends: () => void;
  #number: number;
  #piece: Promise<Uint8Array>;

  /** `last` is the last piece that is read. */
  constructor(
    link: RedisLink,
    body: RedisBody,
    pieces: {
      readonly first: number;
      readonly last: number;
      readonly bytes: Uint8Array;
      readonly ends: () => void;
    },
  ) {
    this.#link = link;
    this.#body = body;
    this.#last = pieces.last;
    this.#ends = pieces.ends;
    this.#number = pieces.first;
    this.#piece = Promise.resolve(pieces.bytes);
  }

  async at(position: number): Promise<Uint8Array> {
    const number = Math.floor(position / pieceBytes);
    if (number !== this.#number) this.#fetch(number);
    const bytes = await this.#piece;
    if (number < this.#last) this.#fetch(number + 1);
    return bytes.subarray(position % pieceBytes);
  }

  close(): void {
    this.#ends();
  }

  #fetch(number: number): void {
    this.#number = number;
    this.#piece = this.#read(number);
    // Nobody may ever ask for it.
    void this.#piece.then(undefined, () => undefined);
  }

  async #read(number: number): Promise<Uint8Array> {
    const bytes = await readPiece(this.#link, this.#body, number);
    const expected = Math.min(pieceBytes, this.#body.length - number * pieceBytes);
    if (bytes.length === expected) return bytes;
    throw damagedPiece(this.#body.id, number, `has ${bytes.length} bytes`);
  }
}
