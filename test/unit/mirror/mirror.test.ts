import assert from 'node:assert/strict';
import { test } from 'node:test';
import { narrowPresentation } from '../../../src-main/core/filters/narrow-presentation.ts';
import { MIRROR_POLICY } from '../../../src-main/core/mirror/back-off.ts';
import { createRateMeter } from '../../../src-main/core/mirror/bandwidth.ts';
import { type Mirror, type MirrorOptions, startMirror } from '../../../src-main/core/mirror/mirror.ts';
import type { SentObjects } from '../../../src-main/core/mirror/sent-objects.ts';
import { formatsOf } from '../../../src-main/core/mirror/views.ts';
import { createPackager } from '../../../src-main/core/packaging/packager.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { Publication, TextTrack } from '../../../src-main/core/ports/presentation.ts';
import type { EncryptionTag } from '../../../src-main/core/ports/streaming-format.ts';
import { checkMpd } from '../../../src-main/manifest/dash/check/check-mpd.ts';
import { parseMpd } from '../../../src-main/manifest/dash/mpd.ts';
import { checkMediaPlaylist } from '../../../src-main/manifest/hls/check/check-media-playlist.ts';
import { parseMediaPlaylist } from '../../../src-main/manifest/hls/parse-media-playlist.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import type { ErrorCode } from '../../../src-main/shared/error-codes.ts';
import {
  FAKE,
  FAKE_START_MS,
  type FakeOptions,
  fakeCue,
  fakePresentation,
  fakePublication,
} from '../../support/fake-presentation.ts';
import { fakeProtection } from '../../support/fake-protection.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { type MemoryStore, memorySent, memoryStore } from '../../support/memory-store.ts';

const VIDEO = 'video-2500000/index.m3u8';
const AWAY = new AppError('upload/unreachable', 'The object storage does not answer.');

type Rig = AsyncDisposable & {
  readonly store: MemoryStore;
  readonly sent: SentObjects;
  mirror: Mirror;
  /** So many more segments come, each in its time. */
  live(segments: number): Promise<void>;
  end(): Promise<void>;
  wait(ms: number): Promise<void>;
  /** As after the end of the service. */
  restart(): Promise<void>;
  readonly playlist: (name?: string) => ReturnType<typeof parseMediaPlaylist>;
  readonly fake: ReturnType<typeof fakePresentation>;
};

function openRig(
  over: Partial<MirrorOptions> = {},
  options: FakeOptions = {},
  publish?: (made: Publication) => Publication,
): Rig {
  const clock = manualClock();
  const fake = fakePresentation({ windowSeconds: 3600, ...options });
  const made = fakePublication(fake.presentation);
  const publication = publish?.(made) ?? made;
  const store = memoryStore();
  const sent = memorySent();
  // Media come a little after they were recorded.
  clock.advance(500);
  const start = (): Mirror =>
    startMirror({
      name: 'copy',
      store,
      meter: createRateMeter(clock),
      sent,
      find: () => Promise.resolve(publication),
      packager: createPackager({ clock, leavesOutRemoved: true }),
      narrow: narrowPresentation,
      formats: ['Hls', 'Dash'],
      windowSeconds: 60,
      retention: 'Recording',
      isForOthers: false,
      policy: MIRROR_POLICY,
      clock,
      random: () => 1,
      logger: silentLogger,
      onChanged: () => undefined,
      ...over,
    });
  const rig: Rig = {
    store,
    sent,
    fake,
    mirror: start(),
    async live(segments) {
      for (let index = 0; index < segments; index += 1) {
        await clock.advanceAsync(2000);
        fake.segments(1);
        await clock.advanceAsync(0);
      }
      await clock.advanceAsync(900);
    },
    async end() {
      fake.end();
      await clock.advanceAsync(1000);
    },
    wait: (ms) => clock.advanceAsync(ms),
    async restart() {
      await rig.mirror[Symbol.asyncDispose]();
      rig.mirror = start();
      await clock.advanceAsync(1000);
    },
    playlist: (name = VIDEO) => parseMediaPlaylist(store.text(name)),
    [Symbol.asyncDispose]: () => rig.mirror[Symbol.asyncDispose](),
  };
  return rig;
}

