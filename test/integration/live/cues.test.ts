import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createPackager } from '../../../src-main/core/packaging/packager.ts';
import { CUE_TIMESCALE, type Cue } from '../../../src-main/core/ports/cues.ts';
import type { Packager } from '../../../src-main/core/ports/packaging.ts';
import type { Presentation } from '../../../src-main/core/ports/presentation.ts';
import { parseMpd } from '../../../src-main/manifest/dash/mpd.ts';
import { parseMediaPlaylist } from '../../../src-main/manifest/hls/parse-media-playlist.ts';
import { joinLengthPrefixed } from '../../../src-main/media/codecs/nal-units.ts';
import { writeId3 } from '../../../src-main/media/id3/id3.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { type ArchiveRig, addOutput, openArchiveRig } from '../../support/archive-rig.ts';
import { audioTrack, frames, pushBoth, videoTrack } from '../../support/broadcast-media.ts';
import { captionSei } from '../../support/caption-sei.ts';
import { fakePublication } from '../../support/fake-presentation.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { fragmentPath, playlistPath } from '../../support/packaged-stream.ts';
import { insertSection } from '../../support/splice-messages.ts';
import { emsgsIn } from './emsgs-in.ts';

const SPLICE = 'urn:scte:scte35:2013:bin';
const METADATA = 'https://aomedia.org/emsg/ID3';
const VIDEO = videoTrack();
const AUDIO = audioTrack();
const TRACKS = [VIDEO, AUDIO];
const MASTER = 'manifest(format=m3u8-cmaf)';
const DASH = 'manifest(format=mpd-time-cmaf)';
const OUT = insertSection(7, 'out', { breakTicks: 10 * CUE_TIMESCALE });
const BACK = insertSection(7, 'in');
const NOTE = writeId3({
  frames: [
    {
      kind: 'GEOB',
      mimeType: 'application/json',
      fileName: '',
      description: '',
      object: Buffer.from('{"score":"1:0"}'),
    },
  ],
});

const root = mkdtempSync(join(tmpdir(), 'lectern-cues-'));
let folders = 0;
after(() => rmSync(root, { recursive: true }));

async function newFolder(): Promise<string> {
  folders += 1;
  const folder = join(root, String(folders));
  await mkdir(folder);
  return folder;
}

const at = (seconds: number) => ticks(Math.round(seconds * CUE_TIMESCALE));
const splice = (id: string, seconds: number, over: Partial<Cue> = {}): Cue => ({
  id,
  scheme: SPLICE,
  value: 'onAdCue',
  time: at(seconds),
  duration: 10 * CUE_TIMESCALE,
  message: OUT,
  ...over,
});
const note = (id: string, seconds: number): Cue => ({
  id,
  scheme: METADATA,
  value: '',
  time: at(seconds),
  duration: undefined,
  message: NOTE,
});

async function goLive(rig: ArchiveRig, streamOptions: readonly ('Default' | 'LowLatency')[]): Promise<void> {
  await rig.liveEvents.create(
    'news',
    { input: { streamingProtocol: 'Studio' }, streamOptions: [...streamOptions] },
    { autoStart: true },
  );
  await addOutput(rig, 'news', 'tape');
  rig.input('news').open(TRACKS);
}

/** Media of the event in seconds. */
function feed(rig: ArchiveRig, from: number, to: number): void {
  pushBoth(rig.input('news'), TRACKS, { from: Math.round(from * 30), to: Math.round(to * 30), start: 0 });
}

/** Answers of a packager of its own for one presentation. */
function packaged(presentation: Presentation | undefined) {
  assert(presentation !== undefined);
  const packager: Packager = createPackager({ clock: manualClock(60_000) });
  const publication = fakePublication(presentation);
  const answer = async (path: string) =>
    await packager.answer(publication, packager.parse(`/0f0e/stream.ism/${path}`).resource, '');
  const text = async (path: string): Promise<string> => {
    const found = await answer(path);
    assert(found.kind === 'manifest', path);
    return Buffer.from(found.document.identity()).toString();
  };
  return {
    text,
    playlist: async (track: typeof VIDEO) => parseMediaPlaylist(await text(playlistPath(track))),
    mpd: async () => parseMpd(await text(DASH)),
    /** All complete segments, by track and sequence number. */
    async segments(): Promise<ReadonlyMap<string, Buffer>> {
      const found = new Map<string, Buffer>();
      for (const { track, segments } of presentation.tracks()) {
        for (let index = 0; index < segments.length; index += 1) {
          const { time, sequence } = segments.at(index);
          const media = await answer(fragmentPath(track, time));
          assert(media.kind === 'media');
          found.set(`${track.kind} ${sequence}`, Buffer.concat(media.chunks));
        }
      }
      return found;
    },
  };
}

