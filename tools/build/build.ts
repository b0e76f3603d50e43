/** The `build` script of every package: run in its folder. */
import path from 'node:path';

import { buildPackage } from './build-package.ts';

await buildPackage(process.cwd(), path.resolve('dist'));