/** What players that watch would take amiss in how a manifest went on. */
function brokenUpdates({ store }: Rig): readonly string[] {
  const texts = (name: string): readonly string[] => store.history.get(name) ?? [];
  const live = (text: string): boolean => !text.includes('PLAYLIST-TYPE:VOD') && !text.includes('type="static"');
  const words = (
    found: readonly { readonly level: string; readonly clause: string; readonly message: string }[],
  ) => found.flatMap(({ level, clause, message }) => (level === 'must' ? [`${clause}: ${message}`] : []));
  const playlists = texts(VIDEO)
    .filter(live)
    .map((text) => parseMediaPlaylist(text));
  const mpds = texts('manifest.mpd')
    .filter(live)
    .map((text) => parseMpd(text));
  return [
    ...playlists.flatMap((next, index) => words(checkMediaPlaylist(playlists[index - 1], next))),
    ...mpds.flatMap((next, index) => words(checkMpd(mpds[index - 1], next))),
  ];
}

const codeOf = ({ mirror }: Rig): ErrorCode | undefined => mirror.status().error?.code;

test('a broadcast is mirrored as it goes on: media before what names them, and the playlist of playlists last', async () => {
  await using rig = openRig();

  await rig.live(4);

  const { state, behindSeconds, waitingObjects } = rig.mirror.status();
  assert.deepEqual([state, behindSeconds, waitingObjects], ['live', 0, 0]);
  const firsts = (suffix: string): number => rig.store.log.findIndex((line) => line.endsWith(suffix));
  assert(firsts('init.mp4') < firsts('.m4s'));
  assert(firsts('.m4s') < firsts(VIDEO));
  assert(firsts(VIDEO) < firsts('PUT index.m3u8'));
  assert.deepEqual([...rig.store.objects.keys()].filter((name) => !name.endsWith('.m4s')).toSorted(), [
    'audio-128000/index.m3u8',
    'audio-128000/init.mp4',
    'index.m3u8',
    'manifest.mpd',
    'video-2500000/index.m3u8',
    'video-2500000/init.mp4',
    'video-600000/index.m3u8',
    'video-600000/init.mp4',
  ]);
  assert.equal(rig.store.objects.size, 8 + 3 * 4, 'each segment once, for both formats');
});

test('live manifests keep the rules and ask for nothing that object storage has not', async () => {
  await using rig = openRig();

  await rig.live(8);

  const text = rig.store.text(VIDEO);
  assert.deepEqual(checkMediaPlaylist(undefined, rig.playlist()), []);
  assert.doesNotMatch(text, /EXT-X-(?:PART|SERVER-CONTROL|PRELOAD|RENDITION|SKIP)/);
  assert.doesNotMatch(`${text}${rig.store.text('index.m3u8')}${rig.store.text('manifest.mpd')}`, /[()]|\.ism|\?_/);
  const mpd = parseMpd(rig.store.text('manifest.mpd'));
  assert.deepEqual(checkMpd(undefined, mpd), []);
  assert.equal(mpd.type, 'dynamic');
  assert.deepEqual(
    mpd.utcTimings?.map(({ schemeIdUri }) => schemeIdUri),
    ['urn:mpeg:dash:utc:http-head:2014'],
  );
  assert.doesNotMatch(
    rig.store.text('manifest.mpd'),
    /availabilityTime(?:Offset|Complete)|Resync|ProducerReference/,
  );
});

test('what may be kept by caches is said of each object', async () => {
  await using rig = openRig();

  await rig.live(4);

  const caching = (name: string): string | undefined => rig.store.objects.get(name)?.cacheControl;
  const [segment] = [...rig.store.objects.keys()].filter((name) => name.endsWith('.m4s'));
  assert.equal(caching(segment!), 'public, max-age=31536000, immutable');
  assert.equal(caching('video-2500000/init.mp4'), 'public, max-age=31536000, immutable');
  assert.equal(caching(VIDEO), 'public, max-age=1');
  assert.equal(caching('manifest.mpd'), 'public, max-age=1');
  assert.equal(rig.store.objects.get(segment!)?.contentType, 'video/mp4');
  assert.equal(rig.store.objects.get('manifest.mpd')?.contentType, 'application/dash+xml');
});

