import type { CipherCCMTypes } from 'node:crypto';

/** Hash of the key schedule (TLS 1.3) or of the pseudorandom function (TLS 1.2). */
export type SuiteHash = 'sha256' | 'sha384';

/** How records are protected: everything of a cipher suite that is not the exchange of keys. */
export type CipherSuite = AeadSuite | MacSuite;

/** Encrypts and authenticates in one. */
export interface AeadSuite {
  readonly kind: 'gcm' | 'ccm' | 'chacha20';
  readonly hash: SuiteHash;
  /** OpenSSL's names: of the whole, and of the cipher that makes its key stream. */
  readonly algorithm: CipherCCMTypes;
  readonly stream: string;
  readonly keyBytes: number;
  readonly tagBytes: 8 | 16;
}

/** TLS 1.2 alone: a block cipher or none, and an HMAC. */
export interface MacSuite {
  readonly kind: 'cbc' | 'null';
  readonly hash: SuiteHash;
  /** OpenSSL's name; empty for none. */
  readonly algorithm: string;
  readonly keyBytes: number;
  readonly mac: string;
  readonly macBytes: number;
}

/** By the end of the name in IANA's registry of cipher suites: all that OpenSSL 3 knows for TLS 1.2 and 1.3. */
const numbers: Readonly<Record<string, readonly number[]>> = {
  AES_128_CBC_SHA: [
    0x002f, 0x0032, 0x0033, 0x0034, 0x008c, 0x0090, 0x0094, 0xc009, 0xc013, 0xc018, 0xc01d, 0xc01e,
    0xc01f, 0xc035,
  ],
  AES_128_CBC_SHA256: [
    0x003c, 0x0040, 0x0067, 0x006c, 0x00ae, 0x00b2, 0x00b6, 0xc023, 0xc027, 0xc037,
  ],
  AES_128_CCM: [0xc09c, 0xc09e, 0xc0a4, 0xc0a6, 0xc0ac],
  AES_128_CCM_8: [0xc0a0, 0xc0a2, 0xc0a8, 0xc0aa, 0xc0ae],
  AES_128_CCM_8_SHA256: [0x1305],
  AES_128_CCM_SHA256: [0x1304],
  AES_128_GCM_SHA256: [
    0x009c, 0x009e, 0x00a2, 0x00a6, 0x00a8, 0x00aa, 0x00ac, 0x1301, 0xc02b, 0xc02f,
  ],
  AES_256_CBC_SHA: [
    0x0035, 0x0038, 0x0039, 0x003a, 0x008d, 0x0091, 0x0095, 0xc00a, 0xc014, 0xc019, 0xc020, 0xc021,
    0xc022, 0xc036,
  ],
  AES_256_CBC_SHA256: [0x003d, 0x006a, 0x006b, 0x006d],
  AES_256_CBC_SHA384: [0x00af, 0x00b3, 0x00b7, 0xc024, 0xc028, 0xc038],
  AES_256_CCM: [0xc09d, 0xc09f, 0xc0a5, 0xc0a7, 0xc0ad],
  AES_256_CCM_8: [0xc0a1, 0xc0a3, 0xc0a9, 0xc0ab, 0xc0af],
  AES_256_GCM_SHA384: [
    0x009d, 0x009f, 0x00a3, 0x00a7, 0x00a9, 0x00ab, 0x00ad, 0x1302, 0xc02c, 0xc030,
  ],
  ARIA_128_GCM_SHA256: [0xc050, 0xc052, 0xc056, 0xc05c, 0xc060, 0xc06a, 0xc06c, 0xc06e],
  ARIA_256_GCM_SHA384: [0xc051, 0xc053, 0xc057, 0xc05d, 0xc061, 0xc06b, 0xc06d, 0xc06f],
  CAMELLIA_128_CBC_SHA: [0x0041, 0x0044, 0x0045, 0x0046],
  CAMELLIA_128_CBC_SHA256: [
    0x00ba, 0x00bd, 0x00be, 0x00bf, 0xc072, 0xc076, 0xc094, 0xc096, 0xc098, 0xc09a,
  ],
  CAMELLIA_256_CBC_SHA: [0x0084, 0x0087, 0x0088, 0x0089],
  CAMELLIA_256_CBC_SHA256: [0x00c0, 0x00c3, 0x00c4, 0x00c5],
  CAMELLIA_256_CBC_SHA384: [0xc073, 0xc077, 0xc095, 0xc097, 0xc099, 0xc09b],
  CHACHA20_POLY1305_SHA256: [0x1303, 0xcca8, 0xcca9, 0xccaa, 0xccab, 0xccac, 0xccad, 0xccae],
  NULL_MD5: [0x0001],
  NULL_SHA: [0x0002, 0x002c, 0x002d, 0x002e, 0xc006, 0xc010, 0xc015, 0xc039],
  NULL_SHA256: [0x003b, 0x00b0, 0x00b4, 0x00b8, 0xc03a],
  NULL_SHA384: [0x00b1, 0x00b5, 0x00b9, 0xc03b],
};

