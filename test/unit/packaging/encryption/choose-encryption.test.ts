import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AllowedEncryption,
  chooseEncryption,
  encryptionTagsOf,
} from '../../../../src-main/core/ports/choose-encryption.ts';
import {
  ENCRYPTION_TAGS,
  type EncryptionTag,
  STREAMING_FORMATS,
  type StreamingFormat,
} from '../../../../src-main/core/ports/streaming-format.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';

const ENVELOPE = 'EnvelopeEncryption';
const CENC = 'CommonEncryptionCenc';
const CBCS = 'CommonEncryptionCbcs';
const ALL = { clear: false, schemes: [ENVELOPE, CENC, CBCS] } as const;

function outcome(format: StreamingFormat, tag: EncryptionTag | undefined, allowed: AllowedEncryption): string {
  try {
    const chosen = chooseEncryption(format, tag, allowed);
    return chosen === undefined ? 'clear' : `${chosen.scheme} ${chosen.tag}`;
  } catch (error) {
    assert(error instanceof AppError);
    return error.code;
  }
}

test('every format has the encryptions that it can have, and no other', () => {
  const matrix = STREAMING_FORMATS.map((format) => [
    format,
    ...ENCRYPTION_TAGS.filter((tag) => !outcome(format, tag, ALL).startsWith('MPE_')),
  ]);

  assert.deepEqual(matrix, [
    ['smooth', 'cbc', 'cenc', 'piff'],
    ['fmp4-v20', 'cbc', 'cenc', 'piff'],
    ['m3u8-aapl-v3', 'cbc', 'cbcs-aapl'],
    ['m3u8-aapl', 'cbc', 'cbcs-aapl'],
    ['m3u8-cmaf', 'cbc', 'cbcs-aapl'],
    ['mpd-time-csf', 'cbc', 'cenc'],
    ['mpd-time-cmaf', 'cbc', 'cenc', 'cbcs-aapl'],
    ['f4m-f4f'],
  ]);
  assert.equal(outcome('m3u8-cmaf', 'piff', ALL), 'MPE_FORMAT_NOT_SUPPORTED');
  assert.equal(outcome('f4m-f4f', 'cbc', ALL), 'MPE_FORMAT_NOT_SUPPORTED');
});

test('a CMAF address of an encrypted stream has to say how, also when there is one way only', () => {
  const one: AllowedEncryption = { clear: false, schemes: [CENC] };

  assert.equal(outcome('mpd-time-cmaf', undefined, one), 'MPE_ENC_ENCRYPTION_NOT_SPECIFIED_IN_URL');
  assert.equal(outcome('mpd-time-cmaf', 'cenc', one), `${CENC} cenc`);
  assert.equal(
    outcome('m3u8-cmaf', undefined, { clear: false, schemes: [ENVELOPE] }),
    'MPE_ENC_ENCRYPTION_NOT_SPECIFIED_IN_URL',
  );
});

test('other addresses have to say how only when there are several ways', () => {
  assert.equal(outcome('m3u8-aapl', undefined, { clear: false, schemes: [ENVELOPE] }), `${ENVELOPE} cbc`);
  assert.equal(outcome('m3u8-aapl', undefined, { clear: false, schemes: [ENVELOPE, CENC] }), `${ENVELOPE} cbc`);
  assert.equal(outcome('m3u8-aapl', undefined, ALL), 'MPE_ENC_ENCRYPTION_NOT_SPECIFIED_IN_URL');
  assert.equal(outcome('mpd-time-csf', undefined, { clear: false, schemes: [CENC] }), `${CENC} cenc`);
  assert.equal(outcome('mpd-time-csf', undefined, ALL), 'MPE_ENC_ENCRYPTION_NOT_SPECIFIED_IN_URL');
  assert.equal(outcome('smooth', undefined, { clear: false, schemes: [CENC] }), `${CENC} cenc`);
  assert.equal(outcome('smooth', 'piff', { clear: false, schemes: [CENC] }), `${CENC} piff`);
  assert.equal(outcome('smooth', undefined, ALL), 'MPE_ENC_ENCRYPTION_NOT_SPECIFIED_IN_URL');
});

test('a policy that allows it clear gives it clear to who asks for no encryption', () => {
  const both: AllowedEncryption = { clear: true, schemes: [ENVELOPE, CENC] };

  assert.equal(outcome('mpd-time-cmaf', undefined, both), 'clear');
  assert.equal(outcome('mpd-time-cmaf', 'cbc', both), `${ENVELOPE} cbc`);
  assert.equal(outcome('f4m-f4f', undefined, both), 'clear');
});

test('what the policy does not have is refused', () => {
  const clear: AllowedEncryption = { clear: true, schemes: [] };
  const cbcs: AllowedEncryption = { clear: false, schemes: [CBCS] };

  assert.equal(outcome('m3u8-cmaf', 'cbc', clear), 'MPE_ENC_ENCRYPTION_NOT_SET_IN_DELIVERY_POLICY');
  assert.equal(outcome('m3u8-cmaf', 'cbc', cbcs), 'MPE_ENC_ENCRYPTION_NOT_SET_IN_DELIVERY_POLICY');
  assert.equal(outcome('m3u8-cmaf', 'cbc', { clear: false, schemes: [] }), 'MPE_OUTPUT_FORMAT_BLOCKED');
  assert.equal(outcome('m3u8-cmaf', undefined, { clear: false, schemes: [] }), 'MPE_OUTPUT_FORMAT_BLOCKED');
});

test('a format that cannot have what the policy asks for is refused for that', () => {
  assert.equal(outcome('f4m-f4f', undefined, ALL), 'MPE_ENC_ENCRYPTION_REQUIRED');
  assert.equal(outcome('smooth', undefined, { clear: false, schemes: [CBCS] }), 'MPE_ENC_ENCRYPTION_REQUIRED');
  assert.deepEqual(encryptionTagsOf('smooth', [CBCS]), []);
  assert.deepEqual(encryptionTagsOf('smooth', [CENC]), ['cenc', 'piff']);
});
