import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { answerProblemOf } from '../../../src-main/core/control/problem.ts';
import { RequestError } from '../../../src-main/core/control/request-error.ts';
import { validate } from '../../../src-main/core/control/validate.ts';
import { problem } from '../../../src-main/shared/api/common.ts';
import { ROUTES } from '../../../src-main/shared/api/routes.ts';
import { AppError, toAppError } from '../../../src-main/shared/app-error.ts';

function refusal(schema: z.ZodType, value: unknown): RequestError {
  try {
    validate(schema, value, 'body');
  } catch (error) {
    assert(error instanceof RequestError);
    return error;
  }
  throw new Error('it was accepted');
}

test('a good body comes back with its defaults', () => {
  assert.deepEqual(validate(ROUTES.createExport.body, { end: '1:30' }, 'body'), {
    format: 'mp4',
    quality: 'top',
    end: '1:30',
  });
});

test('unknown fields are named, to any depth, and decide the code', () => {
  const error = refusal(ROUTES.putSources.body, {
    sources: [{ kind: 'test', id: 'UP', colour: 1 }],
    size: 2,
  });

  assert.equal(error.code, 'request/unknown-field');
  assert.deepEqual(error.errors, [
    { field: 'sources[0].id', message: 'must be lower-case letters, digits and hyphens' },
    { field: 'sources[0].colour', message: 'does not exist' },
    { field: 'size', message: 'does not exist' },
  ]);
});

for (const [what, schema, value, wanted] of [
  ['a missing body', ROUTES.putLiveEvent.body, undefined, ['body', 'is missing']],
  ['a body that is no object', ROUTES.putLiveEvent.body, [], ['body', 'must be an object']],
  ['a missing field', ROUTES.putLiveEvent.body, {}, ['input', 'is missing']],
  [
    'a word that is not offered',
    ROUTES.putLiveEvent.body,
    { input: { streamingProtocol: 'SRT' } },
    ['input.streamingProtocol', 'must be one of "Studio", "RTMP", "FragmentedMP4", "TransportStream"'],
  ],
  [
    'another word than the only one',
    z.strictObject({ kind: z.enum(['Studio']) }),
    { kind: 'RTMP' },
    ['kind', 'must be "Studio"'],
  ],
  [
    'one of several words',
    ROUTES.createExport.body,
    { format: 'avi' },
    ['format', 'must be one of "mp4", "mkv", "m4a", "hls"'],
  ],
  [
    'a union',
    ROUTES.createExport.body,
    { quality: 'low' },
    ['quality', 'must be one of "top", "all", or a number'],
  ],
  ['a number below', ROUTES.patchAudio.body, { gainDb: -61 }, ['gainDb', 'must be at least -60']],
  ['a number above', ROUTES.patchAudio.body, { gainDb: 21 }, ['gainDb', 'must be at most 20']],
  ['a wrong type', ROUTES.patchAudio.body, { muted: 'yes' }, ['muted', 'must be true or false']],
  [
    'text too long',
    ROUTES.patchStudio.body,
    { title: 'x'.repeat(201) },
    ['title', 'must have at most 200 characters'],
  ],
  ['an empty text', ROUTES.createExport.body, { out: '' }, ['out', 'must not be empty']],
  [
    'too many entries',
    ROUTES.putLiveEvent.body,
    { input: { streamingProtocol: 'Studio' }, streamOptions: ['Default', 'LowLatency'] },
    ['streamOptions', 'must have at most 1 entry'],
  ],
  [
    'a kind that is not offered',
    ROUTES.putScene.body,
    { kind: 'pip' },
    ['kind', 'must be one of "single", "slate", "scene"'],
  ],
  [
    'a time',
    ROUTES.putLocator.body,
    { assetName: 'a', streamingPolicyName: 'Predefined_DownloadOnly', startTime: 'now' },
    ['startTime', 'must be an ISO 8601 time such as 2030-01-31T12:00:00Z'],
  ],
  [
    'a duration out of bounds',
    ROUTES.putLiveOutput.body,
    { assetName: 'a', archiveWindowLength: 'PT26H' },
    ['archiveWindowLength', 'must be between PT1M and PT25H'],
  ],
  ['a fraction', ROUTES.getPreview.query, { width: '100.5' }, ['width', 'must be a whole number']],
  [
    'an odd size',
    ROUTES.putLadder.body,
    {
      kind: 'custom',
      ladder: {
        frameRate: 30,
        video: [{ width: 1281, height: 720, bitrate: 1_000_000 }],
        audio: { bitrate: 128_000, sampleRate: 48_000, channels: 2 },
      },
    },
    ['ladder.video[0].width', 'must be a multiple of 2'],
  ],
] as const) {
  test(`${what} is refused in words that name the field`, () => {
    const error = refusal(schema, value);

    assert.equal(error.code, 'request/invalid');
    assert.deepEqual(error.errors, [{ field: wanted[0], message: wanted[1] }]);
    assert.equal(error.message, `${wanted[0]} ${wanted[1]}.`);
  });
}

test('a refusal becomes a problem document with a list of its fields', () => {
  const document = answerProblemOf(refusal(ROUTES.patchAudio.body, { gainDb: 99, colour: 1 }));

  assert.deepEqual(problem.parse(document), document);
  assert.deepEqual(document, {
    type: 'urn:lectern:problem:request/unknown-field',
    title: 'The request has a field that does not exist',
    status: 400,
    detail: 'gainDb must be at most 20. colour does not exist.',
    code: 'request/unknown-field',
    details: { fields: ['gainDb', 'colour'] },
    errors: [
      { field: 'gainDb', message: 'must be at most 20' },
      { field: 'colour', message: 'does not exist' },
    ],
  });
});

test('a mistake of the program tells its caller nothing of its insides', () => {
  const document = answerProblemOf(toAppError(new Error('/home/ann/secret-key')));

  assert.equal(document.status, 500);
  assert.equal(document.code, 'service/internal');
  assert(!JSON.stringify(document).includes('secret'));
});

test('an operational failure keeps its facts', () => {
  const document = answerProblemOf(new AppError('resource/busy', 'It is busy.', { details: { operation: 'x' } }));

  assert.deepEqual([document.status, document.details], [409, { operation: 'x' }]);
});