test('after the end viewers are told of it first, and then there is the whole recording', async () => {
  await using rig = openRig({ windowSeconds: 10 });
  await rig.live(12);
  const live = rig.playlist();
  await rig.end();
  const closing = rig.playlist();

  await rig.wait(20_000);

  const whole = rig.playlist();
  assert.deepEqual(brokenUpdates(rig), []);
  assert(live.segments.length < 12 && live.endList !== true);
  assert.equal(closing.endList, true);
  assert(closing.mediaSequence >= live.mediaSequence, 'a playlist that is watched does not go back');
  assert.deepEqual([whole.playlistType, whole.endList], ['VOD', true]);
  assert.equal(whole.segments.length, rig.fake.presentation.tracks()[0]!.segments.length);
  assert.equal(parseMpd(rig.store.text('manifest.mpd')).type, 'static');
  assert.deepEqual(checkMpd(undefined, parseMpd(rig.store.text('manifest.mpd'))), []);
  assert.equal(rig.mirror.status().state, 'complete');
});

test('a short outage is caught up with without a hole', async () => {
  await using rig = openRig();
  await rig.live(4);
  rig.store.refuse = () => AWAY;
  await rig.live(8);
  assert.deepEqual([rig.mirror.status().state, codeOf(rig)], ['retrying', 'upload/unreachable']);
  assert(rig.mirror.status().behindSeconds >= 16);

  rig.store.refuse = () => undefined;
  await rig.live(6);

  assert.deepEqual([rig.mirror.status().state, codeOf(rig)], ['live', undefined]);
  assert.equal(rig.playlist().segments.length, 18);
  assert.deepEqual(brokenUpdates(rig), []);
});

test('after a long outage the copy goes on with what is newest, and in the end everything is there', async () => {
  await using rig = openRig();
  await rig.live(4);
  const before = rig.playlist();
  rig.store.refuse = () => AWAY;
  await rig.live(40);
  rig.store.refuse = () => undefined;
  await rig.live(6);
  const after = rig.playlist();
  await rig.end();
  await rig.wait(30_000);

  assert.equal(rig.mirror.status().state, 'complete');
  assert(after.mediaSequence > before.mediaSequence + 30, 'it went on near the live edge');
  const broken = brokenUpdates(rig).filter((words) => !words.includes('Removing content'));
  assert.deepEqual(broken, []);
  assert.equal(rig.playlist().segments.length, rig.fake.presentation.tracks()[0]!.segments.length);
  assert(rig.playlist().segments.every(({ gap }) => gap !== true));
});

test('what was missed is sent while the broadcast goes on, from the local copy, beside what is new', async () => {
  await using rig = openRig();
  await rig.live(4);
  rig.store.refuse = () => AWAY;
  await rig.live(40);
  rig.store.refuse = () => undefined;

  await rig.live(25);

  assert.equal(rig.mirror.status().state, 'live');
  assert.equal(rig.mirror.status().waitingObjects, 0);
  assert.deepEqual(missingMedia(rig), []);
});

test('three outages, the last one over the end and over a restart of the service: the copy is whole in the end', async () => {
  await using rig = openRig();
  await rig.live(4);
  for (const lost of [40, 25]) {
    rig.store.refuse = () => AWAY;
    await rig.live(lost);
    rig.store.refuse = () => undefined;
    await rig.live(5);
  }
  rig.store.refuse = () => AWAY;
  await rig.live(30);
  await rig.end();
  await rig.restart();
  await rig.wait(20 * 60_000);
  assert.equal(rig.mirror.status().state, 'retrying');
  assert.notDeepEqual(missingMedia(rig), []);

  rig.store.refuse = () => undefined;
  await rig.wait(120_000);

  assert.equal(rig.mirror.status().state, 'complete');
  assert.deepEqual(missingMedia(rig), []);
  assert.equal(rig.playlist().segments.length, rig.fake.presentation.tracks()[0]!.segments.length);
  assert(rig.playlist().segments.every(({ gap }) => gap !== true));
  assert.equal(parseMpd(rig.store.text('manifest.mpd')).type, 'static');
});

