import { describe, expect, it } from 'vitest';

import { unwantedText } from '../unwanted-text.ts';
import { findings } from './checkout.ts';

const word = (...parts: string[]): string => parts.join('');

describe('unwanted text', () => {
  it.each([
    ['postponed work', `// ${word('TO', 'DO')}: later`],
    ['an apology', `// a ${word('HA', 'CK')}`],
    ['a path of a machine', `const dir = '${word('/wo', 'rk/main')}';`],
    ['a registry', `see ${word('registry.npm', 'js.org')}`],
    ['a silenced compiler', `// ${word('@ts-', 'ignore')}`],
  ])('%s is refused', async (_, line) => {
    expect(await findings(unwantedText, { 'packages/a/src/a.ts': `\n${line}\n` })).toHaveLength(1);
  });
  it('words that only look so are accepted, and so is what was built or installed', async () => {
    const bad = `// ${word('TO', 'DO')}`;
    const files = {
      'packages/a/src/a.ts': '// mastodon, "./work/x", https://host/root/file\n',
      'packages/a/dist/a.ts': bad,
      'tools/x/node_modules/a/a.ts': bad,
    };
    expect(await findings(unwantedText, files)).toEqual([]);
  });
});