const names = new Map(
  Object.entries(numbers).flatMap(([name, all]) =>
    all.map((number): [number, string] => [number, name]),
  ),
);
const macSizes: ReadonlyMap<string, number> = new Map([
  ['md5', 16],
  ['sha1', 20],
  ['sha256', 32],
  ['sha384', 48],
]);

/** The suite that a ServerHello chose; `undefined` for those that are not followed. */
export function cipherSuite(number: number): CipherSuite | undefined {
  const name = names.get(number);
  return name === undefined ? undefined : (aeadSuite(name) ?? macSuite(name));
}

function aeadSuite(name: string): AeadSuite | undefined {
  const hash = hashOf(name);
  const parts = /^(?:(CHACHA20)_POLY1305|(AES|ARIA)_(\d+)_(GCM|CCM)(_8)?)/u.exec(name);
  const [, chacha20, cipher = '', bits = '256', mode = '', short] = parts ?? [];
  const block = `${cipher}-${bits}`.toLowerCase();
  const algorithm = chacha20 === undefined ? `${block}-${mode.toLowerCase()}` : 'chacha20-poly1305';
  if (!isAead(algorithm)) return undefined;
  return {
    kind: chacha20 === undefined ? (mode === 'GCM' ? 'gcm' : 'ccm') : 'chacha20',
    hash,
    algorithm,
    stream: chacha20 === undefined ? `${block}-ecb` : 'chacha20',
    keyBytes: Number(bits) / 8,
    tagBytes: short === undefined ? 16 : 8,
  };
}

/** Node's types have each mode apart, and ARIA nowhere; what holds for CCM holds for all. */
function isAead(algorithm: string): algorithm is CipherCCMTypes {
  return /(?:-gcm|-ccm|-poly1305)$/u.test(algorithm);
}

function macSuite(name: string): MacSuite {
  const hash = hashOf(name);
  const mac = name.endsWith('_SHA') ? 'sha1' : name.slice(name.lastIndexOf('_') + 1).toLowerCase();
  const macBytes = macSizes.get(mac) ?? 0;
  const [, cipher, bits] = /^(AES|CAMELLIA)_(\d+)_CBC/u.exec(name) ?? [];
  if (cipher === undefined)
    return { kind: 'null', hash, algorithm: '', keyBytes: 0, mac, macBytes };
  const algorithm = `${cipher.toLowerCase()}-${bits}-cbc`;
  return { kind: 'cbc', hash, algorithm, keyBytes: Number(bits) / 8, mac, macBytes };
}

/** TLS 1.2 has SHA-256 wherever a suite does not name SHA-384 (RFC 5246 §5). */
function hashOf(name: string): SuiteHash {
  return name.endsWith('SHA384') ? 'sha384' : 'sha256';
}
