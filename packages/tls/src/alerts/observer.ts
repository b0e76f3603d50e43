import type { TlsAlertName } from '@netaccess/transport';

import { alertLevels } from './alert-record.ts';
import { alertNumber } from './alert-registry.ts';
import { Flow, type AlertSighting, type FlowOptions } from './flow.ts';
import { Negotiation } from './negotiation.ts';
import { recordTypes } from './record.ts';

export type { AlertSighting } from './flow.ts';

/**
 * Reads the alerts of one connection out of its bytes and key log, and knows nothing else of it. Whoever lends the bytes of a
 * handshake lends them record by record, so that the key log is ahead of them.
 */
export class TlsObserver {
  readonly #negotiation = new Negotiation();
  readonly #sent: Flow;
  readonly #received: Flow;

  /** `role`: the side whose bytes are "sent". */
  constructor(role: 'client' | 'server') {
    const shared = { negotiation: this.#negotiation, onTls13: () => this.#beginTls13() };
    const ways: readonly [FlowOptions['writer'], FlowOptions['writer']] =
      role === 'client' ? ['client', 'server'] : ['server', 'client'];
    this.#sent = new Flow({ ...shared, direction: 'sent', writer: ways[0] });
    this.#received = new Flow({ ...shared, direction: 'received', writer: ways[1] });
  }

  /** A line of the key log (RFC 9850), as the "keylog" event gives it; any time before the first record that needs it. */
  keyLog(line: Uint8Array): void {
    this.#negotiation.secrets.add(line);
  }

  /** The next bytes that came, however they are split. They are not kept. `undefined`: no alert ends in them. Never throws. */
  received(bytes: Uint8Array): readonly AlertSighting[] | undefined {
    return this.#received.observe(bytes);
  }

  /** The next bytes that left. */
  sent(bytes: Uint8Array): readonly AlertSighting[] | undefined {
    return this.#sent.observe(bytes);
  }

  /** Both sides had sent their first Finished; from now on bytes need not be split. */
  get handshakeDone(): boolean {
    return this.#negotiation.done;
  }

  /** Why one direction is not followed any more; it costs nothing then, and the other goes on. Alerts are never guessed. */
  get lost(): string | undefined {
    return this.#received.lost ?? this.#sent.lost;
  }

  /** A record with that alert, to be sent behind what was sent so far, and to be told of when it is. `undefined`: there are no keys. */
  sealAlert(level: 'warning' | 'fatal', name: TlsAlertName): Uint8Array | undefined {
    const content = Uint8Array.of(alertLevels[level], alertNumber(name));
    return this.#sent.seal(recordTypes.alert, content);
  }

  /** Overwrites all secrets; nothing is found from now on. */
  wipe(): void {
    this.#sent.close();
    this.#received.close();
    this.#negotiation.secrets.wipe();
  }

  #beginTls13(): void {
    const { agreement } = this.#negotiation;
    if (agreement === undefined) return;
    this.#sent.beginTls13(agreement);
    this.#received.beginTls13(agreement);
  }
}
