import type { TlsAlert, TlsAlertName } from '@netaccess/transport';

/** An alert, and where its record begins in the bytes that were given: 0, if that was in earlier ones. */
export interface AlertSighting {
  readonly alert: TlsAlert;
  readonly offset: number;
}

export class TlsObserver {
  constructor(_role: 'client' | 'server') {}
  keyLog(_line: Uint8Array): void {}
  received(_bytes: Uint8Array): readonly AlertSighting[] | undefined {
    return undefined;
  }
  sent(_bytes: Uint8Array): readonly AlertSighting[] | undefined {
    return undefined;
  }
  get handshakeDone(): boolean {
    return false;
  }
  get lost(): string | undefined {
    return undefined;
  }
  sealAlert(_level: 'warning' | 'fatal', _name: TlsAlertName): Uint8Array | undefined {
    return undefined;
  }
  wipe(): void {}
}
