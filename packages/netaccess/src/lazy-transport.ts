import type { Connector, TlsOptions, TlsProvider } from '@netaccess/transport';

/** Sockets are loaded when the first channel is opened. */
export function lazyConnector(): Connector {
  let connector: Connector | undefined;
  return {
    async connect(target, options) {
      if (connector === undefined) {
        const { tcpConnector } = await import('@netaccess/transport/node');
        connector ??= tcpConnector();
      }
      return connector.connect(target, options);
    },
  };
}

/** TLS is loaded when the first channel is secured. */
export function lazyTls(options: TlsOptions | undefined): TlsProvider {
  let provider: TlsProvider | undefined;
  return {
    async secure(channel, own) {
      if (provider === undefined) {
        const { nodeTls } = await import('@netaccess/tls');
        provider ??= nodeTls(options);
      }
      return provider.secure(channel, own);
    },
  };
}