/** Segments of the recording that the storage does not have as they are, or not at all. */
function missingMedia({ fake, store }: Rig): readonly string[] {
  return fake.presentation.tracks().flatMap(({ track, segments }) =>
    Array.from({ length: segments.length }, (_, index) => segments.at(index)).flatMap(({ time, size }) => {
      const name = `${track.kind}-${track.bitrate}/${time}.m4s`;
      const there = store.objects.get(name)?.chunks.reduce((sum, { length }) => sum + length, 0);
      return there === size ? [] : [name];
    }),
  );
}

test('a mirror that is begun in the middle is live at once and sends what was before it later', async () => {
  await using rig = openRig({}, {});
  rig.store.refuse = () => AWAY;
  await rig.live(60);
  await rig.restart();
  rig.store.refuse = () => undefined;
  rig.store.log.length = 0;

  await rig.live(8);

  assert.equal(rig.mirror.status().state, 'live');
  const first = rig.store.log.findIndex((line) => line.endsWith('index.m3u8'));
  assert(first < 40, 'playlists do not wait for an hour of media');
  await rig.end();
  await rig.wait(30_000);
  assert.equal(rig.playlist().segments.length, rig.fake.presentation.tracks()[0]!.segments.length);
});

test('what was sent is not sent again after a restart', async () => {
  await using rig = openRig();
  await rig.live(5);
  const segmentsBefore = rig.store.log.filter((line) => line.endsWith('.m4s')).length;

  await rig.restart();
  await rig.live(1);
  await rig.end();
  await rig.wait(30_000);

  const sent = rig.store.log.filter((line) => /\.(?:m4s|mp4)$/.test(line));
  assert.equal(new Set(sent).size, sent.length);
  assert(segmentsBefore > 0);
  assert.equal(rig.mirror.status().state, 'complete');
});

test('no more requests are under way than allowed, and one at a time after the storage asked for less', async () => {
  await using rig = openRig();
  const waiting: (() => void)[] = [];
  rig.store.delay = () =>
    new Promise((resolve) => {
      waiting.push(resolve);
    });
  rig.fake.segments(12);
  await rig.wait(1000);
  assert.equal(waiting.length, MIRROR_POLICY.parallel);

  rig.store.refuse = () => new AppError('upload/slow-down', 'less', { details: { retryAfterSeconds: 5 } });
  waiting.splice(0).forEach((go) => go());
  await rig.wait(4500);
  assert.equal(waiting.length, 0, 'nothing before the time that it asked for');
  await rig.wait(1000);

  assert.equal(waiting.length, 1);
  rig.store.refuse = () => undefined;
  rig.store.delay = () => Promise.resolve();
  waiting.splice(0).forEach((go) => go());
});

for (const code of ['upload/denied', 'upload/no-container', 'upload/clock-skew', 'upload/refused'] as const) {
  test(`${code} stops the mirror, which says so and sends nothing more`, async () => {
    await using rig = openRig();
    await rig.live(3);
    rig.store.refuse = () => new AppError(code, 'No.');
    await rig.live(2);
    const { failures } = rig.mirror.status();

    await rig.live(5);

    assert.deepEqual([rig.mirror.status().state, codeOf(rig)], ['failed', code]);
    assert.equal(rig.mirror.status().failures, failures);
  });
}

test('with the window only, what has left it is deleted after a while, and the last window stays', async () => {
  await using rig = openRig({ retention: 'Window', windowSeconds: 10 });
  await rig.live(30);
  assert.equal(
    rig.store.log.filter((line) => line.startsWith('DELETE')).length,
    0,
    'not within the time of grace',
  );
  await rig.live(60);
  const kept = [...rig.store.objects.keys()].filter((name) => name.endsWith('.m4s'));
  assert(kept.length < 3 * 90, `${kept.length} are kept`);
  assert(rig.store.log.some((line) => line.startsWith('DELETE')));

  await rig.end();
  await rig.wait(400_000);

  assert.equal(rig.mirror.status().state, 'complete');
  assert.equal(rig.playlist().endList, true);
  const { segments } = rig.playlist();
  assert(segments.length >= 4 && segments.length <= 6, `${segments.length} segments`);
  assert.deepEqual(checkMpd(undefined, parseMpd(rig.store.text('manifest.mpd'))), []);
  assert.equal([...rig.store.objects.keys()].filter((name) => name.endsWith('.m4s')).length, 3 * segments.length);
});

