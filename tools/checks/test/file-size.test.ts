import { expect, it } from 'vitest';

import { fileSize } from '../file-size.ts';
import { findings, packageFiles } from './checkout.ts';

it('long files are named with their length, and only warned about', async () => {
  const files = {
    ...packageFiles('core', 'core'),
    'packages/core/src/long.ts': '// a line\n'.repeat(401),
    'packages/core/src/short.ts': '// a line\n'.repeat(400),
  };
  expect(await findings(fileSize, files)).toEqual(['packages/core/src/long.ts: has 401 lines']);
  expect(fileSize.warns).toBe(true);
});
