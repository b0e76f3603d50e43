import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { AlertSighting } from '../../src/alerts/observer.ts';
import { recordTypes } from '../../src/alerts/record.ts';
import { MOST_PEEKED_BYTES } from '../../src/alerts/stage13.ts';
import { connected, linesFirst, observe, told } from './fixtures/recording.ts';
import {
  fatalAlert,
  finished,
  keyUpdate,
  message,
  ScriptedPeers,
} from './fixtures/scripted-peers.ts';

const { alert, applicationData, changeCipherSpec, handshake } = recordTypes;
const numbersOf = (sightings: readonly AlertSighting[]): readonly number[] =>
  sightings.map((sighting) => sighting.alert.number);
const connectedPeers = (): ScriptedPeers => new ScriptedPeers().hello().finish();
const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7);

describe('what the observer does not take for an alert', () => {
  it('is one in clear among encrypted records; the other direction goes on', () => {
    const peers = connectedPeers();
    expect(peers.clear('server', alert, fatalAlert)).toEqual([]);
    expect(peers.observer.lost).toContain('what was received is not followed any more');
    expect(peers.sealed('server', alert, fatalAlert)).toEqual([]);
    expect(numbersOf(peers.sealed('client', alert, fatalAlert))).toEqual([40]);
  });
  it('is one in clear of a client that has encrypted before, though one that has not may', () => {
    const peers = new ScriptedPeers().hello();
    expect(numbersOf(peers.clear('client', alert, fatalAlert))).toEqual([40]);
    peers.sealed('client', handshake, message(11, bytes(10)));
    expect(peers.clear('client', alert, fatalAlert)).toEqual([]);
  });
  it('is one of which a bit is changed', () => {
    const length = connectedPeers().seal('server', alert, fatalAlert).length;
    for (let bit = 0; bit < length * 8; bit += 1) {
      const peers = connectedPeers();
      const record = peers.seal('server', alert, fatalAlert);
      record[bit >> 3]! ^= 1 << (bit & 7);
      expect(peers.pass('server', record)).toEqual([]);
    }
  });
  it('is one that is sent again, or at another place', () => {
    const peers = connectedPeers();
    const record = peers.seal('server', alert, fatalAlert);
    expect(numbersOf(peers.pass('server', record))).toEqual([40]);
    expect(peers.pass('server', record)).toEqual([]);
    expect(peers.observer.lost).toContain('a record does not fit its keys');
  });
  it('is one of the other direction', () => {
    const peers = connectedPeers();
    expect(peers.pass('server', peers.seal('client', alert, fatalAlert))).toEqual([]);
  });
  it('is half of one, or two, in a record of TLS 1.3 (RFC 8446 §5.1)', () => {
    const peers = connectedPeers();
    expect(peers.sealed('server', alert, Uint8Array.of(2))).toEqual([]);
    expect(peers.sealed('server', alert, Uint8Array.of(40))).toEqual([]);
    expect(peers.sealed('server', alert, Uint8Array.of(2, 40, 2, 40))).toEqual([]);
    expect(peers.observer.lost).toBeUndefined();
    expect(numbersOf(peers.sealed('server', alert, fatalAlert))).toEqual([40]);
  });
  it('is application data that looks like one', () => {
    const peers = connectedPeers();
    expect(peers.sealed('server', applicationData, Buffer.of(21, 3, 3, 0, 2, 2, 40))).toEqual([]);
    expect(peers.sealed('server', applicationData, Buffer.of(2, 40, 21))).toEqual([]);
    expect(numbersOf(peers.sealed('server', alert, fatalAlert))).toEqual([40]);
  });
});

describe('a record in which keys change', () => {
  it('must end there (RFC 8446 §5.1)', () => {
    for (const more of [message(11), message(11).subarray(0, 2)]) {
      const peers = new ScriptedPeers().hello();
      peers.sealed('server', handshake, Buffer.concat([finished, more]));
      expect(peers.observer.lost).toContain('a record goes on where its keys change');
    }
  });
});

describe('the observer of padded records', () => {
  it('sees an alert under any padding that is shorter than what is looked into', () => {
    for (const padding of [1, 14, 15, 16, 17, 100, MOST_PEEKED_BYTES - 19]) {
      expect(numbersOf(connectedPeers().sealed('server', alert, fatalAlert, padding))).toEqual([
        40,
      ]);
    }
  });
  it('misses one that is padded longer by a peer that never padded before, and keeps the count', () => {
    const peers = connectedPeers();
    expect(peers.sealed('server', alert, fatalAlert, MOST_PEEKED_BYTES)).toEqual([]);
    expect(numbersOf(peers.sealed('server', alert, fatalAlert))).toEqual([40]);
  });
  it('looks into everything of a peer that has padded once', () => {
    const peers = connectedPeers();
    peers.sealed('server', applicationData, bytes(10), 30);
    expect(numbersOf(peers.sealed('server', alert, fatalAlert, 16_000))).toEqual([40]);
  });
});

