import type { TlsAlertName } from '@netaccess/transport';

interface RegisteredAlert {
  readonly number: number;
  readonly name: TlsAlertName;
  /** A sentence for people about the one who sent it. */
  readonly text: string;
}

/** IANA's TLS Alerts: number, name without "_RESERVED", and what it says (RFC 8446 §6, RFC 5246 §7.2 and those that added to them). */
const registry: readonly RegisteredAlert[] = [
  alert(0, 'close_notify', 'nothing more will be sent'),
  alert(10, 'unexpected_message', 'a message came that does not belong there'),
  alert(20, 'bad_record_mac', 'a record was damaged or encrypted with other keys'),
  alert(21, 'decryption_failed', 'a record could not be decrypted'),
  alert(22, 'record_overflow', 'a record is longer than the standard allows'),
  alert(30, 'decompression_failure', 'a record could not be decompressed'),
  alert(40, 'handshake_failure', 'no parameters are acceptable to both sides'),
  alert(41, 'no_certificate', 'there is no certificate to send'),
  alert(42, 'bad_certificate', 'a certificate is damaged or not the right one'),
  alert(43, 'unsupported_certificate', 'a certificate is of a kind that is not supported'),
  alert(44, 'certificate_revoked', 'a certificate was revoked by its issuer'),
  alert(45, 'certificate_expired', 'a certificate has expired or is not valid yet'),
  alert(46, 'certificate_unknown', 'a certificate is not acceptable for a reason not named'),
  alert(47, 'illegal_parameter', 'a value in the handshake is impossible or contradicts another'),
  alert(48, 'unknown_ca', 'a certificate comes from an authority that is not known or not trusted'),
  alert(49, 'access_denied', 'the certificate is valid, but access is refused'),
  alert(50, 'decode_error', 'a message could not be read'),
  alert(51, 'decrypt_error', 'a signature or another proof in the handshake is wrong'),
  alert(52, 'too_many_cids_requested', 'more connection identifiers were asked for than are given'),
  alert(60, 'export_restriction', 'export rules forbid what was negotiated'),
  alert(70, 'protocol_version', 'the version of TLS is not supported'),
  alert(71, 'insufficient_security', 'the ciphers offered are not secure enough'),
  alert(80, 'internal_error', 'something failed that is not the fault of the other side'),
  alert(86, 'inappropriate_fallback', 'a lower version was tried though a higher one is supported'),
  alert(90, 'user_canceled', 'the user gave up the handshake'),
  alert(100, 'no_renegotiation', 'the handshake will not be repeated'),
  alert(109, 'missing_extension', 'an extension that has to be there is missing'),
  alert(110, 'unsupported_extension', 'an extension came that was not asked for'),
  alert(111, 'certificate_unobtainable', 'a certificate could not be had from the address given'),
  alert(112, 'unrecognized_name', 'there is no server of that name'),
  alert(
    113,
    'bad_certificate_status_response',
    'the OCSP status of a certificate is not acceptable',
  ),
  alert(114, 'bad_certificate_hash_value', 'a certificate does not match its hash'),
  alert(115, 'unknown_psk_identity', 'no pre-shared key is known by that identity'),
  alert(116, 'certificate_required', 'a certificate is wanted, and none was sent'),
  alert(117, 'general_error', 'something failed that no other alert names'),
  alert(120, 'no_application_protocol', 'none of the application protocols offered is supported'),
  alert(121, 'ech_required', 'Encrypted Client Hello is wanted with another configuration'),
];

const byNumber = new Map(registry.map((entry) => [entry.number, entry]));
const byName = new Map<string, RegisteredAlert>(registry.map((entry) => [entry.name, entry]));

/** Name and sentence of an AlertDescription; one that is not registered has a name, too: `unknown (99)`. */
export function describeAlert(number: number): {
  readonly name: TlsAlertName;
  readonly text: string;
} {
  const known = byNumber.get(number);
  return known ?? { name: `unknown (${number})`, text: `alert ${number}, which no standard knows` };
}

/** What stands for the name on the wire. */
export function alertNumber(name: TlsAlertName): number {
  return byName.get(name)?.number ?? Number(name.slice('unknown ('.length, -1));
}

function alert(number: number, name: TlsAlertName, text: string): RegisteredAlert {
  return { number, name, text };
}
