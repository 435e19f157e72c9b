import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createdUpload,
  isSameCopy,
  parseSecret,
  patchedUpload,
  playAddresses,
  type StoredUpload,
} from '../../../src-main/core/mirror/upload-change.ts';
import { uploadCreate, uploadPatch } from '../../../src-main/shared/api/uploads.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';

const NOW = '2030-01-01T00:00:00.000Z';
const S3 = { kind: 'S3', bucket: 'shows', accessKeyId: 'id', secretAccessKey: 'planted' };
const AZURE = { kind: 'AzureBlob', containerUrl: 'https://acct.blob.core.windows.net/shows' };
const request = (target: object) => uploadCreate.parse({ streamingLocatorName: 'show', target });
const created = (target: object, before?: StoredUpload) =>
  createdUpload('u', request(target), { before, now: NOW });
const refuses = (act: () => unknown, field: string): void => {
  assert.throws(
    act,
    (error) => error instanceof AppError && error.code === 'request/invalid' && error.details['field'] === field,
  );
};

test('keys are kept apart from what is shown', () => {
  const { row, secret } = created({ ...S3, sessionToken: 'planted-too' });

  assert.deepEqual(secret, { secretAccessKey: 'planted', sessionToken: 'planted-too' });
  assert.doesNotMatch(JSON.stringify(row), /planted/);
  assert.deepEqual(parseSecret(JSON.stringify(secret)), secret);
});

test('a shared access signature in the address of a container goes to the key store', () => {
  const { row, secret } = created({ ...AZURE, containerUrl: `${AZURE.containerUrl}?sv=1&sig=planted` });

  assert.deepEqual(secret, { sas: 'sv=1&sig=planted' });
  assert.equal(row.target.kind === 'AzureBlob' && row.target.containerUrl, AZURE.containerUrl);
});

test('without a key nothing is mirrored, and a kept key goes to no other place', () => {
  const { row } = created(S3);
  const { secretAccessKey: _, ...keyless } = S3;

  refuses(() => created(keyless), 'target.secretAccessKey');
  refuses(() => created(AZURE), 'target.accountKey');
  refuses(() => created({ ...keyless, endpoint: 'https://elsewhere.example' }, row), 'target.secretAccessKey');
  assert.equal(created(keyless, row).secret, 'kept');
});

test('an account key beside a signature, one that is not base64, and half a signature are refused', () => {
  refuses(() => created({ ...AZURE, accountKey: 'a2V5', sas: 'sig=1' }), 'target.accountKey');
  refuses(() => created({ ...AZURE, accountKey: 'no_key' }), 'target.accountKey');
  refuses(() => created({ ...AZURE, sas: 'sv=2021' }), 'target.sas');
});

test('a patch changes what it names, and null takes away', () => {
  const { row } = createdUpload(
    'u',
    { ...request(S3), publicUrl: 'https://cdn.example', maxBitrate: 1_000_000 },
    { before: undefined, now: NOW },
  );

  const { row: patched, secret } = patchedUpload(
    row,
    uploadPatch.parse({ publicUrl: null, retention: 'Window' }),
    NOW,
  );

  assert.equal(secret, 'kept');
  assert.deepEqual(patched, { ...withoutUrl(row), retention: 'Window' });
});

function withoutUrl({ publicUrl: _, ...row }: StoredUpload): StoredUpload {
  return row;
}

test('what is there counts for the same locator in the same place, whatever the key', () => {
  const { row } = created(S3);

  assert.equal(isSameCopy(row, created({ ...S3, accessKeyId: 'other' }).row), true);
  assert.equal(isSameCopy(row, created({ ...S3, prefix: 'a' }).row), false);
  assert.equal(isSameCopy(row, { ...row, streamingLocatorName: 'another' }), false);
});

test('viewers are given addresses below the public one, or those of the storage', () => {
  const { row } = created({ ...S3, prefix: 'a/b' });
  const names = { hls: 'index.m3u8', dash: 'manifest.mpd' };
  const inStore = (name: string): string => `https://store/${name}`;

  assert.deepEqual(playAddresses({ ...row, publicUrl: 'https://cdn.example/x/' }, names, inStore), {
    hls: 'https://cdn.example/x/a/b/index.m3u8',
    dash: 'https://cdn.example/x/a/b/manifest.mpd',
  });
  assert.deepEqual(playAddresses({ ...row, formats: ['Dash'] }, names, inStore), {
    dash: 'https://store/manifest.mpd',
  });
});

for (const [what, target] of [
  ['a folder that climbs', { ...S3, prefix: '../other' }],
  ['a folder with a space', { ...S3, prefix: 'a b' }],
  ['a folder that ends with a slash', { ...S3, prefix: 'a/' }],
  ['an address with a password', { ...S3, endpoint: 'https://me:secret@host' }],
  ['a bucket with a slash', { ...S3, bucket: 'a/b' }],
  [
    'a container without a name',
    { ...AZURE, containerUrl: 'https://acct.blob.core.windows.net/', accountKey: 'a2V5' },
  ],
  ['a key with a line break', { ...S3, secretAccessKey: 'a\r\nX-Evil: 1' }],
] as const) {
  test(`${what} is refused`, () => {
    assert.equal(uploadCreate.safeParse({ streamingLocatorName: 'show', target }).success, false);
  });
}
