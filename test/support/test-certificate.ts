import { generate } from 'selfsigned';

export type TestCertificate = { readonly cert: string; readonly key: string };

/** A certificate for some names that vouches for itself, or for which another does; PEM. */
export async function testCertificate(
  names: readonly string[] = ['localhost'],
  options: { readonly fromMs?: number; readonly toMs?: number; readonly authority?: TestCertificate } = {},
): Promise<TestCertificate> {
  const { fromMs = Date.now() - 86_400_000, toMs = Date.now() + 86_400_000 } = options;
  const made = await generate([{ name: 'commonName', value: names[0] ?? 'test' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(fromMs),
    notAfterDate: new Date(toMs),
    ...(options.authority === undefined ? {} : { ca: options.authority }),
    extensions: [
      { name: 'basicConstraints', cA: false },
      {
        name: 'subjectAltName',
        altNames: names.map((name) => (/^[\d.]+$/.test(name) ? { type: 7, ip: name } : { type: 2, value: name })),
      },
    ],
  });
  return { cert: made.cert, key: made.private };
}