for (const option of ['Default', 'LowLatency'] as const) {
  describe(`cues of an event of ${option}`, () => {
    test('are in every format while it is live, and in its recording the same, to the byte of every segment', async () => {
      await using rig = await openArchiveRig({ dataDir: await newFolder() });
      await goLive(rig, [option]);
      const cues = rig.cues('news');
      feed(rig, 0, 5);
      assert.equal(cues.put(splice('7', 12)), true);
      feed(rig, 5, 13);
      assert.equal(cues.put(note('goal', 13)), true);
      assert.equal(cues.put(splice('back', 18, { message: BACK, duration: undefined })), true);
      feed(rig, 13, 21);
      await rig.flushed();

      const live = packaged(rig.liveEvents.presentationOf('news', 'tape'));
      const liveRanges = (await live.playlist(VIDEO)).dateRanges;
      const liveSegments = await live.segments();
      await rig.liveEvents.stop('news', { removeOutputsOnStop: true });
      const recorded = packaged(await rig.archive.assets.presentationOf('tape'));
      const recordedSegments = await recorded.segments();

      assert.deepEqual(
        liveRanges?.map(({ id, durationSeconds, plannedDurationSeconds }) => [
          id,
          durationSeconds,
          plannedDurationSeconds,
        ]),
        [['7', 6, 10]],
      );
      const [range] = liveRanges;
      assert.deepEqual(
        [range?.scte35Out, range?.scte35In],
        [OUT, BACK].map((section) => Uint8Array.from(section)),
      );
      for (const track of [VIDEO, AUDIO]) {
        assert.deepEqual((await recorded.playlist(track)).dateRanges, liveRanges);
      }
      const events = (await recorded.mpd()).periods[0]?.eventStreams?.[0]?.events ?? [];
      assert.deepEqual(
        events.map(({ presentationTime, duration, content }) => [presentationTime, duration, content]),
        [
          [at(12), 6n * 90_000n, { kind: 'splice', section: Uint8Array.from(OUT) }],
          [at(18), undefined, { kind: 'splice', section: Uint8Array.from(BACK) }],
        ],
      );
      for (const [name, bytes] of liveSegments) {
        assert.deepEqual(recordedSegments.get(name), bytes, name);
      }
      const schemes = [...recordedSegments].map(([name, bytes]) => [name, emsgsIn(bytes).map(({ id }) => id)]);
      const first = option === 'Default' ? 3 : 4;
      const noted = option === 'Default' ? 7 : 8;
      for (const [name, ids] of schemes) {
        const sequence = Number(String(name).split(' ')[1]);
        // Of sound the segment of the splice begins a little behind it.
        const last = String(name).startsWith('video') ? 7 : 6;
        const [out, goal] = [sequence >= first && sequence <= last, sequence === noted && last === 7];
        const back = sequence >= noted && sequence <= (last === 7 ? 10 : 9);
        assert.equal(ids?.length, Number(out) + Number(goal) + Number(back), String(name));
      }
    });

    test('are recovered with the recording after a crash, as far as they were written', async () => {
      const dataDir = await newFolder();
      await using rig = await openArchiveRig({ dataDir });
      await goLive(rig, [option]);
      feed(rig, 0, 5);
      rig.cues('news').put(splice('7', 12));
      feed(rig, 5, 17);
      await rig.flushed();
      while (!(await readdir(dataDir, { recursive: true })).some((name) => name.endsWith('cues.jsonl'))) {
        await nextTurn();
      }
      const crashed = await newFolder();
      cpSync(dataDir, crashed, { recursive: true, filter: (path) => !path.endsWith('.lock') });

      await using after = await openArchiveRig({ dataDir: crashed });
      await after.archive.assets.recover();
      const recovered = packaged(await after.archive.assets.presentationOf('tape'));

      assert.deepEqual(
        (await recovered.playlist(AUDIO)).dateRanges?.map(({ id }) => id),
        ['7'],
      );
      const live = await packaged(rig.liveEvents.presentationOf('news', 'tape')).segments();
      const segments = await recovered.segments();
      for (const [name, bytes] of live) {
        assert.deepEqual(segments.get(name), bytes, name);
      }
      assert(emsgsIn(segments.get('video 5')!).length === 1);
    });
  });
}

