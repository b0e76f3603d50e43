import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inspect } from 'node:util';

import { describe, expect, it } from 'vitest';

import type { Conversation, OpensslRecording } from './fixtures/openssl-peers.ts';
import { OpensslServer, opensslIsThere } from './fixtures/openssl-peers.ts';
import { observe } from './fixtures/recording.ts';

/** What both observers see and either log of OpenSSL does not say was sent, or the other way round, wherever the bytes are split. */
function disagreement({ passed, sent }: OpensslRecording): string | undefined {
  if (sent.client.length + sent.server.length === 0) return 'there was no alert';
  for (const size of [Infinity, 1]) {
    const split = (bytes: Uint8Array): readonly Uint8Array[] => piecesOf(bytes, size);
    for (const role of ['client', 'server'] as const) {
      const { alerts, observer } = observe(passed, { role, split, keyLog: 'first' });
      const by = (side: string): readonly string[] =>
        alerts
          .filter(({ direction }) => (direction === 'sent') === (side === role))
          .map(({ level, name }) => `${level} ${name}`);
      const found = inspect({ client: by('client'), server: by('server'), lost: observer.lost });
      const logged = inspect({ ...sent, lost: undefined });
      if (found !== logged) return `observed as ${role}: ${found}, logged: ${logged}`;
    }
  }
  return undefined;
}

function piecesOf(bytes: Uint8Array, size: number): readonly Uint8Array[] {
  if (size > bytes.length) return [bytes];
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}

/** Lines that pass both ways, and then the end. */
async function talkAndQuit(conversation: Conversation): Promise<void> {
  await lines(conversation, 'first');
  conversation.type('client', 'Q\n');
}

async function lines({ type, printed }: Conversation, text: string): Promise<void> {
  type('client', `${text} of the client\n`);
  await printed('server', `${text} of the client`);
  type('server', `${text} of the server\n`);
  await printed('client', `${text} of the server`);
}

/** A letter that s_client or s_server takes for a command, and lines behind it. */
function commands(...all: readonly (readonly ['client' | 'server', string, string])[]) {
  return async (conversation: Conversation): Promise<void> => {
    await lines(conversation, 'first');
    for (const [index, [side, letter, reaction]] of all.entries()) {
      conversation.type(side, `${letter}\n`);
      await conversation.printed(side, reaction);
      await lines(conversation, `line ${index}`);
    }
    conversation.type('client', 'Q\n');
  };
}

