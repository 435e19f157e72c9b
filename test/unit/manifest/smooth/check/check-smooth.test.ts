import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSmooth } from '../../../../../src-main/manifest/smooth/check/check-smooth.ts';
import type { SmoothManifest } from '../../../../../src-main/manifest/smooth/smooth-manifest.ts';
import type { StreamIndex } from '../../../../../src-main/manifest/smooth/stream-index.ts';
import { ticks } from '../../../../../src-main/media/time.ts';

const run = (time: number, duration = 20, count = 1) => ({ time: ticks(time), duration, count });

const VIDEO: StreamIndex = {
  type: 'video',
  name: 'video',
  url: 'QualityLevels({bitrate})/Fragments(video={start time})',
  fragmentCount: 0,
  qualities: [
    {
      index: 0,
      bitrate: 1000,
      fourCc: 'H264',
      codecPrivateData: Uint8Array.of(0, 0, 0, 1, 0x67),
      maxWidth: 16,
      maxHeight: 9,
    },
  ],
  fragments: [run(100, 20, 3)],
};

const AUDIO: StreamIndex = {
  type: 'audio',
  name: 'audio',
  url: 'QualityLevels({bitrate})/Fragments(audio={start time})',
  fragmentCount: 0,
  qualities: [
    {
      index: 0,
      bitrate: 100,
      fourCc: 'AACL',
      codecPrivateData: Uint8Array.of(0x12, 0x10),
      samplingRate: 48_000,
      channels: 2,
      bitsPerSample: 16,
      packetSize: 4,
      audioTag: 255,
    },
  ],
  fragments: [run(100, 19), run(119, 21), run(140)],
};

const CUES: StreamIndex = {
  type: 'text',
  name: 'ads',
  subtype: 'DATA',
  url: 'QualityLevels({bitrate})/Fragments(ads={start time})',
  parentStream: 'video',
  manifestOutput: true,
  fragmentCount: 1,
  qualities: [{ index: 0, bitrate: 0, fourCc: 'DATA', codecPrivateData: new Uint8Array() }],
  fragments: [{ ...run(500, 0), content: Uint8Array.of(0xfc) }],
};

const LIVE: SmoothManifest = {
  minorVersion: 2,
  timescale: 10,
  duration: ticks(0),
  live: { lookAheadFragments: 2, windowDuration: ticks(60), canSeek: true, canPause: true },
  streams: [VIDEO, AUDIO, CUES],
};

const RECORDED: SmoothManifest = {
  ...LIVE,
  live: undefined,
  duration: ticks(60),
  streams: [
    { ...VIDEO, fragmentCount: 3 },
    { ...AUDIO, fragmentCount: 3 },
  ],
};

test('nothing is found in manifests that keep to the rules', () => {
  assert.deepEqual(checkSmooth(undefined, LIVE), []);
  assert.deepEqual(checkSmooth(undefined, RECORDED), []);
});

const withVideo = (over: Partial<StreamIndex>, manifest = LIVE): SmoothManifest => ({
  ...manifest,
  streams: [{ ...VIDEO, fragmentCount: manifest.live ? 0 : 3, ...over }, ...manifest.streams.slice(1)],
});
const quality = (over: object, of = VIDEO): Pick<StreamIndex, 'qualities'> => ({
  qualities: of.qualities.map((one) => ({ ...one, ...over })),
});