test('a key that may not delete costs only the deleting', async () => {
  await using rig = openRig({ retention: 'Window', windowSeconds: 10 });
  Object.assign(rig.store, { delete: () => Promise.reject(new AppError('upload/denied', 'You may not delete.')) });

  await rig.live(90);

  assert.equal(rig.mirror.status().state, 'live');
  assert.equal(rig.playlist().segments.length > 3, true);
});

test('a segment that cannot be read is a gap, and everything else is mirrored', async () => {
  await using rig = openRig({}, {}, (made) => ({
    ...made,
    presentation: {
      ...made.presentation,
      readSegment: (window, sequence) =>
        window.track.id === FAKE.BEST.id && sequence === 4
          ? Promise.reject(new Error('a damaged file'))
          : made.presentation.readSegment(window, sequence),
    },
  }));

  await rig.live(20);
  const live = rig.playlist();
  await rig.end();
  await rig.wait(60_000);

  assert.equal(rig.mirror.status().state, 'complete');
  assert.equal(rig.playlist().segments.filter(({ gap }) => gap === true).length, 1);
  assert(live.segments.length > 15, 'the broadcast went on');
  assert.deepEqual(
    brokenUpdates(rig).filter((words) => !words.includes('has a gap')),
    [],
  );
});

test('one format alone has no trace of the other', async () => {
  await using hls = openRig({ formats: ['Hls'] });
  await using dash = openRig({ formats: ['Dash'] });

  await hls.live(4);
  await dash.live(4);
  await dash.end();
  await dash.wait(40_000);

  assert.deepEqual(
    [...hls.store.objects.keys()].filter((name) => name.endsWith('.mpd')),
    [],
  );
  assert.deepEqual(
    [...dash.store.objects.keys()].filter((name) => name.endsWith('.m3u8')),
    [],
  );
  assert.equal(dash.mirror.status().state, 'complete');
});

test('a policy that allows none of the formats is said, and a change of it is seen', async () => {
  let allowed = false;
  await using rig = openRig({}, {}, (made) => ({
    ...made,
    get protocols() {
      return { hls: allowed, dash: allowed, smoothStreaming: true, download: false };
    },
  }));
  await rig.live(3);
  assert.deepEqual([rig.mirror.status().state, codeOf(rig)], ['failed', 'MPE_OUTPUT_FORMAT_BLOCKED']);

  allowed = true;
  await rig.live(3);

  assert.equal(rig.mirror.status().state, 'live');
});

test('a locator that leads nowhere yet is waited for', async () => {
  const locator: { publication?: Publication } = {};
  await using rig = openRig({ find: () => Promise.resolve(locator.publication) });
  await rig.wait(3000);
  assert.equal(rig.mirror.status().state, 'waiting');

  locator.publication = fakePublication(rig.fake.presentation);
  await rig.live(4);

  assert.equal(rig.mirror.status().state, 'live');
});

test('text that was added to a recording is mirrored, and sent again when it is corrected', async () => {
  const texts: TextTrack[] = [];
  await using rig = openRig({}, {}, (made) => ({
    ...made,
    presentation: { ...made.presentation, texts: () => texts },
  }));
  await rig.live(4);
  await rig.end();
  await rig.wait(20_000);
  assert.equal(rig.mirror.status().state, 'complete');
  assert.doesNotMatch(rig.store.text('index.m3u8'), /SUBTITLES/);

  const add = async (words: string): Promise<void> => {
    texts.splice(0, 1, textOf(words));
    rig.fake.cue(fakeCue({ number: texts.length + words.length }));
    await rig.wait(5000);
  };
  await add('one');
  const first = rig.store.text('captions-300/text.vtt');
  await add('three');

  assert.match(rig.store.text('index.m3u8'), /TYPE=SUBTITLES.*URI="captions-300\/index.m3u8"/);
  assert.match(rig.store.text('manifest.mpd'), /captions-300\/text\.vtt/);
  assert.match(first, /one/);
  assert.match(rig.store.text('captions-300/text.vtt'), /three/);
  const [segment] = rig.playlist('captions-300/index.m3u8').segments;
  assert.match(rig.store.text(`captions-300/${segment?.uri ?? ''}`), /three/);
  assert.equal(rig.store.objects.get('captions-300/text.vtt')?.cacheControl, 'public, max-age=60');
});

