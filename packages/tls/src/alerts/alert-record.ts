import type { TlsAlert } from '@netaccess/transport';

/** An alert as it is on the wire (RFC 8446 §6). */
export interface WireAlert {
  readonly level: number;
  readonly number: number;
}

const ALERT_BYTES = 2;
/** TLS 1.2 sets no limit to alerts in one record; no implementation sends two. */
const MOST_ALERTS_BYTES = 64;

/** AlertLevel on the wire (RFC 8446 §6). */
export const alertLevels = { warning: 1, fatal: 2 } as const;

/** The word for a level. */
export function levelOf(level: number): TlsAlert['level'] {
  if (level === alertLevels.warning) return 'warning';
  return level === alertLevels.fatal ? 'fatal' : 'unknown';
}

/** Alerts in the contents of records, in order. TLS 1.2 may split and join them (RFC 5246 §6.2.1), TLS 1.3 must not (RFC 8446 §5.1). */
export class AlertReader {
  /** The level of an alert whose rest is in the next record. */
  #begun: number | undefined;

  /** One record's content; empty: it has no whole alert, or is no list of alerts at all. */
  read(content: Uint8Array, version: 'TLSv1.2' | 'TLSv1.3' | undefined): readonly WireAlert[] {
    const begun = this.#begun;
    this.#begun = undefined;
    if (version === 'TLSv1.3') return content.length === ALERT_BYTES ? pairs(content) : [];
    const all = begun === undefined ? content : Uint8Array.of(begun, ...content);
    if (all.length === ALERT_BYTES) return pairs(all);
    if (all.length > MOST_ALERTS_BYTES) return [];
    if (all.some((byte, index) => index % 2 === 0 && levelOf(byte) === 'unknown')) return [];
    if (all.length % 2 === 1) this.#begun = all.at(-1);
    return pairs(all);
  }

  /** A record of another type came. */
  reset(): void {
    this.#begun = undefined;
  }
}

function pairs(bytes: Uint8Array): readonly WireAlert[] {
  return Array.from({ length: Math.floor(bytes.length / ALERT_BYTES) }, (_, index) => ({
    level: bytes[2 * index] ?? 0,
    number: bytes[2 * index + 1] ?? 0,
  }));
}
