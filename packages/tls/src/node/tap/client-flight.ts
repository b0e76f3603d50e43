const HEADER_BYTES = 5;
const handshakeRecord = 22;
const clientHello = 1;

/**
 * Whether what a client wants to send is more than a greeting: in TLS 1.2 its certificate, its share of the key or its Finished. What
 * a TLS 1.3 client sends in clear are greetings, alerts and the ChangeCipherSpec that means nothing.
 */
export function isClientFlight(flight: readonly Uint8Array[]): boolean {
  const bytes = flight.length === 1 && flight[0] ? flight[0] : Buffer.concat(flight);
  for (let at = 0; at + HEADER_BYTES < bytes.length;) {
    if (bytes[at] === handshakeRecord && bytes[at + HEADER_BYTES] !== clientHello) return true;
    at += HEADER_BYTES + ((bytes[at + 3] ?? 0) << 8) + (bytes[at + 4] ?? 0);
  }
  return false;
}