describe('what an output has of the cues of its event', () => {
  test('is what comes while it records, and what was to come or ran when it began', async () => {
    await using rig = await openArchiveRig({ dataDir: await newFolder() });
    await goLive(rig, ['Default']);
    const cues = rig.cues('news');
    cues.put(splice('over', 1, { duration: 2 * CUE_TIMESCALE }));
    cues.put(splice('runs', 5));
    cues.put(splice('comes', 25, { message: insertSection(8, 'out') }));
    feed(rig, 0, 11);

    await addOutput(rig, 'news', 'late');
    feed(rig, 11, 31);
    await rig.liveEvents.deleteOutput('news', 'late');
    cues.put(splice('after', 29, { message: insertSection(9, 'out') }));

    const late = packaged(await rig.archive.assets.presentationOf('late'));
    const ids = (await late.playlist(VIDEO)).dateRanges?.map(({ id }) => id);
    assert.deepEqual(ids, ['runs', 'comes']);
  });

  test('leaves with its window, and no folder of an event without cues has a file of them', async () => {
    const dataDir = await newFolder();
    await using rig = await openArchiveRig({ dataDir });
    await rig.liveEvents.create('news', { input: { streamingProtocol: 'Studio' } }, { autoStart: true });
    await addOutput(rig, 'news', 'tape', 'PT1M');
    await rig.liveEvents.create('quiet', { input: { streamingProtocol: 'Studio' } }, { autoStart: true });
    await addOutput(rig, 'quiet', 'still');
    rig.input('news').open(TRACKS);
    rig.input('quiet').open(TRACKS);
    rig.cues('news').put(splice('7', 10));
    feed(rig, 0, 30);
    const window = rig.liveEvents.presentationOf('news', 'tape');
    assert(window !== undefined);
    assert.equal(window.cues().length, 1);

    feed(rig, 30, 100);
    pushBoth(rig.input('quiet'), TRACKS, { from: 0, to: 300, start: 0 });

    assert.deepEqual(window.cues(), []);
    await rig.liveEvents.stop('quiet', { removeOutputsOnStop: true });
    const files = await readdir(dataDir, { recursive: true });
    assert.equal(files.filter((name) => name.endsWith('cues.jsonl')).length, 1);
  });
});

test('captions are found in the pictures as they come, shown from then on, and known of the recording', async () => {
  await using rig = await openArchiveRig({ dataDir: await newFolder() });
  await goLive(rig, ['Default']);
  feed(rig, 0, 5);
  const live = packaged(rig.liveEvents.presentationOf('news', 'tape'));
  const before = await live.text(MASTER);

  const captioned = frames({ from: 150, to: 360, gop: 60, start: 0 }).map((sample) => ({
    ...sample,
    data: joinLengthPrefixed([captionSei([[0xfc, 0xc8, 0xe5]]), Uint8Array.of(0x41, 1, 2)]),
  }));
  rig.input('news').push(VIDEO.id, captioned);
  const while_ = await live.text(MASTER);
  await rig.liveEvents.stop('news', { removeOutputsOnStop: true });
  const recorded = packaged(await rig.archive.assets.presentationOf('tape'));

  assert.match(before, /CLOSED-CAPTIONS=NONE/);
  assert.match(while_, /TYPE=CLOSED-CAPTIONS,.*INSTREAM-ID="CC1"/);
  assert.match(await recorded.text(MASTER), /TYPE=CLOSED-CAPTIONS,.*INSTREAM-ID="CC1"/);
  assert.match(await recorded.text(DASH), /urn:scte:dash:cc:cea-608:2015/);
});
