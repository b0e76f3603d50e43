import { arrows } from './arrows.ts';
import type { Check } from './check.ts';
import { docstrings } from './docstrings.ts';
import { fileSize } from './file-size.ts';
import { globals } from './globals.ts';
import { glossary } from './glossary.ts';
import { links } from './links.ts';
import { coreSize, coreTypes, neutralCore } from './neutral-core.ts';
import { packageFiles } from './package-files.ts';
import { pluginManifests } from './plugin-manifests.ts';
import { unwantedText } from './unwanted-text.ts';

/** Every promise about this repository that a machine keeps. */
export const checks: readonly Check[] = [
  arrows,
  neutralCore,
  coreTypes,
  coreSize,
  docstrings,
  glossary,
  globals,
  packageFiles,
  pluginManifests,
  links,
  unwantedText,
  fileSize,
];
