/** One alert that passed on a secured channel (RFC 8446 §6, RFC 5246 §7.2). */
export interface TlsAlert {
  readonly direction: 'sent' | 'received';
  /** As on the wire. TLS 1.3 goes by the name alone; "unknown" is a level of no standard. */
  readonly level: 'warning' | 'fatal' | 'unknown';
  readonly name: TlsAlertName;
  /** AlertDescription on the wire, 0 to 255. */
  readonly number: number;
  /** A sentence for people: what the one who sent it means. */
  readonly text: string;
  /** False: whoever is on the way could have read or written it. */
  readonly encrypted: boolean;
  /** "connected": both sides had sent their Finished. A TLS 1.3 server refuses a certificate only then. */
  readonly phase: 'handshake' | 'connected';
}

/** Names of IANA's registry of TLS alerts, without its "_RESERVED", and numbers that it does not have. */
export type TlsAlertName =
  | 'close_notify'
  | 'unexpected_message'
  | 'bad_record_mac'
  | 'decryption_failed'
  | 'record_overflow'
  | 'decompression_failure'
  | 'handshake_failure'
  | 'no_certificate'
  | 'bad_certificate'
  | 'unsupported_certificate'
  | 'certificate_revoked'
  | 'certificate_expired'
  | 'certificate_unknown'
  | 'illegal_parameter'
  | 'unknown_ca'
  | 'access_denied'
  | 'decode_error'
  | 'decrypt_error'
  | 'too_many_cids_requested'
  | 'export_restriction'
  | 'protocol_version'
  | 'insufficient_security'
  | 'internal_error'
  | 'inappropriate_fallback'
  | 'user_canceled'
  | 'no_renegotiation'
  | 'missing_extension'
  | 'unsupported_extension'
  | 'certificate_unobtainable'
  | 'unrecognized_name'
  | 'bad_certificate_status_response'
  | 'bad_certificate_hash_value'
  | 'unknown_psk_identity'
  | 'certificate_required'
  | 'general_error'
  | 'no_application_protocol'
  | 'ech_required'
  | `unknown (${number})`;
