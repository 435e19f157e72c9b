import assert from 'node:assert/strict';
import { createDecipheriv } from 'node:crypto';
import { test } from 'node:test';
import type { EncryptionTag } from '../../../../src-main/core/ports/streaming-format.ts';
import { periodKey } from '../../../../src-main/core/protect/period-keys.ts';
import { checkMpd } from '../../../../src-main/manifest/dash/check/check-mpd.ts';
import { parseMpd } from '../../../../src-main/manifest/dash/mpd.ts';
import { checkMediaPlaylist } from '../../../../src-main/manifest/hls/check/check-media-playlist.ts';
import { parseMultivariantPlaylist } from '../../../../src-main/manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../../../src-main/manifest/hls/parse-media-playlist.ts';
import {
  FAKE,
  FAKE_START_MS,
  type FakeOptions,
  fakePresentation,
  fakePublication,
} from '../../../support/fake-presentation.ts';
import { FAKE_KEY, fakeProtection } from '../../../support/fake-protection.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { packagedStream } from '../../../support/packaged-stream.ts';

/** Of three segments. */
const PERIOD_MS = 6000;
const FIRST_PERIOD = FAKE_START_MS / PERIOD_MS;

function rotating(tag: EncryptionTag, options: FakeOptions = {}) {
  const fake = fakePresentation({ windowSeconds: 40, ...options });
  const protection = fakeProtection(tag, {
    cryptoPeriodMs: PERIOD_MS,
    ...(tag === 'cbc'
      ? {}
      : {
          systems: [
            { kind: 'clear-key', licenseUrl: 'https://keys.example/clearkey' },
            { kind: 'envelope', keyUri: '/keys/1' },
          ],
        }),
  });
  const publication = { ...fakePublication(fake.presentation), protect: () => protection };
  const clock = manualClock(fake.edgeMs());
  fake.segments(8);
  clock.advance(fake.edgeMs() - clock.wallMs());
  return { fake, ...packagedStream(publication, clock) };
}

const playlistOf = (tag: EncryptionTag, format = 'm3u8-cmaf', track = FAKE.BEST): string =>
  `QualityLevels(${track.bitrate})/Manifest(${track.name},format=${format},encryption=${tag})`;

const ivOf = (period: number): Uint8Array => new Uint8Array(periodKey(FAKE_KEY, period).iv);

/** The kind of tag that segments have in front, by the number of the segment. */
function changesIn(text: string) {
  return parseMediaPlaylist(text).segments.flatMap(({ keys, map }, index) =>
    keys === undefined ? [] : [[index, keys[0]!.method === 'NONE' ? 'none' : keys[0]!.iv, map?.uri] as const],
  );
}

for (const tag of ['cbc', 'cbcs-aapl'] as const) {
  test(`${tag} in CMAF playlists has a new key and header with the first segment of every crypto period`, () => {
    const stream = rotating(tag);
    const text = stream.text(playlistOf(tag));

    assert.deepEqual(
      changesIn(text),
      [0, 3, 6].map((index, number) => [
        index,
        ivOf(FIRST_PERIOD + number),
        `Fragments(video=i,format=m3u8-cmaf,encryption=${tag},period=${FIRST_PERIOD + number}).mp4`,
      ]),
    );
    assert.deepEqual(checkMediaPlaylist(undefined, parseMediaPlaylist(text)), []);
  });
}

test('the sound changes its key with the same segment as the pictures, though it begins some milliseconds later', () => {
  const stream = rotating('cbcs-aapl');

  const [video, audio] = [FAKE.BEST, FAKE.SOUND].map((track) =>
    changesIn(stream.text(playlistOf('cbcs-aapl', 'm3u8-cmaf', track))).map(([index]) => index),
  );

  assert.deepEqual(audio, video);
});

test('while it is broadcast, a window begins with the keys that hold there, in all of its versions', () => {
  const stream = rotating('cbc', { windowSeconds: 10, partSeconds: undefined });
  for (let more = 0; more < 9; more += 1) {
    stream.fake.segments(1);
    const { segments, mediaSequence } = parseMediaPlaylist(stream.text(playlistOf('cbc')));
    const periodOf = (index: number): number => FIRST_PERIOD + Math.floor((mediaSequence + index - 1) / 3);

    let held: unknown;
    for (const [index, { keys }] of segments.entries()) {
      held = keys?.[0]?.method === 'AES-128' ? keys[0].iv : held;
      assert.deepEqual(held, ivOf(periodOf(index)), `segment ${mediaSequence + index}`);
    }
  }
});

test('low latency goes on: an open segment with another key says so before its parts, and there are no delta updates', () => {
  const stream = rotating('cbcs-aapl');
  stream.fake.segments(1);
  stream.fake.chunk();
  const text = stream.text(playlistOf('cbcs-aapl'));

  const { open } = parseMediaPlaylist(text);
  assert.deepEqual(
    open?.keys?.map((key) => (key.method === 'NONE' ? key : key.iv)),
    [ivOf(FIRST_PERIOD + 3)],
  );
  assert.match(String(open.map?.uri), new RegExp(`period=${FIRST_PERIOD + 3}`));
  assert.equal(stream.text(playlistOf('cbcs-aapl'), '_HLS_skip=YES'), text);
});

