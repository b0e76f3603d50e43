import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

import { contend, drain } from '../contender.ts';

contend({
  readFile: (path) => drain(createReadStream(path)),
  copyFile: (from, to) => pipeline(createReadStream(from), createWriteStream(to)),
});
