import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect, createServer } from 'node:tls';
import {
  type ServerCertificateOptions,
  serverCertificate,
} from '../../../src-main/core/platform/server-certificate.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { listen } from '../../support/free-port.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';

const NOW = Date.UTC(2026, 10, 21);
const DAY = 86_400_000;

function optionsIn(folder: string, changes: Partial<ServerCertificateOptions> = {}): ServerCertificateOptions {
  return {
    certificateFile: '',
    certificateKeyFile: '',
    ownPath: join(folder, 'own.pem'),
    hosts: ['localhost', '127.0.0.1', '::1'],
    nowMs: NOW,
    writeFile: (path, text, mode) => writeFile(path, text, { mode }),
    ...changes,
  };
}

function refusal(words: RegExp) {
  return (error: unknown): boolean =>
    error instanceof AppError && error.code === 'ingest/certificate' && words.test(error.message);
}

test('a certificate is made at the first start and kept', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-tls-'));
  const options = optionsIn(folder.path);

  const made = await serverCertificate(options);
  const again = await serverCertificate({ ...options, nowMs: NOW + 365 * DAY });

  assert.equal(new X509Certificate(again.cert).fingerprint256, new X509Certificate(made.cert).fingerprint256);
  assert.equal((await stat(options.ownPath)).mode & 0o777, 0o600);
});

test('a new one is made when it is nearly over, or this computer has got another address', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-tls-'));
  const options = optionsIn(folder.path);
  const serial = async (changes: Partial<ServerCertificateOptions>): Promise<string> =>
    new X509Certificate((await serverCertificate({ ...options, ...changes })).cert).serialNumber;
  const first = await serial({});

  const later = await serial({ nowMs: NOW + 3640 * DAY });
  const elsewhere = await serial({ nowMs: NOW + 3640 * DAY, hosts: ['localhost', '192.168.7.1'] });

  assert.equal(new Set([first, later, elsewhere]).size, 3);
});

test('a damaged file is replaced', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-tls-'));
  const options = optionsIn(folder.path);
  await writeFile(options.ownPath, 'nothing of use');

  const { cert } = await serverCertificate(options);

  assert.match(await readFile(options.ownPath, 'utf8'), /BEGIN CERTIFICATE/);
  assert.equal(new X509Certificate(cert).subject, 'CN=Lectern');
});

test('who trusts it can speak TLS with it', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-tls-'));
  const { cert, key } = await serverCertificate(optionsIn(folder.path, { nowMs: Date.now() }));
  await using server = createServer({ cert, key, minVersion: 'TLSv1.2' }, (socket) => socket.end('hello'));
  const port = await listen(server);

  const socket = connect({ port, host: '127.0.0.1', ca: cert });
  let heard = '';
  for await (const bytes of socket) {
    heard += String(bytes);
  }

  assert.equal(heard, 'hello');
});

test('files of the user that cannot be used are named', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-tls-'));
  const at = (name: string): string => join(folder.path, name);
  const own = await serverCertificate(optionsIn(folder.path));
  const other = await serverCertificate(optionsIn(folder.path, { ownPath: at('other.pem') }));
  await writeFile(at('cert.pem'), own.cert);
  await writeFile(at('key.pem'), own.key);
  await writeFile(at('other-key.pem'), other.key);
  const given = (certificateFile: string, certificateKeyFile: string, nowMs = NOW) =>
    serverCertificate(optionsIn(folder.path, { certificateFile, certificateKeyFile, nowMs }));

  await assert.rejects(given(at('cert.pem'), ''), refusal(/network\.certificateKeyFile is empty/));
  await assert.rejects(given(at('none.pem'), at('key.pem')), refusal(/none\.pem of network\.certificateFile/));
  await assert.rejects(given(at('key.pem'), at('key.pem')), refusal(/holds no certificate/));
  await assert.rejects(given(at('cert.pem'), at('cert.pem')), refusal(/holds no private key/));
  await assert.rejects(given(at('cert.pem'), at('other-key.pem')), refusal(/is not that of the certificate/));
  await assert.rejects(given(at('cert.pem'), at('key.pem'), NOW + 3651 * DAY), refusal(/was valid until/));
  assert.equal((await given(at('cert.pem'), at('key.pem'))).cert, own.cert);
});
