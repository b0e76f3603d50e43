import type { Connector, TlsOptions, TlsProvider } from '@netaccess/transport';
import type { TcpConnectorOptions } from '@netaccess/transport/node';

/** The caller's connector, or the default one, whose sockets are loaded when the first channel is opened. */
export function connectorOf(choice: Connector | TcpConnectorOptions = {}): Connector {
  if ('connect' in choice) return choice;
  let connector: Connector | undefined;
  return {
    async connect(target, options) {
      if (connector === undefined) {
        const { tcpConnector } = await import('@netaccess/transport/node');
        connector ??= tcpConnector(choice);
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
