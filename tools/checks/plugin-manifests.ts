import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

import type { Check, Finding } from './check.ts';
import { workspacePackages, type Package } from './workspace.ts';

/** What of a factory stands in its package's manifest too, so that it can be read without running any code. */
interface Claims {
  readonly contract: unknown;
  readonly schemes: unknown;
  readonly secureSchemes?: unknown;
  readonly features: unknown;
}

/** A manifest that says something else than the code would be believed until the code is loaded. */
export const pluginManifests: Check = {
  name: "every backend's manifest states its claims as its factory does",
  async run(root) {
    const backends = workspacePackages(root).filter(({ tags }) =>
      tags.some((tag) => tag.endsWith('backend')),
    );
    const found = await Promise.all(backends.map((backend) => differences(backend)));
    return found.flat();
  },
};

async function differences({ name, directory, manifest }: Package): Promise<Finding[]> {
  const entry = path.join(directory, manifest.exports?.['.'] ?? 'src/index.ts');
  const plugin = (await import(pathToFileURL(entry).href)) as { default?: () => Claims };
  if (plugin.default === undefined) return [{ where: name, what: 'has no default export' }];
  const said = facts((manifest as { netaccess?: Claims }).netaccess);
  const meant = facts(plugin.default());
  return Object.keys(meant)
    .filter((key) => !isDeepStrictEqual(said[key], meant[key]))
    .map((key) => ({
      where: name,
      what: `says ${key} ${JSON.stringify(said[key])}, but its factory ${JSON.stringify(meant[key])}`,
    }));
}

function facts(claims: Claims | undefined): Record<string, unknown> {
  const { contract, schemes, secureSchemes = [], features } = claims ?? {};
  return { contract, schemes, secureSchemes, features };
}
