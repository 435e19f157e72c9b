import { getCACertificates } from 'node:tls';

/**
 * Writes the certificate authorities that this computer and Node trust into one PEM file: ffmpeg builds look for them in different places, and
 * some nowhere. Gives the path.
 */
export async function writeCertificates(
  path: string,
  writeFile: (path: string, text: string) => Promise<void>,
): Promise<string> {
  const all = new Set([...getCACertificates('bundled'), ...getCACertificates('system')]);
  await writeFile(path, `${[...all].map((certificate) => certificate.trim()).join('\n')}\n`);
  return path;
}
