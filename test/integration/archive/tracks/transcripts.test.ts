import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createEmitter } from '../../../../src-main/base/emitter.ts';
import type { Spoken, Transcription } from '../../../../src-main/core/ports/transcription.ts';
import { createTextTrack } from '../../../../src-main/core/transcription/text-track.ts';
import { parseWebVtt } from '../../../../src-main/media/text/webvtt.ts';
import { type ArchiveRig, openArchiveRig } from '../../../support/archive-rig.ts';
import { audioTrack, pushBoth, videoTrack } from '../../../support/broadcast-media.ts';
import { mkdtempDisposable } from '../../../support/temporary-folder.ts';

const FRAMES_PER_SECOND = 30;
/** Media time at which it is begun, in seconds. */
const START = 100;

type Stage = {
  readonly rig: ArchiveRig;
  readonly folder: string;
  readonly say: (seconds: number, text: string) => void;
};

/** A live output that records ten seconds of an event with live text. */
async function record(dataDir: string, ended: string[] = []): Promise<Stage & AsyncDisposable> {
  const spoken = createEmitter<Spoken>();
  const text = createTextTrack({
    ...{ id: 'text_en', name: 'transcript_en', language: 'en', lagMs: 0, edgeMs: () => undefined },
    shownAs: {
      label: 'English',
      hidden: false,
      isDefault: false,
      forced: false,
      characteristics: [],
      role: 'caption',
    },
    sourceTrackId: () => undefined,
  });
  const transcription: Transcription = {
    listen: (input) => input,
    texts: [text],
    revision: () => 0,
    ...{ changed: createEmitter<undefined>(), spoken },
    remove: () => undefined,
    settled: (untilMs) => Promise.resolve(void ended.push(`settled until ${Math.round(untilMs / 1000)}`)),
    end: () => Promise.resolve(),
  };
  const rig = await openArchiveRig({ dataDir, live: { openTranscription: () => transcription } });
  await rig.liveEvents.create('show', { input: { streamingProtocol: 'RTMP' } }, { autoStart: true });
  await rig.archive.assets.create('tape', {});
  await rig.liveEvents.createOutput('show', 'tape', { assetName: 'tape', archiveWindowLength: 'PT1H' });
  const tracks = [videoTrack(), audioTrack()];
  rig.input('show').open(tracks);
  pushBoth(rig.input('show'), tracks, { from: START * FRAMES_PER_SECOND, to: (START + 10) * FRAMES_PER_SECOND });
  await rig.flushed();
  return {
    rig,
    folder: rig.archive.assets.folderOf('tape'),
    say(seconds, words) {
      const cue = text.add({ startMs: 1000 * seconds, endMs: 1000 * seconds + 800, text: words });
      spoken.emit({ text, cues: cue === undefined ? [] : [cue] });
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}

test('what was said becomes a file and a track of the recording, with times of its own', async () => {
  await using data = await mkdtempDisposable(join(tmpdir(), 'lectern-transcripts-'));
  const ended: string[] = [];
  await using stage = await record(data.path, ended);
  stage.say(START - 50, 'before it began');
  stage.say(START + 3, 'in the middle');
  await stage.rig.liveEvents.deleteOutput('show', 'tape');

  const path = join(stage.folder, 'auto-generated-best_en.vtt');
  const { language, cues } = parseWebVtt(await readFile(path));
  assert.equal(language, 'en');
  assert.deepEqual(
    cues.map(({ startMs, endMs, text }) => [startMs, endMs, text]),
    [[3000, 3800, 'in the middle']],
  );
  const listed = (await stage.rig.archive.tracks.list('tape')).filter(({ kind }) => kind === 'text');
  assert.deepEqual(
    listed.map(({ name, fileName, displayName }) => [name, fileName, displayName]),
    [['transcript_en', 'auto-generated-best_en.vtt', 'English']],
  );
  assert.equal(stage.rig.archive.tracks.filesOf('tape').get('auto-generated-best_en.vtt'), path);
  assert.equal(existsSync(join(stage.folder, 'transcripts.jsonl')), false);
  assert.equal(ended.length, 1);
});

test('what a crash left becomes a track at the next start, once', async () => {
  await using data = await mkdtempDisposable(join(tmpdir(), 'lectern-transcripts-'));
  let folder: string;
  let left: Buffer;
  {
    await using stage = await record(data.path);
    stage.say(START + 2, 'said');
    ({ folder } = stage);
    await stage.rig.liveEvents.deleteOutput('show', 'tape');
    await stage.rig.archive.tracks.remove('tape', 'transcript_en');
    assert.equal(existsSync(join(folder, 'auto-generated-best_en.vtt')), false);
    const line = { name: 'transcript_en', language: 'en', label: 'English', bitrate: 2000 };
    left = Buffer.from(`${JSON.stringify({ ...line, start: 102_000, end: 102_800, text: 'said' })}\n`);
  }
  for (const start of ['first', 'second']) {
    await writeFile(join(folder, 'transcripts.jsonl'), left);
    await using rig = await openArchiveRig({ dataDir: data.path });

    const listed = (await rig.archive.tracks.list('tape')).filter(({ kind }) => kind === 'text');
    assert.equal(listed.length, 1, start);
    const { cues } = parseWebVtt(await readFile(join(folder, 'auto-generated-best_en.vtt')));
    assert.deepEqual(
      cues.map(({ startMs, text }) => [startMs, text]),
      [[2000, 'said']],
    );
    assert.equal(existsSync(join(folder, 'transcripts.jsonl')), false);
  }
});

test('an output in which nobody spoke has a file that says so', async () => {
  await using data = await mkdtempDisposable(join(tmpdir(), 'lectern-transcripts-'));
  await using stage = await record(data.path);
  await stage.rig.liveEvents.deleteOutput('show', 'tape');

  const [text] = (await stage.rig.archive.tracks.list('tape')).filter(({ kind }) => kind === 'text');
  assert.equal(text?.remark, 'There is no text in it.');
  assert.equal(await readFile(join(stage.folder, 'auto-generated-best_en.vtt'), 'utf8'), 'WEBVTT\nLanguage: en\n');
});
