import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { createEmitter } from '../../../../src-main/base/emitter.ts';
import { summarise } from '../../../../src-main/core/archive/asset-summary.ts';
import { type AssetTracks, createAssetTracks } from '../../../../src-main/core/archive/tracks/asset-tracks.ts';
import { silentLogger } from '../../../../src-main/core/ports/logger.ts';
import type { Presentation, TrackWindow } from '../../../../src-main/core/ports/presentation.ts';
import type { SegmentReader } from '../../../../src-main/core/ports/store.ts';
import { parseChunks } from '../../../../src-main/media/cmaf/chunk.ts';
import { emptyTrex } from '../../../../src-main/media/isobmff/trex.ts';
import { ticksToSeconds } from '../../../../src-main/media/time.ts';
import type { Asset } from '../../../../src-main/shared/api/assets.ts';
import { soundFile, ttmlOf, vttOf } from '../../../support/late-tracks.ts';
import { encodeTracks, makeRecording, openMadeRecording } from '../../../support/make-recording.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { missingPrograms } from '../../../support/real-ffmpeg.ts';
import { packetHashes } from '../../../support/senders.ts';
import { mkdtempDisposable } from '../../../support/temporary-folder.ts';

const SECONDS = 12;

suite('tracks of an asset', { skip: missingPrograms('ffmpeg') }, () => {
  const opened = new AsyncDisposableStack();
  let root: string;
  let folder: string;
  let presentation: Presentation;
  let reader: SegmentReader;
  let state: Asset['state'];
  let assetId: string;

  before(async () => {
    root = opened.use(await mkdtempDisposable(join(tmpdir(), 'lectern-tracks-'))).path;
    const tracks = await encodeTracks(join(root, 'encoded'), { seconds: SECONDS });
    folder = join(root, 'asset');
    // Two seconds in the middle were not recorded.
    await makeRecording({ folder, tracks, isRecorded: (_, seconds) => seconds < 14 || seconds >= 16 });
    const made = opened.use(await openMadeRecording(folder));
    ({ presentation, reader } = made);
  });
  after(async () => await opened.disposeAsync());
  afterEach(async () => {
    await rm(join(folder, 'tracks'), { recursive: true, force: true });
    await rm(join(folder, 'tracks.json'), { force: true });
  });

  /** As after a start of the program. */
  async function open(): Promise<AssetTracks> {
    state = 'ready';
    assetId = 'a9d1c1b2-0000-4000-8000-000000000001';
    const asset = (): Asset => ({
      ...{
        name: 'talk',
        assetId,
        title: 'A talk',
        description: '',
        tags: [],
        state,
        created: '',
        lastModified: '',
      },
      ...{ duration: 0, size: 0, tracks: [], gaps: [], locators: [] },
      ...summarise(presentation),
    });
    const tracks = createAssetTracks({
      clock: manualClock(),
      logger: silentLogger,
      events: { publish: () => undefined, published: createEmitter(), lastId: () => '', since: () => [] },
      reader,
      assets: {
        list: () => [asset()],
        get: asset,
        folderOf: () => folder,
        presentationOf: () => Promise.resolve(presentation),
      },
    });
    await tracks.recover();
    return tracks;
  }

  async function* bodyOf(...parts: readonly (string | Uint8Array)[]): AsyncIterable<Uint8Array> {
    for (const part of parts) {
      yield await Promise.resolve(Buffer.from(part));
    }
  }

  async function namesIn(path: string): Promise<readonly string[]> {
    return existsSync(path) ? await readdir(path) : [];
  }

  async function soundOf(tracks: AssetTracks, name: string): Promise<TrackWindow> {
    const window = (await tracks.presentationOf('talk'))?.tracks().find(({ track }) => track.name === name);
    assert.ok(window !== undefined);
    return window;
  }

  async function hashesOf(tracks: AssetTracks, name: string): Promise<readonly string[]> {
    const shown = await tracks.presentationOf('talk');
    const window = await soundOf(tracks, name);
    const parts = [window.track.init];
    for (let index = 0; index < window.segments.length; index += 1) {
      const { sequence, size } = window.segments.at(index);
      if (size > 0) {
        parts.push((await shown?.readSegment(window, sequence)) ?? new Uint8Array());
      }
    }
    const path = join(root, `${name}-played.mp4`);
    await writeFile(path, Buffer.concat(parts));
    return await packetHashes(path, '0:a:0');
  }

  /** The frames of ADTS as every other file has them. */
  async function withoutHeaders(path: string): Promise<string> {
    if (!path.endsWith('.aac')) {
      return path;
    }
    await promisify(execFile)('ffmpeg', ['-v', 'error', '-y', '-i', path, '-c', 'copy', `${path}.m4a`]);
    return `${path}.m4a`;
  }

  const kinds = [
    ['progressive', 'sound.m4a', []],
    ['fragmented', 'sound.mp4', ['-movflags', '+frag_keyframe+empty_moov', '-frag_duration', '500000']],
    ['adts', 'sound.aac', []],
    [
      'hidden behind pictures',
      'both.mp4',
      ['-f', 'lavfi', '-i', 'testsrc2=s=64x36:r=10', '-t', '13', '-c:v', 'libx264', '-map', '0', '-map', '1'],
    ],
  ] as const;
  for (const [what, file, args] of kinds) {
    test(`no frame of sound in a file that is ${what} is changed, and its cuts are those of the pictures`, async () => {
      const tracks = await open();
      const path = join(root, file);
      const bytes = await soundFile(path, {
        seconds: SECONDS + 1,
        args: [...args.slice(0, 4), '-c:a', 'aac', ...args.slice(4)],
      });
      const added = await tracks.add(
        'talk',
        'other',
        { fileName: file, languageCode: 'fr' },
        bodyOf(bytes.subarray(0, 9), bytes.subarray(9)),
      );
      const window = await soundOf(tracks, 'other');
      const [video] = presentation.tracks();
      assert.ok(video !== undefined);

      assert.match(added.remark ?? '', /longer/);
      const cuts = ({ track, segments }: TrackWindow): readonly string[] =>
        Array.from({ length: segments.length }, (_, index) => segments.at(index))
          .filter(({ size }) => size > 0)
          .map(({ sequence, time }) => `${sequence} ${Math.round(ticksToSeconds(time, track.timescale) * 10)}`);
      assert.deepEqual(cuts(window), cuts(video));
      const [given, played] = [
        await packetHashes(await withoutHeaders(path), '0:a:0'),
        await hashesOf(tracks, 'other'),
      ];
      const known = new Set(given);
      assert.ok(
        played.length > 450 && played.every((hash) => known.has(hash)),
        `${played.length} of ${given.length}`,
      );
      await tracks.remove('talk', 'other');
    });
  }

  test('silence stands in for sound that ends early, and is said', async () => {
    const tracks = await open();
    const bytes = await soundFile(join(root, 'short.m4a'), { seconds: 4 });
    const added = await tracks.add('talk', 'short', {}, bodyOf(bytes));
    const shown = await tracks.presentationOf('talk');
    const window = await soundOf(tracks, 'short');
    const last = window.segments.at(window.segments.length - 1);
    const chunk = parseChunks((await shown?.readSegment(window, last.sequence)) ?? new Uint8Array(), {
      trex: emptyTrex(1),
    });

    assert.match(added.remark ?? '', /8\.\d s shorter/);
    assert.equal(last.sequence, presentation.tracks()[0]?.segments.at(4).sequence);
    assert.ok(chunk.flat().every(({ data }) => data.length <= 9));
    await tracks.remove('talk', 'short');
    assert.deepEqual(await namesIn(join(folder, 'tracks')), []);
  });

  test('text is shown as it was said, from the beginning of the recording, and is there again after a start', async () => {
    const tracks = await open();
    await tracks.add(
      'talk',
      'english',
      { displayName: 'English', hlsDefault: 'true', playerVisibility: 'Hidden' },
      bodyOf(vttOf('word', 3, 'Language: en\n')),
    );
    await tracks.add('talk', 'german', { dashRole: 'caption' }, bodyOf(ttmlOf('Wort', 3, 'de')));
    await tracks.update('talk', 'english', {
      displayName: 'English (CC)',
      playerVisibility: 'Visible',
      hlsSettings: { characteristics: 'public.easy-to-read' },
    });
    const before = await tracks.list('talk');
    const again = await open();
    const texts = (await again.presentationOf('talk'))?.texts?.() ?? [];

    assert.deepEqual(await again.list('talk'), before);
    assert.deepEqual(
      texts.map(({ name, language, shownAs, text }) => [name, language, shownAs, text.cues.length]),
      [
        [
          'english',
          'en',
          {
            label: 'English (CC)',
            hidden: false,
            isDefault: true,
            forced: false,
            characteristics: ['public.easy-to-read'],
            role: undefined,
          },
          3,
        ],
        [
          'german',
          'de',
          {
            label: 'german',
            hidden: false,
            isDefault: false,
            forced: false,
            characteristics: [],
            role: 'caption',
          },
          3,
        ],
      ],
    );
    const leader = presentation.tracks()[0];
    assert.deepEqual(texts[0]?.zero, { time: leader?.segments.at(0).time, timescale: leader?.track.timescale });
    assert.deepEqual([...again.filesOf('talk').keys()], ['english.vtt', 'german.ttml']);
    await again.remove('talk', 'english');
    await again.remove('talk', 'german');
  });

  test('what is refused leaves nothing behind', async () => {
    const tracks = await open();
    const cases = [
      ['media/malformed', {}, bodyOf('WEBVTT\n\nno times\n')],
      ['media/malformed', { fileName: 'x.vtt' }, bodyOf('1\n00:00:01,000 --> 00:00:02,000\nx\n')],
      ['media/malformed', {}, bodyOf('<tt xmlns="http://www.w3.org/ns/ttml"><body>')],
      ['media/unsupported', {}, bodyOf('RIFF....WAVEfmt ')],
      ['media/malformed', {}, bodyOf(Buffer.from('000000186674797069736f6d', 'hex'))],
      ['request/invalid', {}, bodyOf()],
      ['request/invalid', { fileName: 'x.m4a' }, bodyOf(vttOf('word', 1))],
      ['request/too-large', {}, bodyOf('WEBVTT\n', Buffer.alloc(11 * 1024 * 1024, 0x0a))],
      [
        'media/unsupported',
        {},
        bodyOf(await soundFile(join(root, 'sound.mp4'), { seconds: 1, args: ['-c:a', 'ac3'] })),
      ],
    ] as const;
    for (const [code, settings, body] of cases) {
      await assert.rejects(tracks.add('talk', 'bad', settings, body), { code });
    }

    assert.deepEqual((await tracks.presentationOf('talk'))?.texts?.(), []);
    assert.deepEqual(await namesIn(join(folder, 'tracks')), []);
  });

  test('a caller that goes away in the middle leaves nothing behind', async () => {
    const tracks = await open();
    async function* broken(): AsyncIterable<Uint8Array> {
      yield await Promise.resolve(Buffer.from('WEBVTT\n\n'));
      throw new Error('aborted');
    }

    await assert.rejects(tracks.add('talk', 'gone', {}, broken()), /aborted/);
    assert.deepEqual(await namesIn(join(folder, 'tracks')), []);
  });

  test('names are given once, recorded tracks stay, and a recording in progress takes none', async () => {
    const tracks = await open();
    const recorded = presentation.tracks()[0]?.track.id ?? '';
    await tracks.add('talk', 'english', {}, bodyOf(vttOf('word', 3)));

    await assert.rejects(tracks.add('talk', 'english', {}, bodyOf(vttOf('word', 3))), { code: 'resource/exists' });
    await assert.rejects(tracks.add('talk', 'video', {}, bodyOf(vttOf('word', 3))), { code: 'resource/exists' });
    await assert.rejects(tracks.add('talk', 'second', { fileName: 'English.vtt' }, bodyOf(vttOf('word', 3))), {
      code: 'resource/exists',
    });
    await assert.rejects(tracks.remove('talk', recorded), { code: 'resource/immutable' });
    await assert.rejects(tracks.update('talk', 'nothing', {}), { code: 'resource/not-found' });
    state = 'recording';
    await assert.rejects(tracks.add('talk', 'more', {}, bodyOf(vttOf('word', 3))), {
      code: 'resource/wrong-state',
    });
    state = 'ready';
    await tracks.remove('talk', 'english');
  });

  test('what a crash left of an unfinished track is removed at the next start, and nothing else', async () => {
    const tracks = await open();
    await tracks.add('talk', 'english', {}, bodyOf(vttOf('word', 3)));
    const [kept] = await namesIn(join(folder, 'tracks'));
    await mkdir(join(folder, 'tracks', 'torn-12345678'));
    await writeFile(join(folder, 'tracks', 'torn-12345678', 'upload'), 'WEBVTT');

    const again = await open();

    assert.deepEqual(await namesIn(join(folder, 'tracks')), [kept]);
    await again.remove('talk', 'english');
  });

  test('a track whose file was damaged is said to have failed, and the others go on', async () => {
    const tracks = await open();
    await tracks.add('talk', 'english', {}, bodyOf(vttOf('word', 3)));
    await tracks.add('talk', 'german', {}, bodyOf(vttOf('Wort', 3)));
    await writeFile(tracks.filesOf('talk').get('english.vtt') ?? '', 'gone');

    const again = await open();
    const listed = (await again.list('talk')).filter(({ kind }) => kind === 'text');

    assert.deepEqual(
      listed.map(({ name, provisioningState }) => [name, provisioningState]),
      [
        ['english', 'Failed'],
        ['german', 'Succeeded'],
      ],
    );
    assert.deepEqual(
      (await again.presentationOf('talk'))?.texts?.().map(({ name }) => name),
      ['german'],
    );
    await again.remove('talk', 'english');
    await again.remove('talk', 'german');
  });

  test('a list of tracks that cannot be understood is never written over', async () => {
    await writeFile(join(folder, 'tracks.json'), '{"version":9}');
    const tracks = await open();

    await assert.rejects(tracks.list('talk'), { code: 'archive/damaged' });
    await assert.rejects(tracks.add('talk', 'english', {}, bodyOf(vttOf('word', 3))), { code: 'archive/damaged' });
    assert.equal((await tracks.presentationOf('talk'))?.tracks().length, 2);
    assert.equal(await readFile(join(folder, 'tracks.json'), 'utf8'), '{"version":9}');
  });
});
