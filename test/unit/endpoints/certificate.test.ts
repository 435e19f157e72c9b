import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readCertificate, readCertificateFiles } from '../../../src-main/core/endpoints/certificate.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';
import { testCertificate } from '../../support/test-certificate.ts';

const SECOND = 1000;

test('a certificate says whom it is for and for how long', async () => {
  const fromMs = Date.UTC(2029, 0, 1);
  const toMs = Date.UTC(2031, 0, 1);

  const read = readCertificate(await testCertificate(['live.example', '192.0.2.7'], { fromMs, toMs }));

  assert.deepEqual(
    [read.subject, read.names, read.validFromMs, read.validToMs],
    ['CN=live.example', ['live.example', '192.0.2.7'], fromMs, toMs],
  );
  assert.deepEqual(
    [read.isFor('live.example'), read.isFor('other.example'), read.isForAddress('192.0.2.7')],
    [true, false, true],
  );
});

test('one that vouches for itself is told from one that another vouches for', async () => {
  const authority = await testCertificate(['Some authority']);

  assert.equal(readCertificate(authority).isSelfSigned, true);
  assert.equal(readCertificate(await testCertificate(['x.example'], { authority })).isSelfSigned, false);
});

test('one that has expired can be read: it is shown, and complained about', async () => {
  const { cert, key } = await testCertificate(['x.example'], { fromMs: SECOND, toMs: 2 * SECOND });

  assert.equal(readCertificate({ cert, key }).validToMs, 2 * SECOND);
});

test('what cannot be shown is refused by the field that is not right', async () => {
  const mine = await testCertificate(['mine.example']);
  const other = await testCertificate(['other.example']);
  const refusals: readonly (readonly [what: string, cert: string, key: string, field: string, words: RegExp])[] = [
    ['a key of another certificate', mine.cert, other.key, 'tls.privateKey', /is not the key/],
    [
      'a chain the wrong way round',
      `${other.cert}\n${mine.cert}`,
      mine.key,
      'tls.privateKey',
      /has to come first/,
    ],
    ['no certificate', 'nothing', mine.key, 'tls.certificate', /no certificate in PEM/],
    ['a key as certificate', mine.key, mine.key, 'tls.certificate', /no certificate in PEM/],
    ['no key', mine.cert, mine.cert, 'tls.privateKey', /no private key in PEM/],
    [
      'a damaged certificate',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      mine.key,
      'tls.certificate',
      /cannot be read/,
    ],
  ];
  for (const [what, cert, key, field, words] of refusals) {
    assert.throws(
      () => readCertificate({ cert, key }),
      (error: { code?: unknown; details?: unknown; message?: unknown }) => {
        assert.equal(error.code, 'origin/certificate', what);
        assert.deepEqual(error.details, { field, path: undefined }, what);
        assert.match(String(error.message), words, what);
        assert.doesNotMatch(String(error.message), /BEGIN/, what);
        return true;
      },
    );
  }
  readCertificate({ cert: `${mine.cert}\n${other.cert}`, key: mine.key });
});

test('files are read, and those that cannot be are named', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-certificate-'));
  const certificateFile = join(folder.path, 'chain.pem');
  const privateKeyFile = join(folder.path, 'key.pem');
  await writeFile(certificateFile, 'c');
  await assert.rejects(readCertificateFiles({ certificateFile, privateKeyFile }), {
    code: 'origin/certificate',
    details: { field: 'tls.privateKeyFile', path: privateKeyFile },
  });
  await writeFile(privateKeyFile, 'k');
  assert.deepEqual(await readCertificateFiles({ certificateFile, privateKeyFile }), { cert: 'c', key: 'k' });

  await writeFile(certificateFile, 'c'.repeat(70_000));
  await assert.rejects(readCertificateFiles({ certificateFile, privateKeyFile }), {
    code: 'origin/certificate',
    details: { field: 'tls.certificateFile', path: certificateFile },
  });
});
