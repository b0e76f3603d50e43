import { hash, randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, type Stats } from 'node:fs';
import { join, resolve } from 'node:path';

import { cacheFailure } from '../failure.ts';
import { systemCode, systemFailure } from './disk-failure.ts';
import { FOLDER_MODE } from './file-call.ts';
import { processTag } from './process-tag.ts';

/** The version of the format. Stores of another one never look into this folder. */
const VERSION = 'v1';
/** Where files are that are being written. */
const WRITING = 'writing';
/** Characters of a hash that are a name: 160 bits. The key itself is in the file too, and is compared. */
const NAME_CHARACTERS = 40;
const SHARDS = 256;
const SHARD_CHARACTERS = 2;
const RANDOM_BYTES = 8;
const OTHERS_MAY = 0o077;

/** The folders of a store and the names in them. Every file lies in one of 256 folders by the hash of its key. */
export class StoreFolder {
  readonly root: string;
  readonly path: string;
  /** Where files are that are being written. */
  readonly writingPath: string;
  /** The shards, and the one for writing behind them. */
  readonly #folders: readonly string[];
  /** Which of them were seen to be folders, and no links. */
  readonly #seen: Uint8Array = new Uint8Array(SHARDS + 1);
  #seenVersion = false;
  #temporaries = 0;
  #tag: string | undefined;

  constructor(root: string) {
    this.root = resolve(root);
    this.path = join(this.root, VERSION);
    this.writingPath = join(this.path, WRITING);
    const shards = Array.from({ length: SHARDS }, (_, index) =>
      join(this.path, index.toString(16).padStart(SHARD_CHARACTERS, '0')),
    );
    this.#folders = [...shards, this.writingPath];
  }

  /** The name of all files of a key. */
  nameOf(key: string): string {
    return hash('sha256', key, 'hex').slice(0, NAME_CHARACTERS);
  }

  /** Where the heads and small bodies of a key are. */
  keyPath(name: string): string {
    return `${this.shardPath(this.shardOf(name))}/${name}`;
  }

  /** Where a body is that lies alone. */
  bodyPath(name: string, id: string): string {
    return `${this.keyPath(name)}-${id}`;
  }

  /** A name that nobody else uses, and that says whose it is. */
  temporaryPath(): string {
    this.#tag ??= `${processTag()}-${randomBytes(RANDOM_BYTES).toString('hex')}`;
    return `${this.writingPath}/${this.#tag}-${this.#temporaries++}`;
  }

  /** How many shards there are. */
  get shards(): number {
    return SHARDS;
  }

  /** The number of the shard that a name is in. */
  shardOf(name: string): number {
    return Number.parseInt(name.slice(0, SHARD_CHARACTERS), 16);
  }

  /** A shard's path by its number. */
  shardPath(shard: number): string {
    return this.#folders[shard] ?? this.path;
  }

  /** Whether a shard is there and can be looked into: whoever put a link in its place leads nobody elsewhere. */
  reaches(shard: number): boolean {
    if (this.#seen[shard] === 1) return true;
    if (!this.#reachesVersion() || statOf(this.shardPath(shard))?.isDirectory() !== true)
      return false;
    this.#seen[shard] = 1;
    return true;
  }

  /** Makes what is missing, so that something can be written into a shard. */
  make(shard: number): void {
    this.#makeOne(SHARDS);
    this.#makeOne(shard);
  }

  /** Looks again: somebody took folders away. */
  forget(): void {
    this.#seen.fill(0);
    this.#seenVersion = false;
  }

  #makeOne(shard: number): void {
    if (this.reaches(shard)) return;
    makeFolder(this.path);
    this.#reachesVersion();
    makeFolder(this.shardPath(shard));
    if (this.reaches(shard)) return;
    throw cacheFailure('content-access-denied', `${this.shardPath(shard)} is no folder`);
  }

  /** Throws when somebody else owns what is there. */
  #reachesVersion(): boolean {
    if (this.#seenVersion) return true;
    const stats = statOf(this.path);
    if (stats === undefined) return false;
    if (!stats.isDirectory() || isOthers(stats))
      throw cacheFailure('content-access-denied', `${this.path} is no folder of this user's own`);
    if (process.platform !== 'win32' && (stats.mode & OTHERS_MAY) !== 0)
      chmodSync(this.path, FOLDER_MODE);
    this.#seenVersion = true;
    return true;
  }
}

function isOthers({ uid }: Stats): boolean {
  const user = process.geteuid?.();
  return user !== undefined && uid !== user;
}

/** What is there itself, and not what it may link to. */
function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw systemFailure(error, `look at ${path}`);
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: FOLDER_MODE });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw systemFailure(error, `make the folder ${path}`);
  }
}
