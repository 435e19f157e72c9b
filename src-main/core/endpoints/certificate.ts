import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { AppError } from '../../shared/app-error.ts';
import type { TlsMaterial } from '../ports/endpoint-rules.ts';

/** A certificate that can be shown, and what it says of itself. */
export type Certificate = TlsMaterial & {
  readonly subject: string;
  readonly names: readonly string[];
  readonly validFromMs: number;
  readonly validToMs: number;
  /** Nobody else vouches for it: browsers warn of it. */
  readonly isSelfSigned: boolean;
  readonly isFor: (hostName: string) => boolean;
  readonly isForAddress: (ip: string) => boolean;
};

/** Longer than any chain; what is larger is another file. */
const MAX_BYTES = 65_536;

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Certificate and key, each as PEM. Throws `origin/certificate` with the `field` that is not right, also for a key that is not that of the
 * certificate. One that has expired is taken: whoever shows it will be told.
 */
export function readCertificate(material: TlsMaterial): Certificate {
  const [own, ...others] = (material.cert.match(BLOCK) ?? []).map((block) =>
    parse(() => new X509Certificate(block), 'certificate', 'has a certificate in it that cannot be read'),
  );
  if (own === undefined) {
    throw unusable('certificate', 'has no certificate in PEM');
  }
  const key: KeyObject = parse(
    () => createPrivateKey(material.key),
    'privateKey',
    'has no private key in PEM, or one with a passphrase',
  );
  if (!own.checkPrivateKey(key)) {
    const isChainTurned = others.some((other) => other.checkPrivateKey(key));
    throw unusable(
      'privateKey',
      isChainTurned
        ? 'is the key of a later certificate of the chain: its own has to come first'
        : 'is not the key of the certificate',
    );
  }
  // For example a key that is too short for what this computer still trusts.
  parse(() => createSecureContext(material), 'certificate', 'cannot be used for TLS');
  return {
    ...material,
    subject: own.subject.replaceAll('\n', ', '),
    names: [...(own.subjectAltName ?? '').matchAll(/(?:DNS|IP Address):([^,\s"]+)/g)].map(([, name = '']) => name),
    validFromMs: own.validFromDate.getTime(),
    validToMs: own.validToDate.getTime(),
    isSelfSigned: own.checkIssued(own),
    isFor: (hostName) => own.checkHost(hostName) !== undefined,
    isForAddress: (ip) => own.checkIP(ip) !== undefined,
  };
}

/** Throws `origin/certificate` with the path. */
export async function readCertificateFiles(files: {
  readonly certificateFile: string;
  readonly privateKeyFile: string;
}): Promise<TlsMaterial> {
  return {
    cert: await readPem(files.certificateFile, 'certificateFile'),
    key: await readPem(files.privateKeyFile, 'privateKeyFile'),
  };
}

async function readPem(path: string, field: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size <= MAX_BYTES) {
      return await readFile(path, 'utf8');
    }
  } catch (error) {
    throw unusable(field, `${path} cannot be read`, error, path);
  }
  throw unusable(field, `${path} is larger than any certificate`, undefined, path);
}

function parse<T>(read: () => T, field: string, why: string): T {
  try {
    return read();
  } catch (error) {
    throw unusable(field, why, error);
  }
}

function unusable(field: string, why: string, cause?: unknown, path?: string): AppError {
  return new AppError('origin/certificate', `tls.${field} ${why}. Nothing was changed.`, {
    details: { field: `tls.${field}`, path },
    cause,
  });
}
