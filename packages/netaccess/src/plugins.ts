import type { HttpOptions } from '@netaccess/backend-http';
import type { LazyPlugin } from '@netaccess/core';

/** Installed by whoever wants it: nothing depends on it, and without it the error names it. */
const ftp: LazyPlugin['load'] = () => import('@netaccess/backend-ftp');

/** What a manager serves without being told: by scheme, loaded when it is first asked for. */
export function presetPlugins(options: HttpOptions | undefined): Record<string, LazyPlugin> {
  const http = async (): Promise<Awaited<ReturnType<LazyPlugin['load']>>> =>
    (await import('@netaccess/backend-http')).http(options);
  const httpPackage = '@netaccess/backend-http';
  const ftpPackage = '@netaccess/backend-ftp';
  return {
    http: { load: http, package: httpPackage, secure: false },
    https: { load: http, package: httpPackage, secure: true },
    ftp: { load: ftp, package: ftpPackage, secure: false },
    ftps: { load: ftp, package: ftpPackage, secure: true },
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
