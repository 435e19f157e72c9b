import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uploadCreate, uploadPatch } from '../../../../src-main/shared/api/uploads.ts';
import { bitrateOf, createOf, draftOf, targetOf } from '../../../../src-renderer/features/service/upload-draft.ts';
import { anUpload } from '../../../support/fake-uploads.ts';

const NEW = { ...draftOf(undefined, 'talk'), bucket: ' shows ', accessKeyId: 'id', secret: 'key' };

test('a form that is filled in is what the service takes', () => {
  const body = createOf({ ...NEW, publicUrl: 'https://cdn.example', maxMegabits: '2,5' });

  assert.deepEqual(uploadCreate.parse(body), body);
  assert.deepEqual(
    [body.streamingLocatorName, body.maxBitrate, body.publicUrl],
    ['talk', 2_500_000, 'https://cdn.example'],
  );
  assert.deepEqual(body.target, {
    kind: 'S3',
    region: 'us-east-1',
    bucket: 'shows',
    accessKeyId: 'id',
    prefix: '',
    secretAccessKey: 'key',
  });
});

test('for Azure a signature is told from a key', () => {
  const azure = { ...NEW, kind: 'AzureBlob', containerUrl: 'https://a.blob.core.windows.net/c' } as const;
  const common = { kind: 'AzureBlob', containerUrl: azure.containerUrl, prefix: '' };

  assert.deepEqual(targetOf({ ...azure, secret: 'a2V5' }, undefined), { ...common, accountKey: 'a2V5' });
  assert.deepEqual(targetOf({ ...azure, secret: '?sv=1&sig=x' }, undefined), { ...common, sas: '?sv=1&sig=x' });
});

test('an upload that is edited keeps what the form does not show, and its key when none is typed', () => {
  const upload = anUpload('copy', {
    target: {
      kind: 'S3',
      endpoint: 'http://nas:9000',
      region: 'us-east-1',
      bucket: 'shows',
      addressing: 'VirtualHost',
      accessKeyId: 'id',
      prefix: 'a',
    },
    maxBitrate: 1_500_000,
  });
  const draft = draftOf(upload, '');

  const target = targetOf(draft, upload.target);

  assert.deepEqual(target, upload.target);
  assert.equal(uploadPatch.safeParse({ target }).success, true);
  assert.equal(bitrateOf(draft), upload.maxBitrate);
});

test('a limit is a number, or none', () => {
  assert.deepEqual(
    ['', '10', '0.1', '0.01', '-1', 'x'].map((maxMegabits) => bitrateOf({ ...NEW, maxMegabits })),
    [undefined, 10_000_000, 100_000, Number.NaN, Number.NaN, Number.NaN],
  );
});
