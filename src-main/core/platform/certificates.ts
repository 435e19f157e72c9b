import { getCACertificates } from 'node:tls';

/**
 * Writes the certificate authorities that this computer and Node trust (also those of NODE_EXTRA_CA_CERTS, for a server of one's own) into
 * one PEM file: ffmpeg builds look for them in different places, and some nowhere. Gives the path.
 */
export async function writeCertificates(
  path: string,
  writeFile: (path: string, text: string) => Promise<void>,
): Promise<string> {
  const all = new Set((['bundled', 'system', 'extra'] as const).flatMap((store) => getCACertificates(store)));
  await writeFile(path, `${[...all].map((certificate) => certificate.trim()).join('\n')}\n`);
  return path;
}
