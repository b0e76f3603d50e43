import { describe, expect, it } from 'vitest';

import { glossary } from '../glossary.ts';
import { findings, packageFiles } from './checkout.ts';

describe('glossary', () => {
  it('refuses its right column in files, declarations and members', async () => {
    const files = {
      ...packageFiles('core', 'core'),
      'packages/core/src/http-utils.ts': `export const httpClientAgent = 1;
        export interface X { readonly onResponse: 1; handleURLPayload(): void }
        class Y { #middleware = 1; }`,
    };
    expect(await findings(glossary, files)).toEqual([
      'packages/core/src/http-utils.ts:1: "http-utils" says utils, not the noun it belongs to',
      'packages/core/src/http-utils.ts:1: "httpClientAgent" says agent, not manager',
      'packages/core/src/http-utils.ts:2: "onResponse" says response, not reply',
      'packages/core/src/http-utils.ts:2: "handleURLPayload" says payload, not upload or body',
      'packages/core/src/http-utils.ts:3: "middleware" says middleware, not policy',
    ]);
  });
  it('accepts parts of other words, names that nobody chose here, and fetch', async () => {
    const files = {
      ...packageFiles('netaccess', 'facade', { name: 'netaccess' }),
      'packages/netaccess/src/a.ts':
        'export class Agenda { constructor() { const utility = 1; } }\nexport const USER_AGENT = 1; export const userAgentOf = 1;',
      'packages/netaccess/src/fetch/platform-response.ts': 'export function responseOf() {}',
    };
    expect(await findings(glossary, files)).toEqual([]);
  });
});
