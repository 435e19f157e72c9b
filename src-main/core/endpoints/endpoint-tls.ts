import { isIP } from 'node:net';
import { DEFAULT_ENDPOINT, type StreamingEndpointCreate } from '../../shared/api/streaming-endpoints.ts';
import { AppError } from '../../shared/app-error.ts';
import { type Certificate, readCertificate, readCertificateFiles } from './certificate.ts';
import { type EndpointDoor, wordsFor } from './door.ts';
import { type EndpointKeys, keysGone } from './endpoint-keys.ts';
import type { StoredEndpoint } from './endpoint-resource.ts';

/** How an endpoint presents itself to viewers with TLS. */
export type EndpointTls = {
  readonly certificate: Certificate;
  /** 0 for any free one that is still to be found. */
  readonly port: number;
  /** Both, or neither. */
  readonly files: { readonly certificateFile: string; readonly privateKeyFile: string } | undefined;
};

type Given = NonNullable<StreamingEndpointCreate['tls']>;

/** With `network.certificateFile` and so on this is the number that was always meant for it. */
const DEFAULT_PORT = 8443;

/** What is wanted after a change. Throws `origin/certificate` and `request/invalid`. */
export async function changedTls(
  endpoint: string,
  before: EndpointTls | undefined,
  given: Given,
): Promise<EndpointTls> {
  const port = given.port ?? before?.port ?? (endpoint === DEFAULT_ENDPOINT ? DEFAULT_PORT : 0);
  const { certificate, privateKey, certificateFile, privateKeyFile } = given;
  if (certificate !== undefined && privateKey !== undefined) {
    return { port, files: undefined, certificate: readCertificate({ cert: certificate, key: privateKey }) };
  }
  if (certificateFile !== undefined && privateKeyFile !== undefined) {
    const files = { certificateFile, privateKeyFile };
    return { port, files, certificate: readCertificate(await readCertificateFiles(files)) };
  }
  if (before === undefined) {
    throw new AppError('request/invalid', 'tls needs a certificate and its key. Nothing was changed.', {
      details: { field: 'tls.certificate' },
    });
  }
  return { ...before, port };
}

/** As it was kept. Throws `origin/certificate` and `secrets/unavailable`. */
export async function storedTls(
  { name, tls }: StoredEndpoint,
  keys: Pick<EndpointKeys, 'privateKey'>,
): Promise<EndpointTls | undefined> {
  if (tls === undefined) {
    return undefined;
  }
  const { port, certificate, certificateFile, privateKeyFile } = tls;
  if (certificateFile !== undefined && privateKeyFile !== undefined) {
    const files = { certificateFile, privateKeyFile };
    return { port, files, certificate: readCertificate(await readCertificateFiles(files)) };
  }
  const key = await keys.privateKey(name);
  if (certificate === undefined || key === undefined) {
    throw keysGone(name);
  }
  return { port, files: undefined, certificate: readCertificate({ cert: certificate, key }) };
}

/** Opens, changes or closes the way in with TLS. Throws `service/port-taken` and `service/port-refused`, and has then changed nothing. */
export async function showTls(door: EndpointDoor, endpoint: string, tls: EndpointTls | undefined): Promise<void> {
  await door.setTls(
    tls === undefined
      ? undefined
      : {
          cert: tls.certificate.cert,
          key: tls.certificate.key,
          port: tls.port,
          portWords: wordsFor(endpoint, 'tls.port'),
        },
  );
}

/** What is said when a certificate is shown that nobody should believe; undefined when it is good. */
export function validityFault(
  endpoint: string,
  { certificate }: EndpointTls,
  nowMs: number,
): AppError | undefined {
  const { subject, validFromMs, validToMs } = certificate;
  if (validFromMs <= nowMs && nowMs < validToMs) {
    return undefined;
  }
  const isOver = nowMs >= validToMs;
  const when = new Date(isOver ? validToMs : validFromMs).toISOString();
  return new AppError(
    'origin/certificate-expired',
    `The certificate of the streaming endpoint ${endpoint} (${subject}) ${isOver ? 'was valid until' : 'is not valid before'} ${when}. Viewers with TLS will be warned or refused.`,
    { details: { streamingEndpoint: endpoint, subject, when } },
  );
}

/** Whether viewers who come with TLS to that host need not be warned of it. Hosts of IPv6 stand in brackets. */
export function isGoodFor({ certificate }: EndpointTls, host: string, nowMs: number): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  const isNamed = isIP(bare) === 0 ? certificate.isFor(bare) : certificate.isForAddress(bare);
  const isValid = certificate.validFromMs <= nowMs && nowMs < certificate.validToMs;
  return isNamed && isValid && !certificate.isSelfSigned;
}
