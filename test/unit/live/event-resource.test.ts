import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkLiveEncoding } from '../../../src-main/core/encode/live-encoding/chosen-layers.ts';
import {
  createdEvent,
  guidKey,
  patchedEvent,
  type ResourceRules,
  segmentSecondsOf,
} from '../../../src-main/core/live/event-resource.ts';
import {
  type LiveEvent,
  type LiveEventCreate,
  type LiveEventPatch,
  type LiveEventState,
  liveEvent,
  liveEventCreate,
  liveEventPatch,
} from '../../../src-main/shared/api/live-events.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';

const TOKEN = '9EB1F703-3149-4417-8671-68952B25F418';
const NOW = '2030-01-01T00:00:00.000Z';
const rules: ResourceRules = {
  checkAccessControl(list) {
    if (list.ip.allow.some(({ address }) => address === 'nonsense')) {
      throw new AppError('ingest/address-list-invalid', 'The entry is not right.', {
        details: { address: 'nonsense' },
      });
    }
  },
  checkEncoding: checkLiveEncoding,
  checkPreviewPolicy(_liveEvent, policy) {
    if (!policy.startsWith('Predefined_')) {
      throw new AppError('resource/not-found', `There is no streaming policy ${policy}.`);
    }
  },
  hasRecogniser: () => true,
  hasOwnNames: () => true,
  newGuid: () => '11111111-2222-4333-8444-555555555555',
  now: () => NOW,
};

/** As it comes in over HTTP. */
function create(request: unknown): LiveEvent {
  const parsed: LiveEventCreate = liveEventCreate.parse(request);
  return liveEvent.parse(createdEvent('news', parsed, rules));
}

const rtmp = { streamingProtocol: 'RTMP' } as const;
const listOf = (address: string) => ({ ip: { allow: [{ address }] } });

