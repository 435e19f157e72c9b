import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { ExportsOptions } from '../../../src-main/core/export/exports.ts';
import type { Presentation } from '../../../src-main/core/ports/presentation.ts';
import { parseMovie } from '../../../src-main/media/mp4/parse-movie.ts';
import { exportJob } from '../../../src-main/shared/api/assets.ts';
import { openExportRig } from '../../support/export-service.ts';
import { manualClock } from '../../support/manual-clock.ts';
import {
  audioTrack,
  hasCode,
  type MemoryTrack,
  memoryRecording,
  samplesFrom,
  videoTrack,
} from './memory-recording.ts';

const WHOLE = { format: 'mp4', quality: 'top' } as const;

function tenSeconds(over: Partial<Presentation> = {}, bytesPerSample = 20): Presentation {
  const starts = [0, 2, 4, 6, 8];
  const tracks: readonly MemoryTrack[] = [
    { track: videoTrack(), segments: starts.map((at) => samplesFrom(at * 90_000, 60, 3000, bytesPerSample)) },
    { track: audioTrack(), segments: starts.map((at) => samplesFrom(at * 48_000, 93, 1024)) },
  ];
  return memoryRecording(tracks, over);
}

/** A presentation whose segments come only when the test says so. */
function heldRecording(): { readonly presentation: Presentation; readonly go: () => void } {
  const gate = Promise.withResolvers<undefined>();
  const whole = tenSeconds();
  return {
    presentation: {
      ...whole,
      async readSegment(track, sequence) {
        await gate.promise;
        return await whole.readSegment(track, sequence);
      },
    },
    go: () => gate.resolve(undefined),
  };
}