describe('the observer of updates of keys', () => {
  const seenBehind = (peers: ScriptedPeers): readonly number[] => {
    peers.updateKeys('server');
    peers.sealed('server', applicationData, bytes(5000));
    return numbersOf(peers.sealed('server', alert, fatalAlert));
  };
  it('follows a hundred of them', () => {
    const peers = connectedPeers();
    for (let update = 0; update < 100; update += 1) {
      peers.sealed('server', handshake, keyUpdate);
      expect(seenBehind(peers)).toEqual([40]);
    }
  });
  it('follows one that is split, and one behind a ticket in the same record', () => {
    const peers = connectedPeers();
    peers.sealed('server', handshake, keyUpdate.subarray(0, 2));
    peers.sealed('server', handshake, keyUpdate.subarray(2));
    expect(seenBehind(peers)).toEqual([40]);
    peers.sealed('server', handshake, Buffer.concat([message(4, bytes(200)), keyUpdate]));
    expect(seenBehind(peers)).toEqual([40]);
  });
  it('follows one behind tickets that are too long to be looked into, or fill several records', () => {
    const peers = connectedPeers();
    peers.sealed('server', handshake, message(4, bytes(3000)));
    peers.sealed('server', handshake, keyUpdate);
    expect(seenBehind(peers)).toEqual([40]);
    const long = message(4, bytes(20_000));
    peers.sealed('server', handshake, long.subarray(0, 16_000));
    peers.sealed('server', handshake, long.subarray(16_000));
    peers.sealed('server', handshake, keyUpdate);
    expect(seenBehind(peers)).toEqual([40]);
  });
  it('stops where a record goes on behind one, which is forbidden (RFC 8446 §5.1)', () => {
    const peers = connectedPeers();
    peers.sealed('server', handshake, Buffer.concat([keyUpdate, message(4)]));
    expect(peers.observer.lost).toContain('a record goes on where its keys change');
  });
  it('notices at the next short record that it missed one', () => {
    const peers = connectedPeers();
    peers.sealed('server', handshake, keyUpdate, MOST_PEEKED_BYTES);
    peers.updateKeys('server');
    let passed = 0;
    while (peers.observer.lost === undefined && passed < 50) {
      passed += 1;
      expect(peers.sealed('server', alert, fatalAlert)).toEqual([]);
    }
    expect(peers.observer.lost).toContain('a record does not fit its keys');
  });
});

describe('the observer of early data', () => {
  it('steps over what is refused, and sees what follows', () => {
    const peers = new ScriptedPeers().hello({ earlyData: true, unlogged: /EARLY/u });
    for (let more = 0; more < 3; more += 1) peers.sealed('client', applicationData, bytes(1000));
    peers.useSecret('client', 'CLIENT_HANDSHAKE_TRAFFIC_SECRET');
    peers.finish();
    expect(peers.observer.lost).toBeUndefined();
    expect(numbersOf(peers.sealed('client', alert, fatalAlert))).toEqual([40]);
  });
  it('sees an alert among what is accepted', () => {
    const peers = new ScriptedPeers().hello({ earlyData: true });
    peers.sealed('client', applicationData, bytes(1000));
    expect(numbersOf(peers.sealed('client', alert, fatalAlert))).toEqual([40]);
  });
});

describe('the observer that cannot go on', () => {
  it('says which key was not logged, and sees what is in clear before', () => {
    const peers = new ScriptedPeers();
    expect(numbersOf(peers.clear('server', alert, Uint8Array.of(1, 112)))).toEqual([112]);
    peers.hello({ unlogged: /SERVER/u });
    peers.sealed('server', handshake, message(8, bytes(2)));
    expect(peers.observer.lost).toBe(
      'what was received is not followed any more: a record came before its key was logged',
    );
  });
  it('says what it does not know, once it matters', () => {
    for (const hellos of [{ suite: 0x1307 }, { version: 0x0302, suite: 0x002f }]) {
      const peers = new ScriptedPeers().hello(hellos);
      expect(numbersOf(peers.clear('client', alert, fatalAlert))).toEqual([40]);
      if (hellos.version !== undefined) peers.clear('server', changeCipherSpec, Uint8Array.of(1));
      peers.clear('server', applicationData, bytes(30));
      expect(peers.observer.lost).toContain('is not known here');
      expect(peers.sealed('server', alert, fatalAlert)).toEqual([]);
    }
  });
  it('finds nothing, and seals nothing, once it is wiped', () => {
    const peers = connectedPeers();
    expect(peers.observer.sealAlert('fatal', 'internal_error')).toBeDefined();
    peers.observer.wipe();
    expect(peers.observer.sealAlert('fatal', 'internal_error')).toBeUndefined();
    expect(peers.sealed('server', alert, fatalAlert)).toEqual([]);
  });
});

describe('the observer of a peer that means harm', () => {
  it('is done with a megabyte of the smallest records soon, whatever they are', () => {
    const floods: readonly ((peers: ScriptedPeers) => Uint8Array)[] = [
      (peers) => peers.seal('server', applicationData, bytes(1)),
      (peers) => peers.seal('server', handshake, message(4)),
      () => Uint8Array.of(changeCipherSpec, 3, 3, 0, 1, 1),
      (peers) => peers.seal('server', applicationData, bytes(0), 900),
    ];
    for (const next of floods) {
      const peers = connectedPeers();
      const records = Array.from({ length: 1000 }, () => next(peers));
      const start = performance.now();
      for (const record of records) peers.pass('server', record);
      expect(performance.now() - start).toBeLessThan(2000);
      expect(peers.observer.lost).toBeUndefined();
    }
  });

  it('never throws, and never sees more alerts than there were, whatever is changed', async () => {
    const { client, server, passed } = await connected({ both: { minVersion: 'TLSv1.3' } });
    await told(server, client);
    const turns = linesFirst(passed);
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(255)), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(changes, (all) => {
        const changed = turns.map((one) =>
          'line' in one ? one : { ...one, bytes: Uint8Array.from(one.bytes) },
        );
        const written = changed.filter((one) => 'bytes' in one);
        for (const [turn, at, byte] of all) {
          const target = written[turn % written.length]?.bytes;
          if (target !== undefined) target[at % target.length] = byte;
        }
        for (const { encrypted } of observe(changed).alerts) expect(encrypted).toBe(false);
      }),
      { numRuns: 100 },
    );
  });
});
