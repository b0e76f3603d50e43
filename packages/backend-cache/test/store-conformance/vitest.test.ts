import { testStore } from '../../src/store-conformance/vitest.ts';
import { referenceFixture } from './reference-store.ts';

testStore('a right store, under vitest,', { ...referenceFixture(), waitMilliseconds: 10_000 });
