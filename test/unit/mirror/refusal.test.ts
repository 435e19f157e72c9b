import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainAzure, explainS3 } from '../../../src-main/core/mirror/store/refusal.ts';

const PLACE = { server: 's3.example.org', container: 'shows' };
const s3 = (status: number, word = '', headers: Readonly<Record<string, string>> = {}) =>
  explainS3({ status, headers, text: word === '' ? '' : `<Error><Code>${word}</Code></Error>` }, PLACE);
const azure = (status: number, word: string, text = '') =>
  explainAzure({ status, headers: { 'x-ms-error-code': word }, text }, PLACE);

for (const [status, word, code] of [
  [403, 'RequestTimeTooSkewed', 'upload/clock-skew'],
  [403, 'SignatureDoesNotMatch', 'upload/denied'],
  [403, '', 'upload/denied'],
  [404, 'NoSuchBucket', 'upload/no-container'],
  [301, 'PermanentRedirect', 'upload/refused'],
  [400, 'AuthorizationHeaderMalformed', 'upload/refused'],
  [400, 'EntityTooLarge', 'upload/refused'],
  [501, 'NotImplemented', 'upload/refused'],
  // What passes by itself.
  [408, '', 'upload/unreachable'],
  [400, 'RequestTimeout', 'upload/unreachable'],
  [409, 'OperationAborted', 'upload/unreachable'],
  [500, 'InternalError', 'upload/unreachable'],
  [502, '', 'upload/unreachable'],
  [429, '', 'upload/slow-down'],
  [503, 'SlowDown', 'upload/slow-down'],
] as const) {
  test(`S3's answer ${status} ${word} is ${code}`, () => {
    const error = s3(status, word);

    assert.equal(error.code, code);
    assert.equal(error.severity === 'retry', code === 'upload/unreachable' || code === 'upload/slow-down');
  });
}

for (const [status, word, text, code] of [
  [403, 'AuthenticationFailed', 'The MAC signature found in the request is not the same', 'upload/denied'],
  [403, 'AuthenticationFailed', 'Request date header too old', 'upload/clock-skew'],
  [403, 'AuthorizationPermissionMismatch', '', 'upload/denied'],
  [404, 'ContainerNotFound', '', 'upload/no-container'],
  [500, 'OperationTimedOut', '', 'upload/unreachable'],
  [503, 'ServerBusy', '', 'upload/slow-down'],
] as const) {
  test(`Azure's answer ${status} ${word} (${text}) is ${code}`, () => {
    assert.equal(azure(status, word, text).code, code);
  });
}

test('what the storage asks for, its region and its clock are told', () => {
  assert.equal(s3(503, 'SlowDown', { 'retry-after': '7' }).details['retryAfterSeconds'], 7);
  assert.equal(s3(503, 'SlowDown', { 'retry-after': 'soon' }).details['retryAfterSeconds'], undefined);
  assert.match(s3(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'eu-west-1' }).message, /eu-west-1/);
  assert.match(s3(403, 'RequestTimeTooSkewed', { date: 'Sat, 21 Nov 2026' }).message, /Sat, 21 Nov 2026/);
});

test('a word that is a name of every object is no word', () => {
  assert.equal(s3(418, 'constructor').code, 'upload/refused');
});
