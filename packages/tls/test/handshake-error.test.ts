import { describe, expect, it } from 'vitest';

import { describeAlert } from '../src/alerts/alert-registry.ts';
import { handshakeFailure, handshakeReason, lostConnection } from '../src/handshake-error.ts';

const alert = (number: number): Parameters<typeof lostConnection>[2] => ({
  ...describeAlert(number),
  number,
  level: 'fatal',
});

describe('an alert of the peer', () => {
  it('is on the failure, and on its cause', () => {
    const seen = alert(116);
    const failure = handshakeFailure('host:443', 'the server sent it', { alert: seen });
    expect(failure).toMatchObject({ alert: seen, cause: { alert: seen } });
  });

  it.each([116, 48, 42, 40, 49, 51])(
    'that may be about the certificate of this side, as %i, ends the handshake afterwards, too',
    (number) => {
      const failure = lostConnection(new Error('lost'), 'host:443', alert(number));
      expect(failure).toMatchObject({ code: 'tls-handshake-failed', alert: { number } });
      expect(failure.message).toContain(`the server sent ${describeAlert(number).name}`);
    },
  );

  it.each([10, 20, 80, 109])(
    'that is about something else, as %i, ends the connection',
    (number) => {
      const failure = lostConnection(new Error('lost'), 'host:443', alert(number));
      expect(failure).toMatchObject({ code: 'protocol-failure', alert: { number } });
      expect(failure).toMatchObject({ cause: { alert: { number } } });
      const { name, text } = describeAlert(number);
      expect(failure.message).toBe(
        `the secured connection to host:443 was given up: the server sent ${name}: ${text}`,
      );
    },
  );

  it('about protocols names those that were offered, if any were', () => {
    const reason = (alpn?: readonly string[]): string =>
      handshakeReason(new Error('refused'), { alpn }, alert(120));
    expect(reason(['h2', 'x'])).toContain('none of the offered protocols (h2, x)');
    expect(reason()).toContain('it wants a protocol to be offered');
  });
});
