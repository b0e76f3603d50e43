import path from 'node:path';

import type { Check } from './check.ts';
import { packageSources, publicPackages } from './workspace.ts';

const guideLines = 400;

/** A guide: contracts and parsers may argue. */
export const fileSize: Check = {
  name: `files stay under ${guideLines} lines`,
  warns: true,
  run: (root) =>
    publicPackages(root)
      .flatMap((one) => packageSources(one))
      .map(({ path: file, text }) => ({ file, lines: text.split('\n').length - 1 }))
      .filter(({ lines }) => lines > guideLines)
      .map(({ file, lines }) => ({ where: path.relative(root, file), what: `has ${lines} lines` })),
};
