import { messageTypes } from './message-reader.ts';

/** NewSessionTicket, Certificate, CertificateRequest, CertificateVerify, Finished, KeyUpdate, CompressedCertificate: all that may follow a handshake. */
const laterTypes: ReadonlySet<number> = new Set([4, 11, 13, 15, 20, 24, 25]);
/** Its last byte asks for another one in return, or not. */
const keyUpdateStart = [messageTypes.keyUpdate, 0, 0, 1] as const;
const HEADER_BYTES = 4;
const KEY_UPDATE_BYTES = 5;
const nothing = new Uint8Array(0);

/** What a record says of the keys of the next. */
export type KeyUpdateFinding = 'none' | 'last' | 'not last';

/**
 * Finds KeyUpdate (RFC 8446 §4.6.3) in the records that are looked into after a handshake. Long ones are not, so a record may go on
 * with a message of which the start was not seen: what does not read as whole messages is ignored, unless it begins a KeyUpdate.
 */
export class KeyUpdateFinder {
  /** The beginning of one, at the end of the last record. */
  #begun: Uint8Array = nothing;

  find(content: Uint8Array): KeyUpdateFinding {
    const begun = this.#begun;
    this.#begun = nothing;
    const whole = begun.length === 0 ? content : Buffer.concat([begun, content]);
    const finding = this.#read(whole);
    return finding === 'none' && begun.length > 0 ? this.#read(content) : finding;
  }

  /** A record of another type came, or one that was not looked into. */
  reset(): void {
    this.#begun = nothing;
  }

  #read(content: Uint8Array): KeyUpdateFinding {
    let at = 0;
    let updates = false;
    while (at < content.length) {
      const end = endOfMessage(content, at);
      if (end === undefined) break;
      if (updates) return 'not last';
      updates = content[at] === messageTypes.keyUpdate;
      at = end;
    }
    const rest = content.subarray(at);
    if (rest.length === 0) return updates ? 'last' : 'none';
    if (updates) return 'none';
    if (rest.length < KEY_UPDATE_BYTES && startsKeyUpdate(rest))
      this.#begun = Uint8Array.from(rest);
    return 'none';
  }
}

/** Where the message that begins there ends, if it is one that may be there, and ends in the record. */
function endOfMessage(content: Uint8Array, at: number): number | undefined {
  const [type = 0, high = 0, middle = 0, low = 0] = content.subarray(at, at + HEADER_BYTES);
  const end = at + HEADER_BYTES + high * 65_536 + middle * 256 + low;
  if (!laterTypes.has(type) || end > content.length) return undefined;
  if (type !== messageTypes.keyUpdate) return end;
  return startsKeyUpdate(content.subarray(at, at + HEADER_BYTES)) ? end : undefined;
}

function startsKeyUpdate(bytes: Uint8Array): boolean {
  return bytes.every((byte, index) => index >= HEADER_BYTES || byte === keyUpdateStart[index]);
}
