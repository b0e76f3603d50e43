import type { HttpOptions } from '@netaccess/backend-http';
import type { LazyPlugin } from '@netaccess/core';

/** What a manager serves without being told: by scheme, loaded when it is first asked for. */
export function presetPlugins(options: HttpOptions | undefined): Record<string, LazyPlugin> {
  const http = async (): Promise<Awaited<ReturnType<LazyPlugin['load']>>> =>
    (await import('@netaccess/backend-http')).http(options);
  const httpPackage = '@netaccess/backend-http';
  return {
    http: { load: http, package: httpPackage, secure: false },
    https: { load: http, package: httpPackage, secure: true },
    file: {
      load: () => import('@netaccess/backend-file'),
      package: '@netaccess/backend-file',
      secure: false,
    },
    data: {
      load: () => import('@netaccess/backend-data'),
      package: '@netaccess/backend-data',
      secure: false,
    },
  };
}

/** Packages of this project for schemes that are not in the preset. */
const installable: Readonly<Record<string, string>> = {
  ftp: '@netaccess/backend-ftp',
  ftps: '@netaccess/backend-ftp',
};

/** What to install to have a scheme served; `undefined` if that is not known. */
export function packageFor(scheme: string): string | undefined {
  return Object.hasOwn(installable, scheme) ? installable[scheme] : undefined;
}
