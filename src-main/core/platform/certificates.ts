import { getCACertificates } from 'node:tls';

/**
 * The certificate authorities that this computer and Node trust, also those of NODE_EXTRA_CA_CERTS, for a server of one's own; PEM. Read from
 * the system the first time.
 */
export function trustedAuthorities(): readonly string[] {
  return [...new Set((['bundled', 'system', 'extra'] as const).flatMap((store) => getCACertificates(store)))];
}
