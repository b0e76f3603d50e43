import { existsSync, readFileSync } from 'node:fs';

import { testConformance } from '@netaccess/conformance/vitest';

import { file } from '../src/index.ts';
import { patternBytes, temporaryFolder } from './fixtures/temporary-folder.ts';

const folder = temporaryFolder();
const small = patternBytes(5_000);
const other = small.map((byte) => byte ^ 0xff);
const large = patternBytes(5 * 1_048_576 + 17);
let targets = 0;

testConformance('@netaccess/backend-file', {
  factory: file,
  operations: ['get', 'head', 'put'],
  served: {
    existing: { url: folder.write('small file ü.bin', small), bytes: small },
    other: { url: folder.write('other.bin', other), bytes: other },
    large: { url: folder.write('large.bin', large), bytes: large },
    empty: folder.write('empty.bin', ''),
    missing: folder.urlOf('missing.bin'),
    failing: [
      { url: folder.urlOf('.'), code: 'content-operation-not-permitted' },
      { url: new URL('file://elsewhere.example/a'), code: 'protocol-invalid-operation' },
      { url: new URL('file:///a%2Fb'), code: 'protocol-invalid-operation' },
      { url: new URL('file:///a%00b'), code: 'protocol-invalid-operation' },
      { url: new URL('file:///dev/zero'), code: 'content-operation-not-permitted' },
    ],
  },
  writable: {
    target: () => folder.urlOf(`put-${++targets}.bin`),
    stored: (url) => (existsSync(url) ? readFileSync(url) : undefined),
    atomic: true,
  },
  openHandles: folder.openFiles,
});
