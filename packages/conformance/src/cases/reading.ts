import { conformanceCase } from '../case.ts';
import type { CaseDefinition, ConformanceCase } from '../case.ts';
import { claims } from '../fixture.ts';
import type { Content, Fixture } from '../fixture.ts';
import { check, checkBytes } from '../rule.ts';
import { requestFor } from '../trial.ts';
import { turns } from '../turns.ts';

/** How many views one case holds for a while. */
const viewsHeld = 12;

const givesEveryByte = conformanceCase({
  name: 'reading gives every byte in order',
  member: 'OpenBackend.open and reading',
  async run(trial) {
    const { url, bytes } = trial.fixture.served.existing;
    checkBytes(await trial.bytesOf(url, bytes.length), bytes, 'read to the end');
  },
});

const givesLargeBody = conformanceCase({
  name: 'reading gives every byte of a large body',
  member: 'OpenBackend.open and reading',
  applies: (fixture) => fixture.served.large !== undefined,
  async run(trial) {
    const { url, bytes } = trial.fixture.served.large ?? trial.fixture.served.existing;
    checkBytes(await trial.bytesOf(url, bytes.length), bytes, 'read to the end');
  },
});

const givesEmptyBody = conformanceCase({
  name: 'an empty resource ends at once',
  member: 'OpenBackend.open and reading',
  applies: (fixture) => fixture.served.empty !== undefined,
  async run(trial) {
    const { empty } = trial.fixture.served;
    if (empty === undefined) return;
    checkBytes(await trial.bytesOf(empty, 0), new Uint8Array(0), 'an empty resource');
  },
});

const readsByteByByte = conformanceCase({
  name: 'reading one byte at a time gives every byte',
  member: 'ViewSource.advanceReadPointer, CopyingBackend.read',
  async run(trial) {
    const { url, bytes } = firstBytes(trial.fixture);
    const transfer = await trial.opened(url);
    for (const [index, expected] of bytes.entries()) {
      const piece = await transfer.next(1);
      check(piece.length === 1, `the body ended after ${index} of ${bytes.length} bytes`);
      if (piece[0] === expected) continue;
      throw new Error(`byte ${index} is ${piece[0]} instead of ${expected}`);
    }
  },
});

const readsOddSizes = conformanceCase({
  name: 'reading in changing sizes gives every byte',
  member: 'ViewSource.advanceReadPointer, CopyingBackend.read',
  async run(trial) {
    const { url, bytes } = trial.fixture.served.existing;
    const transfer = await trial.opened(url);
    let offset = 0;
    for (let size = 2; ; size = (size * 2) % 8_191) {
      const piece = await transfer.next(size);
      if (piece.length === 0) break;
      checkBytes(piece, bytes.subarray(offset, offset + piece.length), `from byte ${offset}`);
      offset += piece.length;
    }
    check(offset === bytes.length, `the body ended after ${offset} of ${bytes.length} bytes`);
  },
});

const endStaysTheEnd = conformanceCase({
  name: 'the end stays the end',
  member: 'ViewSource.readPointer, CopyingBackend.read',
  async run(trial) {
    const { url, bytes } = trial.fixture.served.existing;
    const transfer = await trial.opened(url);
    await transfer.rest(bytes.length);
    const more = await transfer.next();
    check(more.length === 0, `reading after the end gave ${more.length} bytes`);
  },
});

const givesItAgain = conformanceCase({
  name: 'a second transfer gives the same bytes again',
  member: 'BackendFactory.create',
  async run(trial) {
    const { url, bytes } = trial.fixture.served.existing;
    await trial.bytesOf(url, bytes.length);
    checkBytes(await trial.bytesOf(url, bytes.length), bytes, 'the second transfer');
  },
});

const leavesRequestAlone = conformanceCase({
  name: 'the request is left as it was',
  member: 'Request',
  async run(trial) {
    const { existing } = trial.fixture.served;
    const request = requestFor(existing.url);
    const { href } = request.url;
    await trial.bytesOf(request, existing.bytes.length);
    check(request.url.href === href, `request.url was changed to ${request.url.href}`);
  },
});

const lendsTheSameTwice = lendingCase({
  name: 'a view asked for twice holds the same bytes',
  member: 'ViewSource.readPointer',
  async run(trial) {
    const transfer = await trial.opened(trial.fixture.served.existing.url);
    const lending = transfer.lending();
    const first = new Uint8Array(await trial.value('readPointer()', () => lending.readPointer()));
    const second = await trial.value('readPointer()', () => lending.readPointer());
    checkBytes(second.subarray(0, first.length), first, 'the second view without an advance');
  },
});

