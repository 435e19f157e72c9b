import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { AppError } from '../../shared/app-error.ts';

/** What everything with TLS presents itself with; PEM. */
export type ServerCertificate = {
  readonly cert: string;
  readonly key: string;
};

export type ServerCertificateOptions = {
  /** The user's own: both or neither. */
  readonly certificateFile: string;
  readonly certificateKeyFile: string;
  /** Where the one of our own making is kept, certificate and key in one file that only its owner can read. */
  readonly ownPath: string;
  /** Names and addresses that encoders may know this computer by. */
  readonly hosts: readonly string[];
  readonly nowMs: number;
  readonly writeFile: (path: string, text: string, mode: number) => Promise<void>;
};

/** Ten years: it is trusted, if at all, by who has looked at it, and that should not have to be done again. */
const OWN_LIFETIME_MS = 3650 * 86_400_000;
const RENEWED_BEFORE_END_MS = 30 * 86_400_000;
const DNS_NAME = 2;
const IP_ADDRESS = 7;

/**
 * The certificate of the settings, or where there is none, one that is made at the first start and kept. ffmpeg takes that as it is; OBS and
 * browsers want one that somebody vouches for. Throws `ingest/certificate` with the file that cannot be used.
 */
export async function serverCertificate(options: ServerCertificateOptions): Promise<ServerCertificate> {
  const { certificateFile, certificateKeyFile } = options;
  if (certificateFile === '' && certificateKeyFile === '') {
    return (await keptCertificate(options)) ?? (await makeCertificate(options));
  }
  if (certificateFile === '' || certificateKeyFile === '') {
    const missing = certificateFile === '' ? 'network.certificateFile' : 'network.certificateKeyFile';
    throw new AppError(
      'ingest/certificate',
      `A certificate and its key belong together, and ${missing} is empty. Give both files, or neither.`,
      { details: { setting: missing } },
    );
  }
  const cert = await readPem(certificateFile, 'network.certificateFile');
  const key = await readPem(certificateKeyFile, 'network.certificateKeyFile');
  check(cert, key, certificateFile, certificateKeyFile, options.nowMs);
  return { cert, key };
}

async function readPem(path: string, setting: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new AppError('ingest/certificate', `The file ${path} of ${setting} cannot be read.`, {
      details: { setting, path },
      cause: error,
    });
  }
}

function check(cert: string, key: string, certPath: string, keyPath: string, nowMs: number): void {
  const certificate = parse(() => new X509Certificate(cert), `The file ${certPath} holds no certificate in PEM.`);
  const privateKey = parse(
    () => createPrivateKey(key),
    `The file ${keyPath} holds no private key in PEM, or one with a passphrase.`,
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new AppError(
      'ingest/certificate',
      `The key in ${keyPath} is not that of the certificate in ${certPath}.`,
    );
  }
  if (certificate.validToDate.getTime() < nowMs) {
    throw new AppError(
      'ingest/certificate',
      `The certificate in ${certPath} was valid until ${certificate.validToDate.toISOString()}.`,
    );
  }
}

function parse<T>(read: () => T, otherwise: string): T {
  try {
    return read();
  } catch (error) {
    throw new AppError('ingest/certificate', otherwise, { cause: error });
  }
}

/** Undefined when there is none, it will soon be over, or this computer is known by a name that it does not have. */
async function keptCertificate({
  ownPath,
  hosts,
  nowMs,
}: ServerCertificateOptions): Promise<ServerCertificate | undefined> {
  try {
    const text = await readFile(ownPath, 'utf8');
    const end = text.indexOf('-----BEGIN PRIVATE KEY-----');
    const [cert, key] = [text.slice(0, end), text.slice(end)];
    const certificate = new X509Certificate(cert);
    const isGood =
      certificate.checkPrivateKey(createPrivateKey(key)) &&
      certificate.validToDate.getTime() > nowMs + RENEWED_BEFORE_END_MS &&
      hosts.every((host) =>
        isAddress(host) ? certificate.checkIP(host) !== undefined : certificate.checkHost(host) !== undefined,
      );
    return isGood ? { cert, key } : undefined;
  } catch {
    return undefined;
  }
}

async function makeCertificate(options: ServerCertificateOptions): Promise<ServerCertificate> {
  // Loaded here, because it is needed once in ten years and is slow to load.
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: 'Lectern' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    // An encoder whose clock is a little behind ours is no reason to turn it away.
    notBeforeDate: new Date(options.nowMs - 86_400_000),
    notAfterDate: new Date(options.nowMs + OWN_LIFETIME_MS),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: options.hosts.map((host) =>
          isAddress(host) ? { type: IP_ADDRESS, ip: host } : { type: DNS_NAME, value: host },
        ),
      },
    ],
  });
  await options.writeFile(options.ownPath, `${made.cert.trim()}\n${made.private.trim()}\n`, 0o600);
  return { cert: made.cert, key: made.private };
}

function isAddress(host: string): boolean {
  return isIP(host) !== 0;
}
