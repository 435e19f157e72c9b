import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { readVerificationKey } from '../../../../src-main/core/protect/tokens/verification-key.ts';
import { pemOfFile, readPem } from '../../../../src-renderer/features/service/pem.ts';
import { testCertificate } from '../../../support/test-certificate.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const spki = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();

test('an RSA key in either form is what the service reads the same key from', () => {
  for (const type of ['spki', 'pkcs1'] as const) {
    const { key } = readPemKey(rsa.publicKey.export({ type, format: 'pem' }).toString());

    assert(key.kind === 'Rsa');
    assert.equal(key.bits, 2048);
    const read = readVerificationKey({ kind: 'Rsa', modulus: key.modulus, exponent: key.exponent });
    assert(read.kind === 'public' && read.key.equals(rsa.publicKey));
  }
});

test('a certificate goes along whole, whatever text stands around it', async () => {
  const { cert } = await testCertificate();

  const { key } = readPemKey(`subject=CN = x\n${cert}\n`);

  assert(key.kind === 'X509');
  assert.equal(readVerificationKey(key).kind, 'public');
});

test('what is no public key is told apart, the private half before anything else', () => {
  const privateKey = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

  assert.equal(readPem('ssh-rsa AAAA').fault, 'none');
  assert.equal(readPem(privateKey).fault, 'private');
  assert.equal(readPem(`${spki}${privateKey}`).fault, 'private');
  assert.equal(readPem(spki + spki).fault, 'several');
  assert.equal(readPem(spki.replaceAll('PUBLIC KEY', 'X509 CRL')).fault, 'other');
  assert.equal(readPem(curve.publicKey.export({ type: 'spki', format: 'pem' }).toString()).fault, 'notRsa');
  assert.equal(readPem(spki.replace(/\n.{64}\n/, '\n')).fault, 'unreadable');
  assert.equal(readPem('-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----').fault, 'unreadable');
});

test('a file is shown as the text that would have been pasted, from PEM and from bytes', async () => {
  const { cert } = await testCertificate();
  const der = new Uint8Array(rsa.publicKey.export({ type: 'spki', format: 'der' }));
  const certificate = Buffer.from(cert.replaceAll(/-----.*?-----|\s/g, ''), 'base64');

  assert.equal(pemOfFile(new TextEncoder().encode(spki)), spki);
  assert.equal(pemOfFile(der), spki);
  assert.equal(readPemKey(pemOfFile(new Uint8Array(certificate))).key.kind, 'X509');
});

test('whatever bytes a block has, it is read or refused, never thrown about', () => {
  const label = fc.constantFrom('PUBLIC KEY', 'RSA PUBLIC KEY', 'CERTIFICATE');
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array({ maxLength: 40 }).map((inner) => Uint8Array.from([0x30, inner.length, ...inner])),
  );

  fc.assert(
    fc.property(label, bytes, (name, body) => {
      const base64 = Buffer.from(body).toString('base64');
      assert.doesNotThrow(() => readPem(`-----BEGIN ${name}-----\n${base64}\n-----END ${name}-----`));
      assert.doesNotThrow(() => readPem(pemOfFile(body)));
    }),
  );
});

function readPemKey(text: string) {
  const read = readPem(text);
  assert(read.fault === undefined, read.fault);
  return read;
}
