import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExportFormat } from '../../../../src-main/shared/api/assets.ts';
import { sourceSpec } from '../../../../src-main/shared/api/studio.ts';
import {
  DEFAULT_VIEW,
  spanOf,
  tagsOf,
  visibleAssets,
} from '../../../../src-renderer/features/archive/asset-list.ts';
import {
  exportBitrate,
  exportFileName,
  qualityName,
} from '../../../../src-renderer/features/archive/export-model.ts';
import { exportSize } from '../../../../src-renderer/features/archive/trim.ts';
import { draftOf, FIRST_DRAFT, ladderOf } from '../../../../src-renderer/features/settings/ladder-model.ts';
import {
  draftOf as destinationDraft,
  destinationRequest,
} from '../../../../src-renderer/features/studio/destination-model.ts';
import {
  defaultDevice,
  emptyDraft,
  presentDevice,
  specOf,
  syncWords,
} from '../../../../src-renderer/features/studio/source-model.ts';
import { bytesOf, durationOf, gigabytesOf, hoursOf, portOf } from '../../../../src-renderer/i18n/units.ts';
import { aDestination, anAsset, emptyWorld, withArchive } from '../../../support/fake-service/scenarios.ts';

test('an export is as large as its tracks need, gaps left out', () => {
  const asset = anAsset('a');

  assert.equal(exportBitrate(asset, 'mp4', 'top'), 2_628_000);
  assert.equal(exportBitrate(asset, 'mp4', '1000'), 1_128_000);
  assert.equal(exportBitrate(asset, 'hls', 'all'), 3_628_000);
  assert.equal(exportBitrate(asset, 'm4a', 'top'), 128_000);
  assert.equal(exportSize(8000, { start: 10, end: 30 }, [{ start: 25, duration: 100 }]), 15_000);
});

test('the quality of an export is named by its picture, and without one by its sound', () => {
  const asset = anAsset('a');
  const named = (format: ExportFormat, quality: string): string | undefined =>
    qualityName(asset, { format, quality }, (bits) => `${bits / 1000} kbit/s`);

  assert.equal(named('mp4', '1000'), '540p · 1000 kbit/s');
  assert.equal(named('mkv', '1000'), '540p · 1000 kbit/s');
  assert.equal(named('m4a', '128'), '128 kbit/s');
  assert.equal(named('hls', 'all'), undefined);
  assert.equal(named('mp4', '777'), '777 kbit/s', 'of a track that is not there any more');
});

test('a file name is one that every file system takes', () => {
  assert.equal(exportFileName(' What? A/B: "talk"\n<1> ', 'mp4'), 'What A B talk 1.mp4');
  assert.equal(exportFileName('...', 'm4a'), 'recording.m4a');
  assert.equal(exportFileName('A talk', 'hls'), 'A talk');
});

test('the archive is searched by title and tags, filtered by tags, ordered, and without what is leaving', () => {
  const assets = [...withArchive(emptyWorld('http://127.0.0.1:1')).assets.values()];
  const names = (view: Partial<typeof DEFAULT_VIEW>, leaving: readonly string[] = []): string[] =>
    visibleAssets(assets, { ...DEFAULT_VIEW, ...view }, (name) => leaving.includes(name)).map(({ name }) => name);

  assert.deepEqual(names({ search: 'MATHS vector' }), ['lecture-6']);
  assert.deepEqual(names({ tags: ['lecture', 'maths'] }), ['lecture-7', 'lecture-6']);
  assert.deepEqual(names({ tags: ['lecture'] }, ['lecture-7']), ['lecture-6']);
  assert.equal(names({ sort: 'oldest' })[0], 'onboarding');
  assert.equal(names({ sort: 'longest' })[0], 'lecture-7');
  assert.deepEqual(tagsOf(assets).slice(0, 3), ['lecture', 'maths', 'weekly']);
});

test('gaps count for the axis of a recording', () => {
  assert.equal(spanOf({ duration: 56, gaps: [{ start: 20, duration: 4 }] }), 60);
});