suite('an export', () => {
  test('ends as a file that holds the recording, and says so', async () => {
    await using rig = await openExportRig(tenSeconds());

    const job = await rig.exports.create('talk', WHOLE);
    const ended = await rig.exports.ended('talk', job.id);

    assert.deepEqual(exportJob.parse(ended), {
      ...job,
      state: 'done',
      progress: 1,
      size: (await readFile(rig.exports.file('talk', job.id))).length,
    });
    assert.equal(ended.fileName, 'A talk on tape.mp4');
    assert.deepEqual([ended.start, ended.end, ended.quality], [0, 10, '2500']);
    const { tracks, title } = parseMovie(await readFile(rig.exports.file('talk', job.id)));
    assert.deepEqual(
      [title, ...tracks.map(({ sampleCount, syncSampleCount }) => [sampleCount, syncSampleCount])],
      ['A talk: on <tape>', [300, 5], [465, 465]],
    );
  });

  test('is told with each change of its state', async () => {
    await using rig = await openExportRig(tenSeconds());
    const seen: string[] = [];
    using _ = rig.events.published.on(({ eventType, subject, data }) => {
      seen.push(`${eventType} ${subject.replace(/[^/]+$/, 'id')} ${exportJob.parse(data).state}`);
    });

    const { id } = await rig.exports.create('talk', WHOLE);
    await rig.exports.ended('talk', id);

    const states = ['queued', 'writing', 'checking', 'done'];
    assert.deepEqual(
      seen,
      states.map((state) => `Lectern.ExportChanged asset/talk/exports/id ${state}`),
    );
  });

  test('goes to the place that was given, which must be free, absolute and there', async () => {
    await using rig = await openExportRig(tenSeconds());
    const out = join(rig.outFolder, 'talk.mp4');
    const taken = join(rig.outFolder, 'taken.mp4');
    await writeFile(taken, 'mine');

    const job = await rig.exports.create('talk', { ...WHOLE, out });
    await rig.exports.ended('talk', job.id);

    assert.equal(job.path, out);
    assert.deepEqual(await readdir(rig.outFolder), ['taken.mp4', 'talk.mp4']);
    for (const [bad, code] of [
      [taken, 'export/target-exists'],
      [out, 'export/target-exists'],
      [rig.outFolder, 'export/target-exists'],
      ['talk.mp4', 'request/invalid'],
      [join(rig.outFolder, 'nowhere', 'talk.mp4'), 'export/target-unwritable'],
      [join(taken, 'talk.mp4'), 'export/target-unwritable'],
      [join(rig.outFolder, 'x'.repeat(300)), 'export/target-unwritable'],
      [join(rig.outFolder, 'a\0b'), 'request/invalid'],
    ] as const) {
      await assert.rejects(rig.exports.create('talk', { ...WHOLE, out: bad }), hasCode(code), bad);
    }
    assert.equal(await readFile(taken, 'utf8'), 'mine');
    assert.equal(rig.exports.list('talk').length, 1);
  });

  test('is a file of its asset when it is finished and was given no place', async () => {
    await using rig = await openExportRig(tenSeconds());
    const job = await rig.exports.create('talk', WHOLE);
    const under = rig.exports.filesOf('talk').size;
    await rig.exports.ended('talk', job.id);
    const placed = await rig.exports.create('talk', { ...WHOLE, out: join(rig.outFolder, 'talk.mp4') });
    await rig.exports.ended('talk', placed.id);

    const files = rig.exports.filesOf('talk');

    assert.equal(under, 0);
    assert.deepEqual([...files], [['A talk on tape.mp4', rig.exports.file('talk', job.id)]]);
    await rig.exports.cancel('talk', job.id);
    assert.equal(rig.exports.filesOf('talk').size, 0);
  });

  test('never replaces a file that came to its place meanwhile', async () => {
    const { presentation, go } = heldRecording();
    await using rig = await openExportRig(presentation);
    const out = join(rig.outFolder, 'talk.mp4');
    const { id } = await rig.exports.create('talk', { ...WHOLE, out });
    await writeFile(out, 'mine');

    go();
    const ended = await rig.exports.ended('talk', id);

    assert.deepEqual([ended.state, ended.error?.code], ['failed', 'export/target-exists']);
    assert.deepEqual(await readdir(rig.outFolder), ['talk.mp4']);
    assert.equal(await readFile(out, 'utf8'), 'mine');
  });

  test('waits for the one before it, and two never go to one place', async () => {
    const { presentation, go } = heldRecording();
    await using rig = await openExportRig(presentation);
    const out = join(rig.outFolder, 'talk.mp4');

    const first = await rig.exports.create('talk', { ...WHOLE, out });
    const second = await rig.exports.create('talk', WHOLE);

    await assert.rejects(rig.exports.create('talk', { ...WHOLE, out }), hasCode('export/target-exists'));
    assert.deepEqual(
      rig.exports.list('talk').map(({ id, state }) => [id, state]),
      [
        [second.id, 'queued'],
        [first.id, 'writing'],
      ],
    );
    assert(rig.exports.isExporting('talk'));
    go();
    assert.equal((await rig.exports.ended('talk', second.id)).state, 'done');
    assert.equal(rig.exports.get('talk', first.id).state, 'done');
    assert(!rig.exports.isExporting('talk'));
  });

  test('can be cancelled while it waits, and while it writes; nothing is left', async () => {
    const { presentation, go } = heldRecording();
    await using rig = await openExportRig(presentation);
    const out = join(rig.outFolder, 'talk.mp4');
    const first = await rig.exports.create('talk', { ...WHOLE, out });
    const second = await rig.exports.create('talk', WHOLE);

    await rig.exports.cancel('talk', second.id);
    const cancelling = rig.exports.cancel('talk', first.id);
    go();
    await cancelling;

    assert.deepEqual(
      rig.exports.list('talk').map(({ state, error }) => [state, error]),
      [
        ['cancelled', undefined],
        ['cancelled', undefined],
      ],
    );
    assert.deepEqual(await readdir(rig.outFolder), []);
    assert.throws(() => rig.exports.file('talk', first.id), hasCode('resource/wrong-state'));
  });

  test('that has ended is forgotten by a second cancel, with the file if it is ours', async () => {
    await using rig = await openExportRig(tenSeconds());
    const kept = await rig.exports.create('talk', { ...WHOLE, out: join(rig.outFolder, 'talk.mp4') });
    const ours = await rig.exports.create('talk', WHOLE);
    await rig.exports.ended('talk', ours.id);

    await rig.exports.cancel('talk', kept.id);
    await rig.exports.cancel('talk', ours.id);

    assert.deepEqual(rig.exports.list('talk'), []);
    assert.throws(() => rig.exports.get('talk', ours.id), hasCode('resource/not-found'));
    assert.deepEqual([await readdir(rig.folder), await readdir(rig.outFolder)], [[], ['talk.mp4']]);
  });

  test('asks for room before it begins, and leaves what the recording needs', async () => {
    const space = { freeBytes: () => Promise.resolve(1_000_000), spareBytes: () => 990_000 };
    await using rig = await openExportRig(tenSeconds(), { space });

    await assert.rejects(rig.exports.create('talk', WHOLE), hasCode('archive/disk-full', /MB are needed/));
    assert.deepEqual(rig.exports.list('talk'), []);
  });

  test('of nothing is refused', async () => {
    await using rig = await openExportRig(undefined);

    await assert.rejects(rig.exports.create('talk', WHOLE), hasCode('archive/empty'));
    await assert.rejects(rig.exports.create('walk', WHOLE), hasCode('resource/not-found'));
  });

  test('that does not pass its check is removed and says what is wrong', async () => {
    const decode: ExportsOptions['decode'] = (_, points) => Promise.resolve(points.map(() => 0));
    await using rig = await openExportRig(tenSeconds(), { decode });

    const { id } = await rig.exports.create('talk', { ...WHOLE, out: join(rig.outFolder, 'talk.mp4') });
    const ended = await rig.exports.ended('talk', id);

    assert.deepEqual([ended.state, ended.error?.code], ['failed', 'export/check-failed']);
    assert.match(ended.error?.detail ?? '', /should have a picture at 4\.000 s; what decodes is of 0\.000 s/);
    assert.deepEqual(await readdir(rig.outFolder), []);
  });

  test('whose beginning says too little of the rest is written again, right', async () => {
    const onePicture = [samplesFrom(0, 1, 180_000)];
    const many = Array.from({ length: 5 }, (_, index) => samplesFrom((index + 1) * 180_000, 9000, 20, 3));
    await using rig = await openExportRig(
      memoryRecording([{ track: videoTrack(), segments: [...onePicture, ...many] }]),
    );

    const { id } = await rig.exports.create('talk', WHOLE);

    assert.equal((await rig.exports.ended('talk', id)).state, 'done');
    const movie = parseMovie(await readFile(rig.exports.file('talk', id)));
    assert.equal(movie.tracks[0]?.sampleCount, 45_001);
  });

  test('while live rests longer than it works', async () => {
    const clock = manualClock();
    await using rig = await openExportRig(tenSeconds({}, 50_000), { clock, isLive: () => true });
    const { id } = await rig.exports.create('talk', WHOLE);

    // The clock stands still, so each rest is of 0 ms: it still waits for the clock.
    while (clock.pending() === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(rig.exports.get('talk', id).state, 'writing');
    while (rig.exports.isExporting('talk')) {
      await clock.advanceAsync(1);
    }

    assert.equal(rig.exports.get('talk', id).state, 'done');
  });

  test('tells its progress twice a second at most, and how long it will take', async () => {
    const clock = manualClock();
    const whole = tenSeconds({}, 200_000);
    const slow: Presentation = {
      ...whole,
      async readSegment(track, sequence) {
        clock.advance(100);
        return await whole.readSegment(track, sequence);
      },
    };
    await using rig = await openExportRig(slow, { clock });
    const told: { readonly atMs: number; readonly eta: number | undefined }[] = [];
    using _ = rig.events.published.on(({ data }) => {
      const { state, eta } = exportJob.parse(data);
      if (state === 'writing') {
        told.push({ atMs: clock.monotonicMs(), eta });
      }
    });

    const { id } = await rig.exports.create('talk', WHOLE);
    await rig.exports.ended('talk', id);

    assert(told.length > 1);
    assert(told.every(({ atMs }, index) => index === 0 || atMs - (told[index - 1]?.atMs ?? 0) >= 500));
    assert.equal(rig.exports.get('talk', id).eta, undefined);
  });
});

suite('an export of other formats', () => {
  test('is a folder of HLS that is there as a whole or not at all', async () => {
    await using rig = await openExportRig(tenSeconds());
    const out = join(rig.outFolder, 'web');

    const job = await rig.exports.create('talk', { format: 'hls', quality: 'all', start: 3, end: 5, out });
    const ended = await rig.exports.ended('talk', job.id);

    assert.deepEqual([ended.state, ended.start, ended.end], ['done', 2, 6]);
    const files = await readdir(out, { recursive: true });
    assert.deepEqual(files.filter((name) => name.startsWith('video-2500000')).toSorted(), [
      'video-2500000',
      ...['180000', '360000'].map((time) => `video-2500000/${time}.m4s`),
      ...['index.m3u8', 'init.mp4'].map((name) => `video-2500000/${name}`),
    ]);
    const sizes = await Promise.all(files.map(async (name) => await stat(join(out, name))));
    const size = sizes.reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0);
    assert.equal(ended.size, size);
    await assert.rejects(
      rig.exports.create('talk', { format: 'hls', quality: 'top', out }),
      hasCode('export/target-exists'),
    );
  });

  test('of a folder is no download for viewers, and goes when it is forgotten', async () => {
    await using rig = await openExportRig(tenSeconds());
    const job = await rig.exports.create('talk', { format: 'hls', quality: 'top' });
    await rig.exports.ended('talk', job.id);
    const exports = await rig.reopen();

    assert.equal(exports.get('talk', job.id).fileName, 'A talk on tape.zip');
    assert.equal(exports.filesOf('talk').size, 0);
    assert((await stat(exports.file('talk', job.id))).isDirectory());
    await exports.cancel('talk', job.id);
    assert.deepEqual(await readdir(rig.folder), []);
  });

  test('leaves nothing behind when it fails, is cancelled or is cut off by a crash', async () => {
    await using rig = await openExportRig(tenSeconds(), { decode: () => Promise.resolve([undefined]) });
    for (const format of ['hls', 'mkv'] as const) {
      const failing = await rig.exports.create('talk', {
        format,
        quality: 'top',
        out: join(rig.outFolder, 'out'),
      });
      const failed = await rig.exports.ended('talk', failing.id);
      assert.deepEqual([failed.state, failed.error?.code], ['failed', 'export/check-failed'], format);
      await rig.exports.cancel('talk', failing.id);
    }
    const { presentation, go } = heldRecording();
    await rig.reopen({ presentationOf: () => Promise.resolve(presentation) });
    const job = await rig.exports.create('talk', {
      format: 'hls',
      quality: 'top',
      out: join(rig.outFolder, 'web'),
    });
    const record = await readFile(join(rig.folder, `${job.id}.json`));
    const cancelling = rig.exports.cancel('talk', job.id);
    go();
    await cancelling;
    assert.equal(rig.exports.get('talk', job.id).state, 'cancelled');
    assert.deepEqual(await readdir(rig.outFolder), []);

    await writeFile(join(rig.folder, `${job.id}.json`), record);
    await mkdir(join(rig.outFolder, `web.${job.id.slice(0, 8)}.part`, 'video-2500000'), { recursive: true });
    await mkdir(join(rig.folder, `${job.id}.hls`));
    await rig.reopen();

    assert.deepEqual(await readdir(rig.outFolder), []);
    assert.deepEqual(await readdir(rig.folder), [`${job.id}.json`]);
  });
});