function textOf(words: string): TextTrack {
  return {
    ...{ kind: 'text', id: 'captions-1', name: 'captions', bitrate: 300, language: 'en' },
    shownAs: { label: '', hidden: false, isDefault: false, forced: false, characteristics: [], role: undefined },
    zero: { time: ticks(BigInt(FAKE_START_MS) * 90n), timescale: 90_000 },
    text: { language: 'en', blocks: [], cues: [{ startMs: 0, endMs: 1500, id: '', settings: '', text: words }] },
    source: { format: 'vtt', bytes: Buffer.from(`WEBVTT\n\n${words}`) },
  };
}

function protectedBy(tags: readonly EncryptionTag[]): (made: Publication) => Publication {
  const protections = new Map(tags.map((tag) => [tag, fakeProtection(tag)]));
  return (made) => ({
    ...made,
    protect(_format, tag) {
      const found = tag === undefined ? undefined : protections.get(tag);
      if (found === undefined) {
        throw new AppError('MPE_ENC_ENCRYPTION_NOT_SPECIFIED_IN_URL', 'Say how.');
      }
      return found;
    },
  });
}

test('an encrypted locator is mirrored encrypted, once for both formats', async () => {
  await using rig = openRig({}, {}, protectedBy(['cbc']));

  await rig.live(4);

  assert.equal(rig.mirror.status().state, 'live');
  const folders = [...rig.store.objects.keys()].map((name) => name.split('/')[0] ?? '');
  assert.deepEqual(
    [...new Set(folders)].filter((name) => name.startsWith('video-600000')),
    ['video-600000-cbc'],
  );
  assert.match(rig.store.text('video-600000-cbc/index.m3u8'), /EXT-X-KEY:METHOD=AES-128,URI="\/keys\/1"/);
  assert.match(rig.store.text('manifest.mpd'), /keyUriTemplate="\/keys\/1"/);
});

test('of several encryptions DASH takes that of HLS, and cenc alone', () => {
  const encryptionOf = (tags: readonly EncryptionTag[], formats: ('Hls' | 'Dash')[]) =>
    formatsOf(protectedBy(tags)(fakePublication(fakePresentation().presentation)), formats);

  assert.deepEqual(encryptionOf(['cenc', 'cbcs-aapl'], ['Hls', 'Dash']), {
    hls: { encryption: 'cbcs-aapl' },
    dash: { encryption: 'cbcs-aapl' },
  });
  assert.deepEqual(encryptionOf(['cenc', 'cbcs-aapl'], ['Dash']), { dash: { encryption: 'cenc' } });
  assert.deepEqual(encryptionOf(['cenc'], ['Hls', 'Dash']), { dash: { encryption: 'cenc' } });
  assert.throws(() => encryptionOf([], ['Hls']), { code: 'MPE_ENC_ENCRYPTION_NOT_SPECIFIED_IN_URL' });
});

test('keys that only this computer can give are refused where others can reach the storage', async () => {
  const keys = {
    systems: [{ kind: 'clear-key', licenseUrl: 'http://127.0.0.1:8480/keydelivery/clearkey' }],
  } as const;
  await using rig = openRig({ isForOthers: true, formats: ['Dash'] }, {}, (made) => {
    const protection = fakeProtection('cenc', keys);
    return { ...made, protect: () => protection };
  });

  await rig.live(3);

  assert.deepEqual([rig.mirror.status().state, codeOf(rig)], ['failed', 'upload/keys-unreachable']);
  assert.equal(rig.store.objects.size, 0);
});
