import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { parseMultivariantPlaylist } from '../../src-main/manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../src-main/manifest/hls/parse-media-playlist.ts';
import type { SubtitlesRendition } from '../../src-main/manifest/hls/tags/media.ts';
import { parseWebVtt } from '../../src-main/media/text/webvtt.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { realTime, rtmpOutputs, send } from '../support/senders.ts';
import { field, ingestUrl, record, request, startEvent, textOf } from '../support/service-stage.ts';
import { openStage, until } from '../support/studio-stage.ts';
import { mkdtempDisposable } from '../support/temporary-folder.ts';

// The acceptance test of row 35 hears beeps with a stand-in; here a real recogniser hears speech, with the adapter that comes with Lectern.

const ADAPTER = join(import.meta.dirname, '../../resources/transcription/pocketsphinx.mjs');
/** And when it begins, in seconds. */
const SPOKEN = [
  { text: 'welcome to the meeting', atSeconds: 2 },
  { text: 'one two three four five', atSeconds: 6 },
] as const;
/** What the recogniser may understand: of all of English its small model takes a synthesiser's for something else now and then. */
const GRAMMAR = `#JSGF V1.0;
grammar said;
public <said> = ${SPOKEN.map(({ text }) => text).join(' | ')} | good morning everybody | thank you very much;
`;
/** After which all of it is said again. */
const AGAIN_SECONDS = 10;
const TIMES = 4;
/** What a recogniser takes for the beginning of a word, and the pause of the synthesiser in front of it. */
const NEAR_SECONDS = 0.4;

/** A picture, and somebody who speaks. */
async function speechFile(folder: string): Promise<string> {
  const run = promisify(execFile);
  for (const [index, { text }] of SPOKEN.entries()) {
    await run('espeak-ng', ['-v', 'en-us', '-s', '130', '-w', join(folder, `${index}.wav`), text]);
  }
  const delayed = SPOKEN.map(
    ({ atSeconds }, index) => `[${index + 1}]adelay=${1000 * atSeconds}:all=1[s${index}]`,
  );
  const mixed = `${SPOKEN.map((_, index) => `[s${index}]`).join('')}amix=inputs=${SPOKEN.length}:normalize=0`;
  const once = join(folder, 'once.mp4');
  const path = join(folder, 'speech.mp4');
  await run('ffmpeg', [
    ...['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=25'],
    ...SPOKEN.flatMap((_, index) => ['-i', join(folder, `${index}.wav`)]),
    ...['-filter_complex', `${delayed.join(';')};${mixed},aresample=48000,apad[sound]`],
    ...['-map', '0:v', '-map', '[sound]', '-t', String(AGAIN_SECONDS)],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '50', '-c:a', 'aac', '-b:a', '128k', once],
  ]);
  await run('ffmpeg', [
    ...['-v', 'error', '-y', '-stream_loop', String(TIMES - 1), '-i', once, '-c', 'copy', path],
  ]);
  return path;
}

/** All text that a viewer of a format of HLS finds, as it stands in the segments. */
async function shownText(base: string, format: 'm3u8-cmaf' | 'm3u8-aapl'): Promise<string> {
  const master = (await textOf(`${base}/manifest(format=${format})`)) ?? '#EXTM3U\n';
  const rendition = parseMultivariantPlaylist(master).renditions.find(
    (one): one is SubtitlesRendition => one.type === 'SUBTITLES',
  );
  const url = rendition?.uri === undefined ? undefined : `${base}/${rendition.uri}`;
  const playlist = url === undefined ? undefined : await textOf(url);
  if (url === undefined || playlist === undefined) {
    return '';
  }
  const segments = parseMediaPlaylist(playlist).segments.map(({ uri }) => new URL(uri, url));
  return (await Promise.all(segments.map(async (segment) => await (await fetch(segment)).text()))).join('\n');
}

test('35: what is said is understood by PocketSphinx, shown while it is live, and a file of the recording', {
  skip: missingPrograms('ffmpeg', 'espeak-ng', 'pocketsphinx_continuous'),
}, async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-speech-'));
  const file = await speechFile(folder.path);
  const grammar = join(folder.path, 'said.gram');
  await writeFile(grammar, GRAMMAR);
  await using stage = await openStage();
  const { lectern } = stage;
  const set = await request(lectern, 'PATCH', '/settings', {
    service: { transcription: { command: [process.execPath, ADAPTER, '-jsgf', grammar], lagSeconds: 10 } },
  });
  assert.equal(set.status, 200, JSON.stringify(set.body));
  const event = await startEvent(lectern, 'spoken', {
    input: { streamingProtocol: 'RTMP' },
    transcriptions: [{ language: 'en-US' }],
  });
  const { asset, base } = await record(lectern, 'spoken');
  await using sender = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file));

  for (const format of ['m3u8-cmaf', 'm3u8-aapl'] as const) {
    await until(
      `${format} has all that was said`,
      async () => {
        const text = await shownText(base, format);
        return SPOKEN.every((spoken) => text.includes(spoken.text)) ? true : undefined;
      },
      60_000,
    );
  }
  assert.equal(await sender.ended, 0, sender.words());
  await request(lectern, 'DELETE', '/liveEvents/spoken/liveOutputs/tape');
  await until('it is a recording', async () => {
    const { body } = await request(lectern, 'GET', `/assets/${asset}`);
    return field(body, 'state') === 'ready' ? body : undefined;
  });

  const { cues } = parseWebVtt(
    Buffer.from((await textOf(`${base.slice(0, base.lastIndexOf('/'))}/auto-generated-best_en-US.vtt`)) ?? ''),
  );
  for (const { text, atSeconds } of SPOKEN) {
    const begins = cues.filter((cue) => cue.text === text).map(({ startMs }) => startMs / 1000);
    assert.ok(begins.length >= TIMES - 1, `${text}: ${JSON.stringify(cues)}`);
    for (const seconds of begins) {
      assert.ok(Math.abs((seconds % AGAIN_SECONDS) - atSeconds) < NEAR_SECONDS, `${text} at ${seconds} s`);
    }
  }
});