for (const tag of ['cbc', 'cbcs-aapl'] as const) {
  test(`${tag} in transport streams changes its key where a segment of fragments begins`, () => {
    const stream = rotating(tag, { fragmentsPerTsSegment: 2 });
    const text = stream.text(playlistOf(tag, 'm3u8-aapl'));

    // Segments begin at 0, 4, 8, 12 s; those from 6 and from 12 s on have other keys.
    assert.deepEqual(
      changesIn(text).map(([index, iv]) => [index, iv]),
      [
        [0, ivOf(FIRST_PERIOD)],
        [2, ivOf(FIRST_PERIOD + 1)],
        [3, ivOf(FIRST_PERIOD + 2)],
      ],
    );
    assert(text.includes(`METHOD=${tag === 'cbc' ? 'AES-128' : 'SAMPLE-AES'}`));
  });
}

test('DASH has a Period for each crypto period, with the id of its key, its own header, and the same tracks', () => {
  for (const tag of ['cenc', 'cbcs-aapl'] as const) {
    const stream = rotating(tag);
    const mpd = parseMpd(stream.text(`manifest(format=mpd-time-cmaf,encryption=${tag})`));

    assert.deepEqual(
      mpd.periods.map(({ startSeconds, adaptationSets }) => [
        Math.round(startSeconds ?? 0),
        adaptationSets.map(({ contentProtections }) => contentProtections?.[0]?.defaultKid),
        adaptationSets.map(
          ({ segmentTemplate }) => /period=(\d+)/.exec(segmentTemplate?.initialization ?? '')?.[1],
        ),
      ]),
      [0, 1, 2].map((number) => {
        const { id } = periodKey(FAKE_KEY, FIRST_PERIOD + number);
        return [6 * number, [id, id], [String(FIRST_PERIOD + number), String(FIRST_PERIOD + number)]];
      }),
    );
    assert.deepEqual(
      checkMpd(undefined, mpd, { nowMs: stream.fake.edgeMs() }).filter(
        ({ message }) => !/ends \S+ s (?:before|after)|availabilityTimeOffset/.test(message),
      ),
      [],
    );
  }
});

test('whole segments of DASH name the key of their Period', () => {
  const text = rotating('cbc').text('manifest(format=mpd-time-cmaf,encryption=cbc)');

  const ivs = [...text.matchAll(/<(?:\w+:)?CryptoPeriod[^>]*IV="0x([0-9A-F]+)"/g)].map(([, iv]) => iv);
  assert.deepEqual(
    [...new Set(ivs)],
    [0, 1, 2].map((number) =>
      Buffer.from(ivOf(FIRST_PERIOD + number))
        .toString('hex')
        .toUpperCase(),
    ),
  );
});

test('a whole segment is encrypted with the key of its crypto period, and its header with that of the period it is asked for', async () => {
  const stream = rotating('cbc', { partSeconds: undefined });
  const window = stream.fake.presentation.tracks()[0]!;
  const media = async (subject: string, more = ''): Promise<Buffer> => {
    const options = `format=m3u8-cmaf,encryption=cbc${more}`;
    const { chunks } = await stream.media(
      `QualityLevels(${FAKE.BEST.bitrate})/Fragments(video=${subject},${options})`,
    );
    return Buffer.concat(chunks);
  };
  const opens = (bytes: Buffer, period: number): boolean => {
    const { value, iv } = periodKey(FAKE_KEY, period);
    const decipher = createDecipheriv('aes-128-cbc', value, iv);
    try {
      return Buffer.concat([decipher.update(bytes), decipher.final()]).length > 0;
    } catch {
      return false;
    }
  };

  for (const [index, period] of [
    [0, FIRST_PERIOD],
    [2, FIRST_PERIOD],
    [3, FIRST_PERIOD + 1],
    [7, FIRST_PERIOD + 2],
  ] as const) {
    assert(opens(await media(String(window.segments.at(index).time)), period), `segment ${index}`);
  }
  assert(opens(await media('i', `,period=${FIRST_PERIOD + 1}`), FIRST_PERIOD + 1));
});

test('a multivariant playlist names no keys that will not hold', () => {
  const master = parseMultivariantPlaylist(rotating('cbc').text('manifest(format=m3u8-cmaf,encryption=cbc)'));

  assert.equal(master.sessionKeys, undefined);
});

test('period= is of headers only, and a number', async () => {
  const stream = rotating('cbc');
  for (const subject of [
    'video=1,period=5',
    'video=i,period=x',
    'video=i,period=-1',
    'video=i,period=1234567890',
  ]) {
    const [track, option] = subject.split(',');
    await stream.refuses(
      'MPE_BAD_URL_SYNTAX',
      `QualityLevels(${FAKE.BEST.bitrate})/Fragments(${track},format=m3u8-cmaf,encryption=cbc,${option})`,
    );
  }
});