describe('a new live event', () => {
  test('passes through, has a token and a preview of its own, and lets in this computer and private networks', () => {
    const event = create({ input: rtmp });

    assert.deepEqual(event.encoding, { encodingType: 'PassthroughStandard' });
    assert.equal(event.input.keyFrameIntervalDuration, 'PT2S');
    assert.equal(event.input.accessToken, rules.newGuid());
    assert.deepEqual(event.streamOptions, ['Default']);
    const allowed = event.input.accessControl?.ip.allow.map(
      ({ address, subnetPrefixLength }) => `${address}/${subnetPrefixLength ?? ''}`,
    );
    assert.deepEqual(allowed, [
      '127.0.0.0/8',
      '::1/128',
      '10.0.0.0/8',
      '172.16.0.0/12',
      '192.168.0.0/16',
      '169.254.0.0/16',
      'fc00::/7',
      'fe80::/10',
    ]);
  });

  test('keeps what it was given: token, preview locator, lists and labels', () => {
    const event = create({
      input: { ...rtmp, accessToken: TOKEN, accessControl: listOf('10.0.0.1/22') },
      preview: {
        previewLocator: TOKEN,
        accessControl: { ip: { allow: [] } },
        streamingPolicyName: 'Predefined_ClearStreamingOnly',
      },
      useStaticHostname: true,
      hostnamePrefix: 'my-news',
      tags: { a: 'b' },
    });

    assert.equal(event.input.accessToken, TOKEN);
    assert.equal(event.preview.previewLocator, TOKEN.toLowerCase());
    assert.deepEqual(event.input.accessControl, listOf('10.0.0.1/22'));
    assert.deepEqual(event.preview.accessControl, { ip: { allow: [] } });
    assert.deepEqual([event.useStaticHostname, event.hostnamePrefix, event.tags], [true, 'my-news', { a: 'b' }]);
  });

  for (const [encoding, streamOptions, presetName] of [
    ['Standard', undefined, 'Default720p'],
    ['Premium1080p', undefined, 'Default1080p'],
    ['Standard', ['LowLatencyV2'], '720p-3-Layer'],
    ['Premium1080p', ['LowLatencyV2'], '1080p-4-Layer'],
  ] as const) {
    test(`that encodes as ${encoding} with ${streamOptions?.[0] ?? 'no option'} has the preset ${presetName}`, () => {
      const event = create({ input: rtmp, encoding: { encodingType: encoding }, streamOptions });

      assert.deepEqual(event.encoding, {
        encodingType: encoding,
        presetName,
        keyFrameInterval: 'PT2S',
        stretchMode: 'None',
      });
    });
  }

  test('cuts its segments by the interval of its kind', () => {
    const passThrough = create({ input: { ...rtmp, keyFrameIntervalDuration: 'PT4S' } });
    const encoding = create({ input: rtmp, encoding: { encodingType: 'Standard', keyFrameInterval: 'PT1S' } });

    assert.deepEqual([segmentSecondsOf(passThrough), segmentSecondsOf(encoding)], [4, 1]);
  });

  test('that has a ladder of its own has no preset', () => {
    const customPreset = { layers: [{ width: 640, height: 360, bitrate: 800_000 }], audioBitrates: [96, 192] };

    const event = create({ input: rtmp, encoding: { encodingType: 'Standard', customPreset } });

    assert.deepEqual(event.encoding.customPreset, customPreset);
    assert.equal(event.encoding.presetName, undefined);
  });

  const large = { layers: [{ width: 1920, height: 1080, bitrate: 800_000 }], audioBitrates: [128] };
  const refusals: readonly (readonly [what: string, request: object, field: string, words?: RegExp])[] = [
    [
      'an encoder’s interval of an encoding event',
      { input: { ...rtmp, keyFrameIntervalDuration: 'PT2S' }, encoding: { encodingType: 'Standard' } },
      'input.keyFrameIntervalDuration',
    ],
    [
      'an encoding interval of an event that passes through',
      { input: rtmp, encoding: { keyFrameInterval: 'PT2S' } },
      'encoding.keyFrameInterval',
    ],
    [
      'a preset of an event that passes through',
      { input: rtmp, encoding: { presetName: 'Default720p' } },
      'encoding.presetName',
    ],
    [
      'a stretch mode of an event that passes through',
      { input: rtmp, encoding: { stretchMode: 'AutoFit' } },
      'encoding.stretchMode',
    ],
    [
      'a slate of an event that passes through',
      { input: rtmp, encoding: { encodingType: 'PassthroughBasic', slate: { insertSlateOnAdMarker: true } } },
      'encoding.slate',
    ],
    [
      'the preset of the other encoding',
      { input: rtmp, encoding: { encodingType: 'Standard', presetName: 'Default1080p' } },
      'encoding.presetName',
      /Default720p or 720p-3-Layer for Standard, and is Default1080p/,
    ],
    [
      'the preset of the other encoding, the other way round',
      { input: rtmp, encoding: { encodingType: 'Premium1080p', presetName: 'Default720p' } },
      'encoding.presetName',
    ],
    [
      'a preset that does not exist',
      { input: rtmp, encoding: { encodingType: 'Standard', presetName: 'x' } },
      'encoding.presetName',
    ],
    [
      'two ladders at once',
      { input: rtmp, encoding: { encodingType: 'Premium1080p', presetName: 'Default1080p', customPreset: large } },
      'encoding.customPreset',
    ],
    [
      'a layer larger than its encoding makes',
      { input: rtmp, encoding: { encodingType: 'Standard', customPreset: large } },
      'encoding.customPreset.layers[0]',
      /1280x720/,
    ],
    [
      'LowLatencyV2 of an event that passes through',
      { input: rtmp, streamOptions: ['LowLatencyV2'] },
      'streamOptions',
    ],
    [
      'LowLatencyV2 of fragmented MP4',
      {
        input: { streamingProtocol: 'FragmentedMP4' },
        encoding: { encodingType: 'Standard' },
        streamOptions: ['LowLatencyV2'],
      },
      'streamOptions',
    ],
    [
      'an encoding of what this computer encodes already',
      { input: { streamingProtocol: 'Studio' }, encoding: { encodingType: 'Standard' } },
      'encoding.encodingType',
    ],
    [
      'a policy that does not exist',
      { input: rtmp, preview: { streamingPolicyName: 'Mine' } },
      'preview.streamingPolicyName',
    ],
  ];
  for (const [what, request, field, words = /./] of refusals) {
    test(`refuses ${what}, naming the field`, () => {
      assert.throws(() => create(request), {
        code: 'request/invalid',
        status: 400,
        details: { field },
        message: words,
      });
    });
  }

  const layer = { width: 640, height: 360, bitrate: 800_000 };
  for (const [what, preset, field] of [
    [
      'two layers of one bitrate',
      { layers: [layer, { ...layer, width: 320, height: 180 }], audioBitrates: [128] },
      'encoding.customPreset.layers[1].bitrate',
    ],
    [
      'a layer of another shape',
      { layers: [layer, { width: 320, height: 240, bitrate: 300_000 }], audioBitrates: [128] },
      'encoding.customPreset.layers[1]',
    ],
    [
      'one audio bitrate twice',
      { layers: [layer], audioBitrates: [128, 96, 128] },
      'encoding.customPreset.audioBitrates[2]',
    ],
  ] as const) {
    test(`refuses ${what}, naming the field`, () => {
      const request = { input: rtmp, encoding: { encodingType: 'Standard', customPreset: preset } };

      assert.throws(() => create(request), { code: 'encode/ladder-invalid', status: 400, details: { field } });
    });
  }

  for (const [field, request] of [
    ['input.accessControl', { input: { ...rtmp, accessControl: listOf('nonsense') } }],
    ['preview.accessControl', { input: rtmp, preview: { accessControl: listOf('nonsense') } }],
  ] as const) {
    test(`refuses addresses in ${field} that are none`, () => {
      assert.throws(() => create(request), {
        code: 'ingest/address-list-invalid',
        details: { address: 'nonsense', field },
        message: `${field}: The entry is not right.`,
      });
    });
  }

  for (const interval of ['PT0.4S', 'PT21S']) {
    test(`refuses a key-frame interval of ${interval}`, () => {
      const given = { input: { ...rtmp, keyFrameIntervalDuration: interval } };

      assert.equal(liveEventCreate.safeParse(given).success, false);
    });
  }

  test('takes the shortest and the longest key-frame interval', () => {
    for (const interval of ['PT0.5S', 'PT20S']) {
      assert.equal(
        create({ input: { ...rtmp, keyFrameIntervalDuration: interval } }).input.keyFrameIntervalDuration,
        interval,
      );
    }
  });
});

