import { expect, it } from 'vitest';

import { links } from '../links.ts';
import { findings } from './checkout.ts';

it('links to other sites, to files and to folders are fine, others are named', async () => {
  const files = {
    'README.md':
      'See [us](https://h/x), [docs](docs), [a](docs/a.md#part "title"), `[x](code)`, [no](b.md).',
    'docs/a.md': '[back](../README.md) [lost](README.md)',
    'packages/a/node_modules/b/README.md': '[not ours](nowhere)',
  };
  expect(await findings(links, files)).toEqual([
    'README.md: links to b.md, which is not there',
    'docs/a.md: links to README.md, which is not there',
  ]);
});