const lendsUntilAdvance = lendingCase({
  name: 'a lent view does not change until it is given back',
  member: 'ViewSource.readPointer',
  async run(trial) {
    const transfer = await trial.opened(firstLarge(trial.fixture).url);
    const lending = transfer.lending();
    for (let held = 0; held < viewsHeld; held++) {
      const view = await trial.value('readPointer()', () => lending.readPointer());
      if (view.length === 0) break;
      const lent = new Uint8Array(view);
      await turns(4);
      checkBytes(view, lent, `view ${held + 1}, held for four turns of the loop`);
      lending.advanceReadPointer(view.length);
    }
  },
});

const staysWithoutAdvance = lendingCase({
  name: 'advancing by nothing stays where it is',
  member: 'ViewSource.advanceReadPointer',
  async run(trial) {
    const { url, bytes } = trial.fixture.served.existing;
    const transfer = await trial.opened(url);
    const lending = transfer.lending();
    await trial.value('readPointer()', () => lending.readPointer());
    lending.advanceReadPointer(0);
    checkBytes(await transfer.rest(bytes.length), bytes, 'after advancing by 0');
  },
});

const advancesInPart = lendingCase({
  name: 'after a partial advance the rest of the view comes next',
  member: 'ViewSource.advanceReadPointer',
  async run(trial) {
    const { url, bytes } = trial.fixture.served.existing;
    const transfer = await trial.opened(url);
    const lending = transfer.lending();
    const view = await trial.value('readPointer()', () => lending.readPointer());
    const part = Math.ceil(view.length / 2);
    lending.advanceReadPointer(part);
    const rest = await transfer.rest(bytes.length);
    checkBytes(rest, bytes.subarray(part), `after advancing by ${part} of ${view.length}`);
  },
});

const staysInside = copyingCase({
  name: 'read writes only into the memory that it is given',
  member: 'CopyingBackend.read',
  async run(trial) {
    const { url } = trial.fixture.served.existing;
    const transfer = await trial.opened(url);
    const copying = transfer.copying();
    const memory = new Uint8Array(24).fill(0xee);
    const into = memory.subarray(8, 12);
    const count = await trial.value('read()', () => copying.read(into));
    check(count <= into.length, `read() says that it filled ${count} of ${into.length} bytes`);
    for (const [index, byte] of memory.entries()) {
      if (index >= 8 && index < 12) continue;
      check(byte === 0xee, `read() wrote ${index - 8} bytes from the start of its memory`);
    }
  },
});

const leavesFilledMemory = copyingCase({
  name: 'read leaves alone the memory that it filled before',
  member: 'CopyingBackend.read',
  async run(trial) {
    const transfer = await trial.opened(firstLarge(trial.fixture).url);
    const copying = transfer.copying();
    const filled = new Uint8Array(8);
    const count = await trial.value('read()', () => copying.read(filled));
    const kept = filled.slice();
    await trial.value('read()', () => copying.read(new Uint8Array(8)));
    await turns(4);
    checkBytes(filled, kept, `memory filled with ${count} bytes, after the next read`);
  },
});

/** Every byte, in order, whatever the sizes; views are lent and given back. */
export const readingCases: readonly ConformanceCase[] = [
  givesEveryByte,
  givesLargeBody,
  givesEmptyBody,
  readsByteByByte,
  readsOddSizes,
  endStaysTheEnd,
  givesItAgain,
  leavesRequestAlone,
  lendsTheSameTwice,
  lendsUntilAdvance,
  staysWithoutAdvance,
  advancesInPart,
  staysInside,
  leavesFilledMemory,
];

function lendingCase(definition: CaseDefinition): ConformanceCase {
  return conformanceCase({ ...definition, applies: (fixture) => claims(fixture, 'zero-copy') });
}

function copyingCase(definition: CaseDefinition): ConformanceCase {
  return conformanceCase({ ...definition, applies: (fixture) => !claims(fixture, 'zero-copy') });
}

/** Bytes enough to read them one by one. */
function firstBytes({ served }: Fixture): Content {
  return { url: served.existing.url, bytes: served.existing.bytes.subarray(0, 4_096) };
}

/** The large resource where there is one. */
function firstLarge({ served }: Fixture): Content {
  return served.large ?? served.existing;
}