suite('exports over a restart', () => {
  test('are still there, with their files', async () => {
    await using rig = await openExportRig(tenSeconds());
    const { id } = await rig.exports.create('talk', WHOLE);
    const before = await rig.exports.ended('talk', id);

    const exports = await rig.reopen();

    assert.deepEqual(exports.list('talk'), [before]);
    assert.equal((await readFile(exports.file('talk', id))).length, before.size);
    assert.deepEqual(await exports.ended('talk', id), before);
  });

  test('that the close cut off have failed, and left nothing', async () => {
    const { presentation, go } = heldRecording();
    await using rig = await openExportRig(presentation);
    const { id } = await rig.exports.create('talk', { ...WHOLE, out: join(rig.outFolder, 'talk.mp4') });
    const waiting = await rig.exports.create('talk', WHOLE);

    const reopened = rig.reopen();
    go();
    const exports = await reopened;

    assert.deepEqual(
      exports.list('talk').map((job) => [job.id, job.state, job.error?.code]),
      [
        [waiting.id, 'failed', 'service/closing'],
        [id, 'failed', 'service/closing'],
      ],
    );
    assert.deepEqual(await readdir(rig.outFolder), []);
  });

  test('that a crash cut off are cleared away, and nothing of anybody else', async () => {
    const { presentation, go } = heldRecording();
    await using rig = await openExportRig(presentation);
    const { id } = await rig.exports.create('talk', { ...WHOLE, out: join(rig.outFolder, 'talk.mp4') });
    const record = await readFile(join(rig.folder, `${id}.json`));
    go();
    await rig.exports.ended('talk', id);
    // As a kill would have left it: the record of a job under way, its part, and rubbish of ours.
    await writeFile(join(rig.folder, `${id}.json`), record);
    await writeFile(join(rig.folder, `${id}.json.new`), 'torn');
    await writeFile(join(rig.folder, '1234.json'), 'torn');
    await writeFile(join(rig.outFolder, `talk.mp4.${id.slice(0, 8)}.part`), 'half');
    await writeFile(join(rig.outFolder, 'talk.mp4.other.part'), 'mine');

    const exports = await rig.reopen();

    assert.deepEqual(
      exports.list('talk').map((job) => [job.state, job.error?.code]),
      [['failed', 'service/closing']],
    );
    assert.deepEqual(await readdir(rig.outFolder), ['talk.mp4', 'talk.mp4.other.part']);
    assert.deepEqual(await readdir(rig.folder), [`${id}.json`]);
  });

  test('go with their asset', async () => {
    await using rig = await openExportRig(tenSeconds());
    const { id } = await rig.exports.create('talk', WHOLE);
    await rig.exports.ended('talk', id);

    rig.deleteAsset();
    const exports = await rig.reopen();

    assert.throws(() => exports.list('talk'), hasCode('resource/not-found'));
    assert.deepEqual(await readdir(rig.folder), []);
  });

  test('a service that is closed takes no more', async () => {
    await using rig = await openExportRig(tenSeconds());
    await rig.exports[Symbol.asyncDispose]();

    await assert.rejects(rig.exports.create('talk', WHOLE), hasCode('service/closing'));
  });
});
