import { NetworkError } from '@netaccess/core';
import {
  connectVia,
  type Address,
  type CertificateError,
  type Channel,
  type Connector,
  type ConnectTimings,
  type InterruptedHandshake,
  type Target,
  type TlsAlert,
  type TlsFacts,
  type TlsOptions,
  type TlsProvider,
} from '@netaccess/transport';

/** How a peer's TLS is looked at. */
export interface TlsInspectionOptions {
  /** Over those of the manager. */
  readonly tls?: TlsOptions | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the connection, and again for the handshake. Default: 30 s. */
  readonly connectTimeout?: number | undefined;
}

/** What was found out about a peer by shaking hands with it. */
export interface TlsInspection {
  readonly host: string;
  readonly port: number;
  /** Absent: it was not reached. */
  readonly address?: Address | undefined;
  readonly proxy?: URL | undefined;
  readonly timings?: ConnectTimings | undefined;
  /** Absent: the handshake failed. */
  readonly tls?: TlsFacts | undefined;
  /** DER of the peer's certificates, its own first; also of one that was refused. */
  readonly chain: readonly Uint8Array[];
  /** All that is wrong with them, whether or not it was accepted. */
  readonly errors: readonly CertificateError[];
  /** In the order in which they passed. */
  readonly alerts: readonly TlsAlert[];
  readonly failure?: NetworkError | undefined;
}

/** What an inspection works with: the manager's own. */
export interface InspectionMeans {
  readonly connector: Connector;
  readonly provider: TlsProvider;
  readonly proxies: ((url: URL) => readonly URL[]) | undefined;
  /** The manager's, whose functions are called besides. */
  readonly tls: TlsOptions | undefined;
}

const CONNECT_MILLISECONDS = 30_000;
/** A TLS 1.3 server refuses the certificate of this side only after the handshake: so long it is listened to. */
export const LATE_ALERT_MILLISECONDS = 300;
/** Ports of the protocols that begin with TLS. */
const ports: Readonly<Record<string, number>> = { 'https:': 443, 'ftps:': 990, 'wss:': 443 };

/** Connects to the URL's host, shakes hands, listens for late alerts, and leaves. Rejects only for a URL that names no host. */
export async function inspectTls(
  url: URL,
  means: InspectionMeans,
  options: TlsInspectionOptions = {},
): Promise<TlsInspection> {
  const target = targetOf(url);
  const inspection = new Inspection(target, means, options);
  try {
    await inspection.run(url);
  } catch (error) {
    inspection.failed(error, url);
  }
  return inspection.result();
}

function targetOf({ protocol, hostname, port }: URL): { host: string; port: number } {
  const number = port === '' ? ports[protocol] : Number(port);
  if (hostname === '' || number === undefined) {
    throw new NetworkError(
      'protocol-invalid-operation',
      'to look at TLS takes a host, and a port where the scheme has none of its own',
    );
  }
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return { host, port: number };
}

/** One look at one peer. */
class Inspection {
  readonly #target: Target & { readonly host: string; readonly port: number };
  readonly #means: InspectionMeans;
  readonly #options: TlsInspectionOptions;
  readonly #alerts: TlsAlert[] = [];
  #found: Partial<Omit<TlsInspection, 'alerts'>> = {};

  constructor(
    target: { readonly host: string; readonly port: number },
    means: InspectionMeans,
    options: TlsInspectionOptions,
  ) {
    this.#target = target;
    this.#means = means;
    this.#options = options;
  }

  async run(url: URL): Promise<void> {
    const { connector, provider, proxies } = this.#means;
    const { signal, connectTimeout: timeout = CONNECT_MILLISECONDS } = this.#options;
    const way = proxies?.(url) ?? [];
    const { channel, proxy } = await connectVia(connector, this.#target, way, { signal, timeout });
    this.#found = { address: channel.address, proxy, timings: channel.timings };
    const secured = await provider.secure(channel, this.#tlsOptions(timeout));
    const { tls, timings } = secured;
    const { peerChain: chain = [], errors } = tls;
    this.#found = { ...this.#found, tls, timings, chain, errors };
    try {
      await this.#listen(secured);
      await secured.end();
    } finally {
      await secured.close();
    }
  }

  failed(error: unknown, url: URL): void {
    this.#found = { ...this.#found, failure: NetworkError.from(error, url) };
  }

  result(): TlsInspection {
    const { host, port } = this.#target;
    return { host, port, chain: [], errors: [], ...this.#found, alerts: this.#alerts };
  }

  /** Everything is watched, and who refuses a certificate is shown its chain. */
  #tlsOptions(timeout: number): TlsOptions {
    const tls = { ...this.#means.tls, ...this.#options.tls };
    const seen = (alert: TlsAlert): void => void this.#alerts.push(alert);
    return {
      ...tls,
      timeout,
      signal: this.#options.signal,
      onAlertSent: (alert, place) => {
        seen(alert);
        tls.onAlertSent?.(alert, place);
      },
      onAlertReceived: (alert, place) => {
        seen(alert);
        tls.onAlertReceived?.(alert, place);
      },
      handshakeMustInterruptOnError: true,
      onHandshakeInterrupted: (handshake) => {
        this.#interrupted(handshake);
        return tls.onHandshakeInterrupted?.(handshake) ?? false;
      },
    };
  }

  #interrupted({ chain, errors }: InterruptedHandshake): void {
    this.#found = { ...this.#found, chain, errors };
  }

  /** Until the peer says something, or has had the time to. */
  async #listen(channel: Channel): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LATE_ALERT_MILLISECONDS);
    });
    try {
      await Promise.race([channel.readPointer(), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
