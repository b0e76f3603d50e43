import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { recordTypes } from '../../src/alerts/record.ts';
import { keyUpdate, message, ScriptedPeers } from './fixtures/scripted-peers.ts';

const { alert, applicationData, changeCipherSpec, handshake } = recordTypes;

/** What a server may write after the handshake. */
type Step =
  | { readonly kind: 'data'; readonly length: number; readonly padding: number }
  | {
      readonly kind: 'alert';
      readonly level: number;
      readonly number: number;
      readonly padding: number;
    }
  | { readonly kind: 'ticket'; readonly length: number; readonly record: number }
  | { readonly kind: 'update'; readonly cut: number }
  | { readonly kind: 'change' };

const padding = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  fc.integer({ min: 1, max: 900 }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('data' as const),
    length: fc.oneof(
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 900, max: 1200 }),
      fc.constant(16_384),
    ),
    padding,
  }),
  fc.record({
    kind: fc.constant('alert' as const),
    level: fc.nat(255),
    number: fc.nat(255),
    padding,
  }),
  fc.record({
    kind: fc.constant('ticket' as const),
    length: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 2000, max: 4000 })),
    record: fc.integer({ min: 100, max: 3000 }),
  }),
  fc.record({ kind: fc.constant('update' as const), cut: fc.integer({ min: 0, max: 4 }) }),
  fc.record({ kind: fc.constant('change' as const) }),
);

/** The records of a step, as a server seals them. */
function recordsOf(peers: ScriptedPeers, one: Step): Uint8Array[] {
  const seal = (type: number, content: Uint8Array, zeros = 0): Uint8Array =>
    peers.seal('server', type, content, zeros);
  if (one.kind === 'data')
    return [seal(applicationData, new Uint8Array(one.length).fill(21), one.padding)];
  if (one.kind === 'alert') return [seal(alert, Uint8Array.of(one.level, one.number), one.padding)];
  if (one.kind === 'change') return [Uint8Array.of(changeCipherSpec, 3, 3, 0, 1, 1)];
  if (one.kind === 'ticket') {
    return piecesOf(message(4, new Uint8Array(one.length).fill(24)), one.record).map((part) =>
      seal(handshake, part),
    );
  }
  const parts = [keyUpdate.subarray(0, one.cut), keyUpdate.subarray(one.cut)];
  const records = parts.filter((part) => part.length > 0).map((part) => seal(handshake, part));
  peers.updateKeys('server');
  return records;
}

function piecesOf(bytes: Uint8Array, size: number): Uint8Array[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}

describe('any traffic after the handshake', () => {
  it.each([0x1301, 0x1302, 0x1303, 0x1304, 0x1305])(
    'leaves just its alerts behind, in order, however it is split: suite %i',
    (suite) => {
      fc.assert(
        fc.property(
          fc.array(step, { maxLength: 25 }),
          fc.integer({ min: 1, max: 20_000 }),
          (steps, size) => {
            const peers = new ScriptedPeers(suite).hello().finish();
            const bytes = Buffer.concat(steps.flatMap((one) => recordsOf(peers, one)));
            const seen = piecesOf(bytes, size).flatMap((part) => peers.pass('server', part));
            const sent = steps.filter((one) => one.kind === 'alert');
            expect(seen.map((one) => one.alert.number)).toEqual(sent.map(({ number }) => number));
            expect(peers.observer.lost).toBeUndefined();
          },
        ),
        { numRuns: 60 },
      );
    },
  );
});
