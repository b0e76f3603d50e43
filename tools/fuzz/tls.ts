import { TlsObserver } from '@netaccess/tls/observer';
import type { TlsAlert } from '@netaccess/transport';

import type { Dice } from './dice.ts';
import { mutate } from './mutate.ts';
import type { Target } from './target.ts';
import { tlsRecordings, type TlsRecording } from './tls-recordings.ts';

const recordings = tlsRecordings();
const writers = ['client', 'server'] as const;
type Writer = (typeof writers)[number];

/** Records, messages and parts of them. */
const tokens = [
  '\x15\x03\x03\x00\x02\x02\x28',
  '\x15\x03\x03\x00\x02\x01\x00',
  '\x15\x03\x03\x00\x01\x02',
  '\x15\x03\x03\x00\x04\x01\x5a\x02\x28',
  '\x14\x03\x03\x00\x01\x01',
  '\x16\x03\x03\x00\x04\x00\x00\x00\x00',
  '\x16\x03\x01\x00\x04\x01\x00\x00\x00',
  '\x16\x03\x03\x00\x04\x02\xff\xff\xff',
  '\x17\x03\x03\x00\x00',
  '\x17\x03\x03\x00\x13',
  '\x17\x03\x03\x48\x00',
  '\x17\x03\x03\xff\xff',
  '\x16\x03\x03',
  '\x03\x03',
  '\x03\x04',
  '\x13\x01',
  '\x00\x2b\x00\x02\x03\x04',
  '\x00\x16\x00\x00',
  '\x00\x2a\x00\x00',
  '\x18\x00\x00\x01\x00',
  '\x80\x2e\x01',
];

/** The TLS observer: a recorded connection of which one side's bytes are changed. The first two bytes say which. */
export const tls: Target = {
  name: 'tls',
  generate(dice: Dice) {
    const number = dice.below(recordings.length);
    const side = dice.below(writers.length);
    const bytes = writtenBy(at(number), writers[side] ?? 'client').toString('latin1');
    return Buffer.concat([Buffer.of(number, side), mutate(bytes, dice, tokens)]);
  },
  async observe(pieces) {
    const input = Buffer.concat(pieces);
    const recording = at(input[0] ?? 0);
    const writer = writers[(input[1] ?? 0) % writers.length] ?? 'client';
    const seen = observed(recording, writer, pieces);
    for (const alert of seen.alerts) {
      const there = alert.encrypted
        ? isOriginal(recording, alert)
        : isInClear(alert, alert.direction === sentBy(writer) ? input : undefined);
      if (!there) throw new Error(`an alert that was not there: ${JSON.stringify(alert)}`);
    }
    return JSON.stringify(seen);
  },
};

interface Seen {
  readonly alerts: readonly TlsAlert[];
  readonly lost: string | undefined;
}

/** The observer is the client's. */
const sentBy = (writer: Writer): TlsAlert['direction'] =>
  writer === 'client' ? 'sent' : 'received';

function at(number: number): TlsRecording {
  const recording = recordings[number % recordings.length];
  if (recording === undefined) throw new RangeError('no recordings');
  return recording;
}

function writtenBy({ turns }: TlsRecording, writer: Writer): Buffer {
  return Buffer.concat(turns.filter((turn) => turn.writer === writer).map(({ bytes }) => bytes));
}

/** Turn by turn; of the changed side, as many bytes as there were in the original, and at the end what is left. */
function observed(recording: TlsRecording, changed: Writer, pieces: readonly Buffer[]): Seen {
  const observer = new TlsObserver('client');
  for (const line of recording.keyLog) observer.keyLog(line);
  const queue = withoutStart(pieces, 2);
  const alerts: TlsAlert[] = [];
  const feed = (writer: Writer, bytes: Buffer): void => {
    for (const { alert } of observer[sentBy(writer)](bytes) ?? []) alerts.push(alert);
  };
  for (const { writer, bytes } of recording.turns) {
    if (writer !== changed) feed(writer, bytes);
    else for (const part of takeFrom(queue, bytes.length)) feed(changed, part);
  }
  for (const part of queue) feed(changed, part);
  return { alerts, lost: observer.lost };
}

function withoutStart(pieces: readonly Buffer[], count: number): Buffer[] {
  const queue = [...pieces];
  takeFrom(queue, count);
  return queue;
}

/** Takes that many bytes off the queue, in its pieces. */
function takeFrom(queue: Buffer[], count: number): readonly Buffer[] {
  const taken: Buffer[] = [];
  for (let left = count; left > 0;) {
    const first = queue.shift();
    if (first === undefined) break;
    taken.push(first.subarray(0, left));
    if (first.length > left) queue.unshift(first.subarray(left));
    left -= first.length;
  }
  return taken;
}

/** Nobody but who has the keys can make one. */
function isOriginal(recording: TlsRecording, alert: TlsAlert): boolean {
  const whole = observed(recording, 'client', [Buffer.alloc(2), writtenBy(recording, 'client')]);
  return whole.alerts.some(
    (one) => one.direction === alert.direction && one.number === alert.number,
  );
}

/** Its two bytes are somewhere in a record that calls itself an alert, or in two such. */
function isInClear({ number }: TlsAlert, input: Buffer | undefined): boolean {
  return input !== undefined && input.includes(21) && input.includes(number);
}
