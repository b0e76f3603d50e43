import { randomBytes } from 'node:crypto';
import type { BigIntStats } from 'node:fs';

import type { BlockPool } from './block-pool.ts';
import {
  changeMode,
  changeOwner,
  closeDescriptor,
  CREATE_FLAGS,
  openPath,
  renamePath,
  statOpen,
  unlinkPath,
  writeAt,
} from './file-call.ts';
import { closedFailure, fileFailure, systemCall, systemCode, systemFailure } from './file-error.ts';
import { beside, type FilePath } from './file-path.ts';
import type { FileSink } from './file-sink.ts';
import type { PutTarget } from './put-target.ts';
import { WriteBehind } from './write-behind.ts';

/** Short, so that it fits wherever the target's own name does, and too random to be guessed. */
const NAME_BYTES = 12;
/** Only the owner's, until the file has the rights of the one that it replaces. */
const PRIVATE_MODE = 0o600;
const DEFAULT_MODE = 0o666;

/**
 * Writes to a new file in the target's folder, which takes the target's name after the last byte. Whoever reads the target sees the
 * old bytes or the new ones.
 */
export class AtomicWrite implements FileSink {
  readonly #target: PutTarget;
  readonly #pool: BlockPool;
  readonly #temporary: FilePath;
  #descriptor: number | undefined;
  #there = false;
  #writer: WriteBehind | undefined;

  constructor(target: PutTarget, pool: BlockPool) {
    this.#target = target;
    this.#pool = pool;
    const name = `.${randomBytes(NAME_BYTES).toString('base64url')}.part`;
    this.#temporary = beside(target.path, name);
  }

  async open(length: number | undefined): Promise<void> {
    const { existing } = this.#target;
    const mode = existing === undefined ? DEFAULT_MODE : PRIVATE_MODE;
    this.#descriptor = await this.#call(openPath(this.#temporary, CREATE_FLAGS, mode));
    this.#there = true;
    if (existing !== undefined) await this.#inherit(this.#descriptor, existing);
    this.#writer = new WriteBehind(this.#pool, length, this.#writeAll);
  }

  async write(view: Uint8Array): Promise<void> {
    await this.#writer?.add(view);
  }

  async commit(): Promise<void> {
    await this.#writer?.finish();
    await this.#call(this.#close());
    await this.#call(renamePath(this.#temporary, this.#target.path));
    this.#there = false;
  }

  async discard(): Promise<void> {
    await this.#close().catch(() => undefined);
    if (!this.#there) return;
    this.#there = false;
    await unlinkPath(this.#temporary).catch(() => undefined);
  }

  interrupt(): void {
    // A write to a file waits for nobody.
  }

  readonly #writeAll = async (view: Uint8Array, position: number): Promise<void> => {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) throw closedFailure();
    let written = 0;
    while (written < view.byteLength) {
      const rest = written === 0 ? view : view.subarray(written);
      const count = await this.#call(writeAt(descriptor, rest, position + written));
      if (count === 0) throw fileFailure('protocol-failure', `${this.#target.name} takes no bytes`);
      written += count;
    }
  };

  async #close(): Promise<void> {
    await this.#writer?.stop();
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) await closeDescriptor(descriptor);
  }

  #call<Value>(call: Promise<Value>): Promise<Value> {
    return systemCall(call, `put ${this.#target.name}`);
  }

  /** Owner, group and rights of the file that is replaced. */
  async #inherit(descriptor: number, existing: BigIntStats): Promise<void> {
    const rights = Number(existing.mode) & 0o777;
    const kept = await keptOwner(descriptor, existing);
    const mode = kept ? rights : withoutGroup(rights);
    await this.#call(changeMode(descriptor, mode));
  }
}

/** Whether the new file belongs to whom the old one did: only root may give files away. */
async function keptOwner(descriptor: number, existing: BigIntStats): Promise<boolean> {
  const { uid, gid } = statOpen(descriptor);
  if (uid === existing.uid && gid === existing.gid) return true;
  try {
    await changeOwner(descriptor, Number(existing.uid), Number(existing.gid));
    return true;
  } catch (error) {
    // EINVAL: the owner has no number in this container.
    if (['EPERM', 'EINVAL'].includes(systemCode(error))) return false;
    throw systemFailure(error, 'keep the owner of the file');
  }
}

/** What the old group might do, another group may not: it has the rights of everybody. */
function withoutGroup(rights: number): number {
  return (rights & 0o707) | ((rights & 0o007) << 3);
}
