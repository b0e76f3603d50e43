import { describe, expect, it } from 'vitest';

import { LendingUpload } from '../src/index.ts';
import { distinctBytes } from './memory-world.ts';

const bytes = distinctBytes(25, 1);

describe('an upload of the kit', () => {
  it('rewrites each view as soon as the next is asked for', async () => {
    const kept: Uint8Array[] = [];
    const copied: number[] = [];
    for await (const view of new LendingUpload(bytes, { viewBytes: 10 }).open()) {
      copied.push(...view);
      kept.push(view);
    }
    expect(copied).toEqual([...bytes]);
    expect(kept.flatMap((view) => [...view]).every((byte) => byte === 0xdb)).toBe(true);
  });

  it('says how it was used', async () => {
    const upload = new LendingUpload(bytes, { viewBytes: 10, resettable: true });
    for await (const view of upload.open()) if (view.length > 0) break;
    for await (const view of upload.open()) expect(view.length).toBeGreaterThan(0);
    const { openings, returns, ends, opened } = upload;
    expect({ openings, returns, ends, opened }).toEqual({
      openings: 2,
      returns: 1,
      ends: 1,
      opened: true,
    });
  });

  it('refuses to be opened again unless it is resettable', () => {
    const upload = new LendingUpload(bytes);
    upload.open();
    expect(() => upload.open()).toThrow('not resettable');
  });
});