test('a filled-in source form is a source that the service takes, or names what is missing', () => {
  const drafts = [
    emptyDraft('test'),
    { ...emptyDraft('screen'), hasRegion: true, x: '3', width: '641' },
    { ...emptyDraft('window'), device: 'w' },
    { ...emptyDraft('camera'), device: 'c' },
    { ...emptyDraft('microphone'), device: 'm' },
    emptyDraft('system-audio'),
    { ...emptyDraft('file'), path: ' /a.mp4 ' },
    { ...emptyDraft('url'), url: 'rtsp://x/y' },
  ];
  for (const draft of drafts) {
    const result = specOf(draft, 'one');
    assert(result.ok);
    assert.deepEqual(sourceSpec.parse(result.spec), result.spec);
  }
  assert.deepEqual(
    [
      specOf(emptyDraft('camera'), 'x'),
      specOf(emptyDraft('file'), 'x'),
      specOf({ ...emptyDraft('url'), url: 'no' }, 'x'),
      specOf({ ...emptyDraft('screen'), hasRegion: true, width: '8' }, 'x'),
    ],
    [
      { ok: false, fault: 'device' },
      { ok: false, fault: 'path' },
      { ok: false, fault: 'url' },
      { ok: false, fault: 'region' },
    ],
  );
});

test('the default device is chosen, else the only one', () => {
  const { value } = emptyWorld('http://127.0.0.1:1').devices;

  assert.equal(defaultDevice(value, 'screen'), 'screen:0');
  assert.equal(defaultDevice(value, 'camera'), 'camera:0');
  assert.equal(defaultDevice(value, 'window'), undefined);
});

test('a device that was chosen and is gone is not chosen any more; before the list has come nobody knows', () => {
  const { value } = emptyWorld('http://127.0.0.1:1').devices;

  assert.equal(presentDevice('screen:1', value, 'screen'), 'screen:1');
  assert.equal(presentDevice('screen:9', value, 'screen'), undefined);
  assert.equal(presentDevice('screen:1', value, 'camera'), undefined);
  assert.equal(presentDevice('screen:9', undefined, 'screen'), 'screen:9');
});

test('sound within 20 ms is with its picture, else it is late or early', () => {
  const words = (offsetMs: number) => syncWords({ offsetMs, driftPpm: 41.6 }).words;

  assert.deepEqual([20.4, -20, 21, -60].map(words), ['together', 'together', 'late', 'early']);
  assert.deepEqual(syncWords({ offsetMs: -3.4, driftPpm: 41.6 }), {
    words: 'together',
    offsetMs: -3,
    driftPpm: 42,
  });
});

test('a stream key that was not typed again is not sent', () => {
  const draft = destinationDraft(aDestination('x', { quality: 2500 }));

  assert.deepEqual(destinationRequest(draft), {
    url: 'rtmps://ingest.example.org/live',
    enabled: true,
    quality: 2500,
  });
  assert.equal(destinationRequest({ ...draft, streamKey: ' k ' }).streamKey, 'k');
});

test('an own ladder is checked field by field before it is sent', () => {
  const [first, ...rest] = FIRST_DRAFT.layers;
  assert(first !== undefined);

  const good = ladderOf({ ...FIRST_DRAFT, layers: [...rest, first] });
  assert(good.ok);
  assert.deepEqual(
    good.ladder.video.map(({ bitrate }) => bitrate),
    [2_500_000, 1_200_000, 700_000],
  );
  assert.deepEqual(draftOf(good.ladder), FIRST_DRAFT);
  assert.deepEqual(ladderOf({ ...FIRST_DRAFT, layers: [{ width: '1281', height: '8', kbps: 'x' }] }), {
    ok: false,
    faults: [
      { layer: 0, field: 'width', kind: 'even' },
      { layer: 0, field: 'height', kind: 'size' },
      { layer: 0, field: 'kbps', kind: 'bitrate' },
    ],
  });
  assert.deepEqual(ladderOf({ ...FIRST_DRAFT, layers: [first, { ...first, width: '640' }] }), {
    ok: false,
    faults: [{ layer: undefined, field: 'ladder', kind: 'twice' }],
  });
});

test('hours, gigabytes and ports are read as people write them', () => {
  assert.deepEqual([hoursOf('PT25H'), hoursOf('PT1H30M')], ['25', '1.5']);
  assert.deepEqual([durationOf('1,5'), durationOf('0'), durationOf('x')], ['PT1H30M', undefined, undefined]);
  assert.deepEqual([gigabytesOf(5_368_709_120), bytesOf('0.25'), bytesOf('-1')], ['5.37', 250_000_000, undefined]);
  assert.deepEqual([portOf('8480'), portOf('84 80'), portOf('')], [8480, undefined, undefined]);
});