describe.skipIf(!opensslIsThere)(
  'what OpenSSL logs of the alerts that it sends is what is observed',
  () => {
    it.each([
      'ECDHE-ECDSA-ARIA128-GCM-SHA256',
      'ECDHE-ECDSA-ARIA256-GCM-SHA384',
      'ECDHE-ECDSA-CAMELLIA128-SHA256',
      'ECDHE-ECDSA-CAMELLIA256-SHA384',
      'ECDHE-ECDSA-AES256-SHA',
      'ECDHE-ECDSA-AES128-CCM8',
      'PSK-AES256-CBC-SHA384',
      'DHE-PSK-CHACHA20-POLY1305',
      'PSK-NULL-SHA256',
    ])('with %s', async (suite) => {
      const both = ['-tls1_2', '-cipher', `${suite}:@SECLEVEL=0`, '-psk', '0011223344556677'];
      const server = await OpensslServer.listen(both);
      expect(
        disagreement(await server.converse({ client: both, talk: talkAndQuit })),
      ).toBeUndefined();
    });

    it('with CBC without encrypt-then-MAC', async () => {
      const both = ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES256-SHA384', '-no_etm'];
      const server = await OpensslServer.listen(both);
      expect(
        disagreement(await server.converse({ client: both, talk: talkAndQuit })),
      ).toBeUndefined();
    });

    it.each(['64', '512', '4096'])('with records padded to %s', async (block) => {
      const both = ['-tls1_3', '-record_padding', block];
      const server = await OpensslServer.listen(both);
      expect(
        disagreement(await server.converse({ client: both, talk: talkAndQuit })),
      ).toBeUndefined();
    });

    it.each(['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_CCM_8_SHA256'])(
      'across updates of keys by either side, asked for or not: %s',
      async (suite) => {
        const both = ['-tls1_3', '-ciphersuites', suite, '-cipher', 'DEFAULT:@SECLEVEL=0'];
        const server = await OpensslServer.listen(both);
        const talk = commands(
          ['client', 'k', 'KEYUPDATE'],
          ['client', 'K', 'KEYUPDATE'],
          ['server', 'k', ', KeyUpdate'],
          ['server', 'K', ', KeyUpdate'],
          ['client', 'K', 'KEYUPDATE'],
        );
        expect(disagreement(await server.converse({ client: both, talk }))).toBeUndefined();
      },
    );

    it('across updates of keys in padded records', async () => {
      const both = ['-tls1_3', '-record_padding', '2000'];
      const server = await OpensslServer.listen(both);
      const talk = commands(['client', 'K', 'KEYUPDATE'], ['server', 'K', ', KeyUpdate']);
      expect(disagreement(await server.converse({ client: both, talk }))).toBeUndefined();
    });

    it('across renegotiations that either side asks for', async () => {
      const server = await OpensslServer.listen(['-tls1_2', '-client_renegotiation']);
      const talk = commands(
        ['client', 'R', 'RENEGOTIATING'],
        ['server', 'r', 'SSL_do_handshake'],
        ['client', 'R', 'RENEGOTIATING'],
      );
      expect(disagreement(await server.converse({ client: ['-tls1_2'], talk }))).toBeUndefined();
    });

    it('after a handshake in records of 512 bytes', async () => {
      for (const version of ['-tls1_2', '-tls1_3']) {
        const both = [version, '-max_send_frag', '512'];
        const server = await OpensslServer.listen(both);
        expect(
          disagreement(await server.converse({ client: both, talk: talkAndQuit })),
        ).toBeUndefined();
      }
    });

    it('after authentication behind the handshake', async () => {
      const server = await OpensslServer.listen(['-tls1_3', '-verify', '1']);
      const client = ['-tls1_3', '-enable_pha', '-cert', 'cert.pem', '-key', 'key.pem'];
      expect(
        disagreement(
          await server.converse({ client, talk: commands(['server', 'c', 'SSL_do_handshake']) }),
        ),
      ).toBeUndefined();
    });

    it('after early data, accepted or refused', async () => {
      const server = await OpensslServer.listen(['-tls1_3', '-early_data']);
      const session = ['-tls1_3', '-sess_out', 'session.pem'];
      expect(
        disagreement(await server.converse({ client: session, talk: talkAndQuit })),
      ).toBeUndefined();
      await writeFile(path.join(server.folder, 'early'), 'early data\n'.repeat(1000));
      const again = ['-tls1_3', '-sess_in', 'session.pem', '-early_data', 'early'];
      for (const verdict of ['accepted', 'rejected']) {
        const talk = async (conversation: Conversation): Promise<void> => {
          await conversation.printed('client', `Early data was ${verdict}`);
          await talkAndQuit(conversation);
        };
        expect(disagreement(await server.converse({ client: again, talk }))).toBeUndefined();
      }
    });

    it('when it refuses the certificate of the server, of the client, or the lack of one', async () => {
      for (const version of ['-tls1_2', '-tls1_3']) {
        const open = await OpensslServer.listen([version]);
        const strict = [version, '-verify_return_error', '-CAfile', 'cert.pem'];
        expect(disagreement(await open.converse({ client: strict }))).toBeUndefined();
        const asking = [
          version,
          '-Verify',
          '1',
          '-verify_return_error',
          '-no-CAfile',
          '-no-CApath',
        ];
        const closed = await OpensslServer.listen(asking);
        expect(disagreement(await closed.converse({ client: [version] }))).toBeUndefined();
        const known = [version, '-cert', 'cert.pem', '-key', 'key.pem'];
        expect(disagreement(await closed.converse({ client: known }))).toBeUndefined();
      }
    });

    it('when there is nothing to agree on', async () => {
      const server = await OpensslServer.listen(['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-SHA']);
      expect(disagreement(await server.converse({ client: ['-tls1_3'] }))).toBeUndefined();
      expect(
        disagreement(
          await server.converse({ client: ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES256-SHA'] }),
        ),
      ).toBeUndefined();
    });
  },
);
