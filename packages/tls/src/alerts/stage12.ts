import type { KeyLogSecrets } from './key-log-secrets.ts';
import type { Agreement } from './negotiation.ts';
import type { Protection } from './protection.ts';
import { protection12 } from './protection12.ts';
import { recordTypes } from './record.ts';
import type { Direction, SeenRecord, Stage } from './stage.ts';

/** TLS 1.2 from a ChangeCipherSpec to the next (RFC 5246 §7.1): types are to be seen, so application data is only counted. */
export class Stage12 implements Stage {
  readonly agreement: Agreement;
  readonly #secrets: KeyLogSecrets;
  readonly #direction: Direction;
  #sequence = 0;
  #keys: Protection | undefined;

  constructor(agreement: Agreement, secrets: KeyLogSecrets, direction: Direction) {
    this.agreement = agreement;
    this.#secrets = secrets;
    this.#direction = direction;
  }

  wants(type: number): boolean {
    if (this.#sequence === 0 && type === recordTypes.handshake) {
      // Finished is known by its place: OpenSSL may log the master secret only after it.
      this.#direction.finished();
    } else if (type !== recordTypes.applicationData) return true;
    this.#sequence += 1;
    return false;
  }

  open(bytes: Uint8Array): SeenRecord | undefined {
    const keys = this.#findKeys();
    if (keys === undefined) this.#direction.lose('a record came before its key was logged');
    const opened = keys?.open(bytes, this.#sequence);
    this.#sequence += 1;
    if (opened !== undefined) return { ...opened, encrypted: true };
    this.#direction.lose('a record does not fit its keys');
    return undefined;
  }

  seal(type: number, content: Uint8Array): Uint8Array | undefined {
    return this.#findKeys()?.seal(type, content, this.#sequence);
  }

  wipe(): void {
    this.#keys?.wipe();
    this.#keys = undefined;
  }

  #findKeys(): Protection | undefined {
    if (this.#keys !== undefined) return this.#keys;
    const masterSecret = this.#secrets.find('CLIENT_RANDOM', this.agreement.clientRandom);
    if (masterSecret === undefined) return undefined;
    this.#keys = protection12({ ...this.agreement, masterSecret }, this.#direction.writer);
    return this.#keys;
  }
}
