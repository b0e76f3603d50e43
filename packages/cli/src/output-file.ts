import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

/** Where the bytes of a reply go. */
export interface Output {
  /** Resolves when the memory of `view` may be used again. */
  write(view: Uint8Array): Promise<void>;
  /** Everything is there: makes it visible under its name. */
  finish(): Promise<void>;
  /** Takes away what was written, if that is possible. Does nothing after `finish`. */
  discard(): Promise<void>;
}

/**
 * A file that gets its name when it is whole: until then its bytes are in a file beside it, made for this and opened by nobody else.
 * What is there under that name already and is no file, such as a device or a pipe, is written to as it is.
 */
export async function outputFile(name: string): Promise<Output> {
  const existing = await stat(name).catch(ignoreMissing);
  if (existing?.isDirectory() === true) throw new Error(`${name} is a directory`);
  if (existing !== undefined && !existing.isFile()) {
    return new FileOutput(await open(name, constants.O_WRONLY));
  }
  const temporary = path.join(
    path.dirname(name),
    `.${path.basename(name).slice(0, 100)}.${randomBytes(6).toString('hex')}.part`,
  );
  return new FileOutput(await open(temporary, 'wx'), { temporary, name });
}

class FileOutput implements Output {
  readonly #handle: FileHandle;
  readonly #names: { readonly temporary: string; readonly name: string } | undefined;
  #open = true;

  constructor(handle: FileHandle, names?: { temporary: string; name: string }) {
    this.#handle = handle;
    this.#names = names;
  }

  async write(view: Uint8Array): Promise<void> {
    let rest = view;
    while (rest.length > 0) {
      const { bytesWritten } = await this.#handle.write(rest);
      rest = rest.subarray(bytesWritten);
    }
  }

  async finish(): Promise<void> {
    await this.#handle.close();
    if (this.#names !== undefined) await rename(this.#names.temporary, this.#names.name);
    this.#open = false;
  }

  async discard(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
    if (this.#names !== undefined) await unlink(this.#names.temporary).catch(ignoreMissing);
  }
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
