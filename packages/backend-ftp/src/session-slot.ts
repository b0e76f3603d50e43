import type { SessionSlot } from '@netaccess/transport';

/** Servers send one or two tickets for each connection. */
const KEPT_SESSIONS = 4;

/**
 * The TLS sessions of one control connection, which its data connections resume. The oldest goes first, for tickets of TLS 1.3 serve
 * once; the last is kept, for some servers give no new one to those who resume.
 */
export function controlSessions(): SessionSlot {
  const sessions: Uint8Array[] = [];
  return {
    take: () => (sessions.length > 1 ? sessions.shift() : sessions[0]),
    put(session) {
      sessions.push(session);
      if (sessions.length > KEPT_SESSIONS) sessions.shift();
    },
  };
}
