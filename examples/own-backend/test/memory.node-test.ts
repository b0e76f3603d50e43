import { nodeHandles } from '@netaccess/conformance/node-handles';
import { testConformance } from '@netaccess/conformance/node-test';

import { fixture } from './fixture.ts';

await testConformance('memory', { ...fixture, openHandles: nodeHandles });
