import { cacheOptions, getOptions } from './arguments.ts';
import { describeOptions } from './options.ts';
import { tlsOptions } from './tls-arguments.ts';

/** `netaccess --help`. */
export const help: string = `Reads and writes URLs.

  netaccess get [OPTION…] URL…   fetch each URL; options are curl's (netaccess get --help)
  netaccess cache ACTION         what get --cache keeps: ls, rm, clear, verify, stats (netaccess cache --help)
  netaccess tls [OPTION…] URL    what a peer's TLS is like (netaccess tls --help)
  netaccess schemes              what can be asked for, and who serves it
  netaccess --version
  netaccess --help`;

/** `netaccess get --help`. */
export const getHelp: string = `netaccess get [OPTION…] URL…

Fetches each URL, to the terminal unless told otherwise. Redirects are followed. A file has its name only when it is whole.
Proxies are those of the environment (http_proxy, https_proxy, all_proxy, no_proxy).

${describeOptions(getOptions)}

With --cache, replies are kept as HTTP wants it, and used again while they are fresh; a stale one is revalidated. With --offline,
what is not there is a failure (78).

Ends with curl's exit codes, that of the first URL that failed: 0 well, 1 unknown scheme or refused redirect, 2 usage,
3 malformed URL, 5 proxy not found, 6 host not found, 7 not connected, 18 too few bytes, 22 a failing answer (with -f),
23 not written, 26 not read, 28 too late, 35 TLS failed, 37 file not read, 47 too many redirects, 52 no answer,
56 not received, 60 certificate refused, 67 login denied.`;

/** `netaccess cache --help`. */
export const cacheHelp: string = `netaccess cache ls [START…]   one line for each entry (of URLs that begin so): received, status, bytes, URL
netaccess cache rm URL…       remove all that is stored of these
netaccess cache clear         remove everything
netaccess cache verify        read everything, and remove what is damaged: ends with 96 if there was any
netaccess cache stats         where it is, and how much

${describeOptions(cacheOptions)}`;

/** `netaccess tls --help`. */
export const tlsHelp: string = `netaccess tls [OPTION…] URL

Shakes hands with the URL's host ("https://" may be left out), and prints as a tree: the way there, versions, ALPN, OCSP, the chain of
certificates with what is wrong with them, every alert in both directions, and the verdict. Nothing else is sent.

${describeOptions(tlsOptions)}

Ends with 0, with 60 when the certificate was refused, 35 when TLS failed otherwise, and get's codes when there was no connection.`;