const BROKEN: readonly (readonly [string, SmoothManifest, RegExp])[] = [
  ['an unknown version', { ...LIVE, minorVersion: 1 }, /versions/],
  ['a duration while it is live', { ...LIVE, duration: ticks(1) }, /Duration of 0/],
  ['no duration when it is recorded', { ...RECORDED, duration: ticks(0) }, /no Duration/],
  ['a duration that is too short', { ...RECORDED, duration: ticks(59) }, /longer than Duration/],
  ['no look-ahead', { ...LIVE, live: { ...LIVE.live!, lookAheadFragments: 0 } }, /LookAhead/],
  ['cues alone', { ...LIVE, streams: [{ ...CUES, parentStream: 'ads' }] }, /neither picture nor sound/],
  ['two streams of a name', { ...LIVE, streams: [VIDEO, VIDEO] }, /same name/],
  ['no bitrate in the address', withVideo({ url: 'Fragments(v={start time})' }), /\{bitrate\}/],
  ['no time in the address', withVideo({ url: 'QualityLevels({bitrate})' }), /\{start time\}/],
  ['no quality', withVideo({ qualities: [] }), /no quality/],
  ['an index that does not count', withVideo(quality({ index: 1 })), /counted from 0/],
  [
    'two qualities of a bitrate',
    withVideo({ qualities: [0, 1].map((index) => ({ ...VIDEO.qualities[0]!, index })) }),
    /same bitrate/,
  ],
  ['no FourCC', withVideo(quality({ fourCc: '' })), /FourCC/],
  ['no width', withVideo(quality({ maxWidth: undefined })), /MaxWidth/],
  ['private data without start code', withVideo(quality({ codecPrivateData: Uint8Array.of(1) })), /byte stream/],
  [
    'sound without rate',
    { ...LIVE, streams: [{ ...AUDIO, ...quality({ samplingRate: 0 }, AUDIO) }] },
    /SamplingRate/,
  ],
  ['a wrong count', withVideo({ fragmentCount: 2 }, RECORDED), /says 2 fragments and lists 3/],
  ['a parent that is not there', { ...LIVE, streams: [AUDIO, CUES] }, /goes by video/],
  ['no fragments', withVideo({ fragments: [] }), /no fragments/],
  ['a fragment of no length', withVideo({ fragments: [run(100, 0)] }), /no length/],
  ['times that overlap', withVideo({ fragments: [run(100), run(119)] }), /overlaps/],
  ['repetition in version 2.0', { ...LIVE, minorVersion: 0 }, /repeats in version 2.0/],
  ['more than the window', withVideo({ fragments: [run(100, 20, 6)] }), /DVRWindowLength/],
  [
    'cues that go back',
    { ...LIVE, streams: [VIDEO, { ...CUES, fragmentCount: 2, fragments: [run(9), run(8)] }] },
    /go back/,
  ],
];

for (const [what, manifest, words] of BROKEN) {
  test(`it is found that there is ${what}`, () => {
    const found = checkSmooth(undefined, manifest);

    assert.ok(
      found.some(({ message, clause }) => words.test(message) && clause.startsWith('MS-SSTR ')),
      JSON.stringify(found),
    );
  });
}

test('an update appends fragments, drops the oldest, and may be the recording', () => {
  const moved = withVideo({ fragments: [run(120, 20, 4)] });

  assert.deepEqual(checkSmooth(LIVE, moved), []);
  assert.deepEqual(checkSmooth(LIVE, { ...RECORDED, streams: [...RECORDED.streams] }), []);
});

const UPDATES: readonly (readonly [string, SmoothManifest, SmoothManifest, RegExp])[] = [
  ['a recording that changes', RECORDED, RECORDED, /recording was changed/],
  ['another version', LIVE, { ...LIVE, minorVersion: 0 }, /version was changed/],
  ['another timescale', LIVE, { ...LIVE, timescale: 9 }, /TimeScale/],
  [
    'another window',
    LIVE,
    { ...LIVE, live: { ...LIVE.live!, windowDuration: ticks(70) } },
    /DVRWindowLength was changed/,
  ],
  ['a stream that is gone', LIVE, { ...LIVE, streams: [VIDEO] }, /audio is gone/],
  ['another quality', LIVE, withVideo(quality({ bitrate: 9 })), /was changed/],
  ['a fragment that is taken back', LIVE, withVideo({ fragments: [run(100, 20, 2)] }), /taken back/],
  ['another length', LIVE, withVideo({ fragments: [run(100, 20, 2), run(140, 21)] }), /changed or taken back/],
  ['fragments before the first', LIVE, withVideo({ fragments: [run(80, 20, 4)] }), /before those/],
];

for (const [what, previous, next, words] of UPDATES) {
  test(`it is found that an update brings ${what}`, () => {
    const found = checkSmooth(previous, next);

    assert.ok(
      found.some(({ message }) => words.test(message)),
      JSON.stringify(found),
    );
  });
}
