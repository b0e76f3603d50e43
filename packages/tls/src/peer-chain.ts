import { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';

/** Servers that send more certificates than this are looked at no further. */
const LONGEST_CHAIN = 32;

/**
 * As far as the peer sent it and trusted certificates go on. Node finds the next one by its name and nothing else, so that it may be a
 * forged one, which OpenSSL did not go by. `getPeerX509Certificate` would take the leaf away on some Nodes.
 */
export function presentedChain(socket: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  // Node links a root to itself, and gives an empty object for none.
  while (next?.raw !== undefined && chain.length < LONGEST_CHAIN) {
    const { issuerCertificate }: DetailedPeerCertificate = next;
    chain.push(new X509Certificate(next.raw));
    next = issuerCertificate === next ? undefined : issuerCertificate;
  }
  return chain;
}

/** As far as each is signed by the next: a peer may send along whatever certificate it likes. */
export function linked(chain: readonly X509Certificate[]): readonly X509Certificate[] {
  const end = chain.findIndex((certificate, depth) => {
    const issuer = chain[depth + 1];
    return issuer === undefined || !certificate.verify(issuer.publicKey);
  });
  return chain.slice(0, end + 1);
}

/** Whether one of `trusted`, which is DER in base64, is in the chain or signed one of it: a peer may send a way to another root along. */
export function endsIn(trusted: ReadonlySet<string>, chain: readonly X509Certificate[]): boolean {
  if (chain.some(({ raw }) => trusted.has(raw.toString('base64')))) return true;
  const issuers = new Set(chain.map(({ issuer }) => issuer));
  return [...trusted].some((der) => {
    const root = new X509Certificate(Buffer.from(der, 'base64'));
    if (!issuers.has(root.subject)) return false;
    const below = chain.filter(({ issuer }) => issuer === root.subject);
    return below.some((certificate) => certificate.verify(root.publicKey));
  });
}