describe('a change of a live event', () => {
  const passThrough = create({ input: rtmp });
  const encoding = create({ input: rtmp, encoding: { encodingType: 'Standard' } });

  function patch(event: LiveEvent, resourceState: LiveEventState, given: unknown): LiveEvent {
    const parsed: LiveEventPatch = liveEventPatch.parse(given);
    return liveEvent.parse(
      patchedEvent({ ...event, resourceState }, parsed, { ...rules, now: () => '2031-01-01T00:00:00Z' }),
    );
  }

  /** Spec 2.3: each field, with what it may be changed to, and where. */
  const FIELDS: readonly (readonly [
    field: string,
    event: LiveEvent,
    given: object,
    where: 'anywhere' | 'at rest',
  ])[] = [
    ['description', passThrough, { description: 'x' }, 'anywhere'],
    ['tags', passThrough, { tags: { a: 'b' } }, 'anywhere'],
    ['input.accessToken', passThrough, { input: { accessToken: TOKEN } }, 'at rest'],
    ['input.keyFrameIntervalDuration', passThrough, { input: { keyFrameIntervalDuration: 'PT4S' } }, 'at rest'],
    ['input.accessControl', passThrough, { input: { accessControl: listOf('10.0.0.1') } }, 'at rest'],
    ['preview.accessControl', passThrough, { preview: { accessControl: listOf('10.0.0.1') } }, 'at rest'],
    ['encoding.keyFrameInterval', encoding, { encoding: { keyFrameInterval: 'PT4S' } }, 'at rest'],
    ['encoding.stretchMode', encoding, { encoding: { stretchMode: 'AutoFit' } }, 'at rest'],
    ['encoding.slate', encoding, { encoding: { slate: { insertSlateOnAdMarker: true } } }, 'at rest'],
    ['useStaticHostname', passThrough, { useStaticHostname: true }, 'at rest'],
    ['hostnamePrefix', passThrough, { hostnamePrefix: 'x' }, 'at rest'],
    ['transcriptions', passThrough, { transcriptions: [{ language: 'en' }] }, 'anywhere'],
    [
      'crossSiteAccessPolicies',
      passThrough,
      { crossSiteAccessPolicies: { crossDomainPolicy: '<x/>' } },
      'at rest',
    ],
  ];
  const valueAt = (value: unknown, field: string): unknown =>
    field
      .split('.')
      .reduce<unknown>(
        (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
        value,
      );

  for (const [field, event, given, where] of FIELDS) {
    for (const state of ['Stopped', 'StandBy', 'Running'] as const) {
      const isAllowed = where === 'anywhere' || state !== 'Running';
      test(`of ${field} is ${isAllowed ? 'taken' : 'refused'} while it is ${state}`, () => {
        if (isAllowed) {
          assert.deepEqual(valueAt(patch(event, state, given), field), valueAt(given, field));
        } else {
          assert.throws(() => patch(event, state, given), {
            code: 'resource/immutable',
            details: { liveEvent: 'news', field, state },
            message: /Stopped or StandBy; it is Running/,
          });
        }
      });
    }
  }

  for (const [field, given] of [
    ['input.streamingProtocol', { input: { streamingProtocol: 'FragmentedMP4' } }],
    ['preview.previewLocator', { preview: { previewLocator: TOKEN } }],
    ['preview.streamingPolicyName', { preview: { streamingPolicyName: 'Predefined_ClearStreamingOnly' } }],
    ['preview.alternativeMediaId', { preview: { alternativeMediaId: 'x' } }],
    ['encoding.encodingType', { encoding: { encodingType: 'Standard' } }],
    ['encoding.presetName', { encoding: { presetName: 'Default720p' } }],
    ['streamOptions', { streamOptions: ['LowLatency'] }],
  ] as const) {
    test(`of ${field} is never taken`, () => {
      assert.throws(() => patch(passThrough, 'Stopped', given), {
        code: 'resource/immutable',
        details: { liveEvent: 'news', field, state: 'Stopped' },
      });
    });
  }

  test('that only repeats what is so changes nothing but the time, in any state', () => {
    const { input, preview, encoding: encoded, streamOptions } = encoding;
    const { endpoints: _a, keyFrameIntervalDuration, ...givenInput } = input;
    const { endpoints: _b, ...givenPreview } = preview;

    const patched = patch(encoding, 'Running', {
      input: { ...givenInput, keyFrameIntervalDuration },
      preview: givenPreview,
      encoding: encoded,
      streamOptions,
    });

    assert.deepEqual(patched, { ...encoding, resourceState: 'Running', lastModified: '2031-01-01T00:00:00Z' });
  });

  test('of the interval of the other kind of event is refused, naming the field', () => {
    assert.throws(() => patch(encoding, 'Stopped', { input: { keyFrameIntervalDuration: 'PT4S' } }), {
      code: 'request/invalid',
      details: { field: 'input.keyFrameIntervalDuration' },
    });
    assert.throws(() => patch(passThrough, 'Stopped', { encoding: { stretchMode: 'AutoSize' } }), {
      code: 'request/invalid',
      details: { field: 'encoding.stretchMode' },
    });
  });

  test('of an encoding event’s interval is seen in both places', () => {
    const patched = patch(encoding, 'Stopped', { encoding: { keyFrameInterval: 'PT4S' } });

    assert.equal(patched.input.keyFrameIntervalDuration, 'PT4S');
    assert.equal(segmentSecondsOf(patched), 4);
  });

  test('lets everybody see the preview again with null', () => {
    const closed = patch(passThrough, 'Stopped', { preview: { accessControl: { ip: { allow: [] } } } });

    assert.equal('accessControl' in patch(closed, 'Stopped', { preview: { accessControl: null } }).preview, false);
    assert.deepEqual(patch(closed, 'Stopped', { description: 'x' }).preview.accessControl, { ip: { allow: [] } });
  });

  test('refuses addresses that are none', () => {
    assert.throws(() => patch(passThrough, 'Stopped', { input: { accessControl: listOf('nonsense') } }), {
      code: 'ingest/address-list-invalid',
    });
  });
});

describe('live text of a live event', () => {
  const wanted = (rest: object = {}) =>
    liveEventCreate.parse({
      ...{ input: { streamingProtocol: 'RTMP' }, transcriptions: [{ language: 'en-US' }] },
      ...rest,
    });

  test('is refused without a recogniser, and the refusal says what to set', () => {
    const none = { ...rules, hasRecogniser: () => false };

    assert.throws(() => createdEvent('news', wanted(), none), {
      code: 'request/invalid',
      details: { field: 'transcriptions' },
      message: /service\.transcription\.command/,
    });
    assert.deepEqual(createdEvent('news', wanted({ transcriptions: [] }), none).transcriptions, []);
  });

  test('is refused for PassthroughBasic', () => {
    const basic = wanted({ encoding: { encodingType: 'PassthroughBasic' } });

    assert.throws(() => createdEvent('news', basic, rules), { details: { field: 'transcriptions' } });
  });

  test('is of each language and each name once', () => {
    const languages = wanted({ transcriptions: [{ language: 'en' }, { language: 'EN' }] });
    const names = wanted({
      transcriptions: [
        { language: 'en' },
        { language: 'de', outputTranscriptionTrack: { trackName: 'transcript_en' } },
      ],
    });

    assert.throws(() => createdEvent('news', languages, rules), /transcriptions\[1\]/);
    assert.throws(() => createdEvent('news', names, rules), /transcriptions\[1\]\.outputTranscriptionTrack/);
  });
});

describe('a name of its own', () => {
  const named = { input: { streamingProtocol: 'RTMP' }, useStaticHostname: true, hostnamePrefix: 'hall' };
  const nameless = { ...rules, hasOwnNames: () => false };

  test('is refused on a computer that has none in DNS, and the refusal says what to set', () => {
    assert.throws(() => createdEvent('news', liveEventCreate.parse(named), nameless), {
      code: 'request/invalid',
      details: { field: 'hostnamePrefix' },
      message: /network\.publicHost/,
    });
  });

  test('is not needed for addresses to stay what they are', () => {
    const { hostnamePrefix: _prefix, ...still } = named;

    assert.equal(createdEvent('news', liveEventCreate.parse(still), nameless).useStaticHostname, true);
  });

  test('is refused in a change that would begin to use it', () => {
    const { useStaticHostname: _static, ...kept } = named;
    const event = createdEvent('news', liveEventCreate.parse(kept), nameless);

    assert.throws(() => patchedEvent(event, liveEventPatch.parse({ useStaticHostname: true }), nameless), {
      details: { field: 'hostnamePrefix' },
    });
  });
});

test('GUIDs are the same with and without hyphens and capitals', () => {
  assert.equal(guidKey(TOKEN), guidKey(TOKEN.replaceAll('-', '').toLowerCase()));
});
