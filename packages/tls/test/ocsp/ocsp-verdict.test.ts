import { generateKeyPairSync } from 'node:crypto';

import { issue } from '@netaccess/test-servers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  OCSP_CLOCK_SKEW_MILLISECONDS,
  OCSP_REPLY_BYTES,
  OCSP_UNDATED_MILLISECONDS,
  ocspVerdict,
} from '../../src/ocsp/ocsp-verdict.ts';
import { ocspReply, type ReplyPlan } from './replies.ts';

const root = issue({ subject: 'root', authority: {} });
const foreign = issue({ subject: 'root', authority: {} });
const leaf = issue({ subject: 'leaf', issuer: root });
const sibling = issue({ subject: 'leaf', issuer: root });
const responder = issue({ subject: 'responder', issuer: root, purposes: ['ocsp'] });
const now = Date.now();
const hour = 3_600_000;

function verdictOf(plan: Partial<ReplyPlan>, at: number = now): ReturnType<typeof ocspVerdict> {
  const reply = ocspReply({ certificate: leaf, issuer: root, ...plan });
  return ocspVerdict(reply, { certificate: leaf.certificate, issuer: root.certificate }, at);
}

describe('a stapled OCSP reply', () => {
  it('that is absent says so', () => {
    for (const reply of [null, undefined, new Uint8Array(0)]) {
      const asked = { certificate: leaf.certificate, issuer: root.certificate };
      expect(ocspVerdict(reply, asked, now)).toMatchObject({
        state: 'absent',
        error: 'ocsp-no-response-found',
      });
    }
  });

  it('says good, revoked or unknown when the issuer has signed it', () => {
    expect(verdictOf({})).toMatchObject({ state: 'good' });
    expect(verdictOf({ status: 'revoked' })).toMatchObject({ state: 'revoked' });
    expect(verdictOf({ status: 'unknown' })).toMatchObject({ state: 'unknown' });
  });

  it('that says two things of it says revoked, or else the newer', () => {
    const others = [{ certificate: leaf, issuer: root }];
    expect(verdictOf({ others, status: 'revoked' })).toMatchObject({ state: 'revoked' });
    const old = [{ certificate: leaf, issuer: root, thisUpdate: now - 2 * hour }];
    expect(verdictOf({ others: old, status: 'unknown' })).toMatchObject({ state: 'unknown' });
    const about = [{ certificate: sibling, issuer: root, status: 'revoked' as const }];
    expect(verdictOf({ others: about })).toMatchObject({ state: 'good' });
  });

  it('signed with SHA-1 is believed if it says revoked, and no further', () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const old = { ...root, privateKey };
    const verdict = (status: 'good' | 'revoked'): ReturnType<typeof ocspVerdict> => {
      const reply = ocspReply({ certificate: leaf, issuer: root, signer: old, status });
      const issuer = new Proxy(root.certificate, {
        get: (one, name) => (name === 'publicKey' ? publicKey : Reflect.get(one, name, one)),
      });
      return ocspVerdict(reply, { certificate: leaf.certificate, issuer }, now);
    };
    expect(verdict('revoked')).toMatchObject({ state: 'revoked' });
    expect(verdict('good')).toMatchObject({
      state: 'invalid',
      problem: expect.stringContaining('SHA-1'),
    });
  });

  it('may be signed by one whom the issuer trusts with just that', () => {
    expect(verdictOf({ signer: responder, sent: true })).toMatchObject({ state: 'good' });
  });

  it('proves nothing when somebody else has signed it', () => {
    const wrong = /neither the issuer/u;
    const self = issue({ subject: 'responder', purposes: ['ocsp'] });
    const server = issue({ subject: 'responder', issuer: root, purposes: ['server'] });
    const late = issue({
      subject: 'responder',
      issuer: root,
      purposes: ['ocsp'],
      notBefore: new Date(now - 2 * hour),
      notAfter: new Date(now - hour),
    });
    const posing = issue({ subject: 'responder', issuer: foreign, purposes: ['ocsp'] });
    for (const signer of [foreign, self, server, late, posing, leaf]) {
      const { state, problem } = verdictOf({ signer, sent: true });
      expect(state).toBe('invalid');
      expect(problem).toMatch(wrong);
    }
    expect(verdictOf({ signer: responder, sent: false }).problem).toMatch(wrong);
  });

  it('proves nothing about another certificate', () => {
    expect(verdictOf({ certificate: sibling }).problem).toMatch(/another certificate/u);
  });

  it('proves nothing without a known issuer', () => {
    const reply = ocspReply({ certificate: leaf, issuer: root });
    const asked = { certificate: leaf.certificate, issuer: undefined };
    expect(ocspVerdict(reply, asked, now)).toMatchObject({ state: 'invalid' });
  });

  it('holds from its time to its time, as far as clocks agree', () => {
    const skew = OCSP_CLOCK_SKEW_MILLISECONDS;
    const dates = { thisUpdate: now, nextUpdate: now + hour };
    expect(verdictOf(dates, now - skew / 2).state).toBe('good');
    expect(verdictOf(dates, now - 2 * skew).problem).toMatch(/future/u);
    expect(verdictOf(dates, now + hour + skew / 2).state).toBe('good');
    expect(verdictOf(dates, now + hour + 2 * skew).problem).toMatch(/out of date/u);
  });

  it('without an end holds for a day', () => {
    const plan = { thisUpdate: now, nextUpdate: undefined };
    expect(verdictOf(plan, now + OCSP_UNDATED_MILLISECONDS).state).toBe('good');
    const late = now + OCSP_UNDATED_MILLISECONDS + 2 * OCSP_CLOCK_SKEW_MILLISECONDS;
    expect(verdictOf(plan, late).state).toBe('invalid');
  });

  it('of a revocation never gets old', () => {
    const late = now + 100 * hour;
    expect(verdictOf({ status: 'revoked' }, late).state).toBe('revoked');
  });

  it('that is a refusal says why', () => {
    expect(verdictOf({ refusal: 3 })).toMatchObject({
      error: 'ocsp-try-later',
      problem: 'the responder is busy',
    });
  });

  it('that is too long is not read', () => {
    const asked = { certificate: leaf.certificate, issuer: root.certificate };
    const verdict = ocspVerdict(new Uint8Array(OCSP_REPLY_BYTES + 1), asked, now);
    expect(verdict).toMatchObject({ state: 'invalid', problem: 'it is too long' });
  });

  it('that was changed anywhere proves nothing', () => {
    const reply = ocspReply({ certificate: leaf, issuer: root, signer: responder, sent: true });
    const asked = { certificate: leaf.certificate, issuer: root.certificate };
    const change = fc.tuple(fc.nat(reply.length - 1), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(change, ([at, by]) => {
        const changed = Buffer.from(reply);
        changed[at] = (changed[at] ?? 0) ^ by;
        const { state } = ocspVerdict(changed, asked, now);
        expect(state).toBe('invalid');
      }),
      { numRuns: 300 },
    );
  });

  it('that is any bytes at all never throws', () => {
    const asked = { certificate: leaf.certificate, issuer: root.certificate };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(ocspVerdict(bytes, asked, now).state).not.toBe('good');
      }),
    );
  });
});
