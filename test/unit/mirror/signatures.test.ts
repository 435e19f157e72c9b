import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signAzure } from '../../../src-main/core/mirror/store/azure-store.ts';
import { bucketUrl, signS3 } from '../../../src-main/core/mirror/store/s3-store.ts';

/**
 * The examples of “Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk (AWS Signature Version 4)” in the
 * Amazon S3 API Reference.
 */
const KEY = {
  target: { region: 'us-east-1', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' },
  secret: { secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' },
  wallMs: Date.UTC(2013, 4, 24),
};
const BUCKET = 'https://examplebucket.s3.amazonaws.com/';

test('the published example of a PUT has the published signature', async () => {
  const signed = await signS3(
    {
      method: 'PUT',
      url: `${BUCKET}test%24file.text`,
      headers: { Date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      chunks: [Buffer.from('Welcome to '), Buffer.from('Amazon S3.')],
    },
    KEY,
  );

  assert.equal(
    signed.headers['authorization'],
    'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  );
  assert.equal(
    signed.headers['x-amz-content-sha256'],
    '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
  );
});

for (const [what, path, headers, signature] of [
  [
    'an object',
    'test.txt',
    { Range: 'bytes=0-9' },
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  ],
  ['a life cycle', '?lifecycle=', {}, 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'],
  ['a list', '?max-keys=2&prefix=J', {}, '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'],
] as const) {
  test(`the published example of a GET of ${what} has the published signature`, async () => {
    const signed = await signS3(
      // Nothing is ever read, but the examples of the standard are mostly of this kind.
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
      { method: 'GET' as 'PUT', url: `${BUCKET}${path}`, headers, chunks: [] },
      KEY,
    );

    assert.equal(signed.headers['authorization']?.split('Signature=')[1], signature);
  });
}

test('a temporary key sends its token, signed', async () => {
  const signed = await signS3(
    { method: 'DELETE', url: `${BUCKET}old.m4s`, headers: {}, chunks: [] },
    { ...KEY, secret: { ...KEY.secret, sessionToken: 'a-token' } },
  );

  assert.equal(signed.headers['x-amz-security-token'], 'a-token');
  assert.match(String(signed.headers['authorization']), /SignedHeaders=[^,]*x-amz-security-token/);
});

test('a bucket is addressed as its service usually has it, unless one says otherwise', () => {
  const target = { kind: 'S3', region: 'eu-central-1', bucket: 'shows', accessKeyId: 'id', prefix: '' } as const;

  assert.deepEqual(
    [
      target,
      { ...target, bucket: 'with.dots' },
      { ...target, addressing: 'Path' as const },
      { ...target, endpoint: 'http://127.0.0.1:9000/' },
      { ...target, endpoint: 'https://s3.us-west-004.backblazeb2.com', addressing: 'VirtualHost' as const },
    ].map(bucketUrl),
    [
      'https://shows.s3.eu-central-1.amazonaws.com/',
      'https://s3.eu-central-1.amazonaws.com/with.dots/',
      'https://s3.eu-central-1.amazonaws.com/shows/',
      'http://127.0.0.1:9000/shows/',
      'https://shows.s3.us-west-004.backblazeb2.com/',
    ],
  );
});

test('a shared access signature goes into the address, and no key is used', () => {
  const signed = signAzure(
    { method: 'PUT', url: 'https://a.blob.core.windows.net/c/x', headers: {}, chunks: [] },
    { secret: { sas: 'sv=2021&sig=abc%3D' }, account: 'a', wallMs: 0 },
  );

  assert.equal(signed.url, 'https://a.blob.core.windows.net/c/x?sv=2021&sig=abc%3D');
  assert.equal(signed.headers['Authorization'], undefined);
});
