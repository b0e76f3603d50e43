import type { TlsAlert } from '@netaccess/transport';

import { AlertReader, levelOf, type WireAlert } from './alert-record.ts';
import { describeAlert } from './alert-registry.ts';
import { MessageReader, messageTypes } from './message-reader.ts';
import type { Agreement, Negotiation } from './negotiation.ts';
import { PlainStage } from './plain-stage.ts';
import { RecordWalker, type RecordTaker } from './record-walker.ts';
import { recordTypes } from './record.ts';
import type { Direction, SeenRecord, Stage } from './stage.ts';
import { Stage12 } from './stage12.ts';
import { Stage13 } from './stage13.ts';

/** An alert, and where its record begins in the bytes that were given: 0, if that was in earlier ones. */
export interface AlertSighting {
  readonly alert: TlsAlert;
  readonly offset: number;
}

/** What the two directions have in common. */
export interface FlowOptions {
  readonly direction: TlsAlert['direction'];
  readonly writer: Direction['writer'];
  readonly negotiation: Negotiation;
  /** A ServerHello chose TLS 1.3: both directions are encrypted from here on. */
  readonly onTls13: () => void;
}

/** Everything that one side writes: records, what is in them, and with which keys the next is read. */
export class Flow implements RecordTaker, Direction {
  readonly writer: Direction['writer'];
  lost: string | undefined;
  readonly #options: FlowOptions;
  readonly #walker = new RecordWalker(this);
  readonly #messages = new MessageReader((type, body) => this.#message(type, body));
  readonly #alerts = new AlertReader();
  #stage: Stage;
  /** In the record being read keys changed, so that it must be over. */
  #keysChanged = false;
  #sightings: AlertSighting[] | undefined;

  constructor(options: FlowOptions) {
    this.writer = options.writer;
    this.#options = options;
    this.#stage = new PlainStage(options.negotiation, this);
  }

  /** The next bytes of this direction; nothing of them is kept. `undefined`: no alert ends in them. */
  observe(bytes: Uint8Array): readonly AlertSighting[] | undefined {
    this.#sightings = undefined;
    this.#walker.walk(bytes);
    return this.#sightings;
  }

  wants(type: number, length: number): boolean {
    return this.#stage.wants(type, length);
  }

  take(record: Uint8Array, offset: number): void {
    const stage = this.#stage;
    const seen = stage.open(record);
    if (seen?.type === recordTypes.handshake) this.#handshake(seen.content);
    else this.#messages.reset();
    if (seen?.type === recordTypes.alert) this.#alert(seen, offset);
    else this.#alerts.reset();
    if (seen?.type === recordTypes.changeCipherSpec) this.#changeCipherSpec();
  }

  notTls(): void {
    this.lose('its bytes are no record of TLS 1.2 or 1.3');
  }

  lose(reason: string): void {
    this.lost ??= `what was ${this.#options.direction} is not followed any more: ${reason}`;
    this.close();
  }

  finished(): void {
    this.#options.negotiation.finished(this.writer);
  }

  /** A whole record for the place behind what passed so far. */
  seal(type: number, content: Uint8Array): Uint8Array | undefined {
    return this.lost === undefined ? this.#stage.seal(type, content) : undefined;
  }

  /** Forgets keys and takes nothing more. */
  close(): void {
    this.#walker.stop();
    this.#messages.reset();
    this.#stage.wipe();
  }

  /** The ServerHello passed, in whichever direction. */
  beginTls13(agreement: Agreement): void {
    const { suite, clientRandom } = agreement;
    const { secrets, earlyData } = this.#options.negotiation;
    const before = this.#stage;
    if (!(before instanceof PlainStage) || !('stream' in suite)) {
      this.lose('TLS 1.3 was chosen where it cannot be');
      return;
    }
    const early =
      this.writer === 'client' && earlyData ? { records: before.earlyRecords } : undefined;
    this.#stage = new Stage13({ suite, clientRandom, secrets, early }, this);
    this.#keysChanged = true;
  }

  #handshake(content: Uint8Array): void {
    this.#keysChanged = false;
    if (!this.#messages.read(content)) this.lose('a handshake message is too long');
    if (this.#keysChanged && this.#messages.inside) this.#loseBehindKeys();
  }

  #message(type: number, body: Uint8Array): void {
    if (this.#keysChanged) this.#loseBehindKeys();
    if (this.lost !== undefined) return;
    if (this.#stage instanceof Stage13) this.#message13(this.#stage, type);
    else if (type === messageTypes.clientHello) this.#clientHello(body);
    else if (type === messageTypes.serverHello) this.#serverHello(body);
  }

  #message13(stage: Stage13, type: number): void {
    if (type !== messageTypes.finished) return;
    stage.finished();
    this.finished();
    this.#keysChanged = true;
  }

  #clientHello(body: Uint8Array): void {
    if (this.writer === 'client') this.#options.negotiation.propose(body);
  }

  #serverHello(body: Uint8Array): void {
    if (this.writer !== 'server') return;
    const { negotiation, onTls13 } = this.#options;
    negotiation.choose(body);
    if (negotiation.agreement?.version === 'TLSv1.3') onTls13();
  }

  #changeCipherSpec(): void {
    const { agreement, refusal, secrets } = this.#options.negotiation;
    if (refusal !== undefined) this.lose(refusal);
    // Before there is a ServerHello that chooses, it is what middleboxes want to see (RFC 8446 §D.4).
    if (agreement === undefined) return;
    const before = this.#stage;
    if (before instanceof Stage12 && before.agreement === agreement) {
      this.lose('keys change without a handshake');
      return;
    }
    before.wipe();
    this.#stage = new Stage12(agreement, secrets, this);
  }

  #alert({ content, encrypted }: SeenRecord, offset: number): void {
    const version = this.#stage instanceof Stage13 ? 'TLSv1.3' : undefined;
    for (const alert of this.#alerts.read(content, version)) {
      this.#sightings ??= [];
      this.#sightings.push({ alert: this.#describe(alert, encrypted), offset });
    }
  }

  #describe({ level, number }: WireAlert, encrypted: boolean): TlsAlert {
    const { direction, negotiation } = this.#options;
    const { name, text } = describeAlert(number);
    const phase = negotiation.done ? 'connected' : 'handshake';
    return { direction, level: levelOf(level), name, number, text, encrypted, phase };
  }

  #loseBehindKeys(): void {
    this.lose('a record goes on where its keys change');
  }
}
