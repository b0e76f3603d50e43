import type { Body, Reply } from '@netaccess/core';

import type { CacheFacts } from './attributes.ts';

/** Of a reply in which the cache had no part. */
export const bypassed: CacheFacts = Object.freeze({ source: 'network', outcome: 'bypass' });
/** Of a reply that is the peer's, because nothing stored would do. */
export const missed: CacheFacts = Object.freeze({ source: 'network', outcome: 'miss' });

/** The reply, saying what the cache did. */
export function replyWithFacts(reply: Reply, cache: CacheFacts): Reply {
  return reply.with({ head: { attributes: { ...reply.attributes, cache } } });
}

/** The same; `onClose` is called when its body is closed. */
export function handedReply(
  reply: Reply,
  cache: CacheFacts,
  onClose: (() => void) | undefined,
): Reply {
  const head = { attributes: { ...reply.attributes, cache } };
  if (onClose === undefined) return reply.with({ head });
  return reply.with({ head, body: (source) => toldOfClose(source, onClose) });
}

function toldOfClose(source: Body, onClose: () => void): Body {
  return {
    readPointer: () => source.readPointer(),
    advanceReadPointer: (distance) => source.advanceReadPointer(distance),
    close() {
      onClose();
      return Promise.resolve();
    },
  };
}
