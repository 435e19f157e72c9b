import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Presentation } from '../../../src-main/core/ports/presentation.ts';
import { parseChunks } from '../../../src-main/media/cmaf/chunk.ts';
import { openArchiveRig } from '../../support/archive-rig.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { NO_DEFAULTS } from '../../unit/media/sample-media.ts';
import { readSource, type Source } from './recorder.ts';

const run = promisify(execFile);
const RUNS = 20;
const RECORDER = fileURLToPath(new URL('recorder.ts', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'lectern-killed-'));
const video = join(root, 'v.mp4');
const audio = join(root, 'a.mp4');
let sources: readonly [Source, Source];
after(() => rmSync(root, { recursive: true }));

async function encode(path: string, args: readonly string[]): Promise<void> {
  const fragments = ['-f', 'mp4', '-movflags', '+frag_keyframe+empty_moov+default_base_moof+frag_discont'];
  const times = ['-frag_duration', '200000', '-avoid_negative_ts', 'disabled', '-output_ts_offset', '10'];
  await run('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args, '-t', '4', ...fragments, ...times, path]);
}

/** Starts the recorder, lets it work for so long, kills it as a power cut would, and says how many seconds it had reported. */
async function recordAndKill(dataDir: string, afterMs: number): Promise<number> {
  const child = spawn(process.execPath, [RECORDER, dataDir, video, audio], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  let reported = -1;
  const started = new Promise<void>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      reported = Math.max(reported, Number(line));
      resolve();
    });
  });
  await started;
  await sleep(afterMs);
  child.kill('SIGKILL');
  await exited;
  return reported;
}

/** Every recorded sample of a track, which must be what the encoder made, in its order, nothing missing and nothing twice. */
async function checkSamples(presentation: Presentation, source: Source): Promise<number> {
  const window = presentation.tracks().find(({ track }) => track.id === source.track.id);
  assert.ok(window);
  let seen = 0;
  let expected: bigint | undefined;
  for (let index = 0; index < window.segments.length; index += 1) {
    const bytes = await presentation.readSegment(window, window.segments.at(index).sequence);
    for (const { decodeTime, duration, data } of parseChunks(bytes, NO_DEFAULTS).flat()) {
      assert.ok(
        expected === undefined || decodeTime === expected,
        `a jump at sample ${seen} of ${source.track.id}`,
      );
      expected = decodeTime + BigInt(duration);
      if (source.track.kind === 'video') {
        const original = source.samples[seen % source.samples.length];
        assert.ok(original && Buffer.compare(original.data, data) === 0, `sample ${seen} is not what was encoded`);
      }
      seen += 1;
    }
  }
  return seen;
}

/** Decodes the files of a track as any player would. */
async function decodedFrames(folder: string, extension: string): Promise<number> {
  let frames = 0;
  for (const name of readdirSync(folder).filter((one) => one.endsWith(extension))) {
    const { stdout, stderr } = await run('ffprobe', [
      ...['-v', 'warning', '-count_frames', '-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0'],
      join(folder, name),
    ]);
    assert.equal(stderr, '', name);
    frames += Number.parseInt(stdout, 10) || 0;
  }
  return frames;
}

describe(`the service is killed at any moment of a recording (${RUNS} times)`, {
  skip: missingPrograms('ffmpeg', 'ffprobe'),
}, () => {
  before(async () => {
    const gop = [
      '-g',
      '60',
      '-keyint_min',
      '60',
      '-sc_threshold',
      '0',
      '-bf',
      '0',
      '-video_track_timescale',
      '90000',
    ];
    await encode(video, [
      '-f',
      'lavfi',
      '-i',
      'testsrc2=s=160x90:r=30',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      ...gop,
    ]);
    await encode(audio, ['-f', 'lavfi', '-i', 'sine=f=440:r=48000', '-c:a', 'aac', '-b:a', '64k']);
    sources = [readSource(video, 'video', 200_000), readSource(audio, 'audio', 64_000)];
  });

  test('and each time everything that was on the disk is in the recording, which opens by itself and plays', async (t) => {
    let seconds = 0;
    for (let number = 0; number < RUNS; number += 1) {
      const dataDir = join(root, String(number));
      await mkdir(dataDir);
      // The first ones in the middle of opening.
      const afterMs = number < 4 ? number * 3 : randomInt(500);
      const reported = await recordAndKill(dataDir, afterMs);
      const what = `run ${number}, killed after ${afterMs.toFixed(1)} ms and ${reported} s`;

      await using rig = await openArchiveRig({ dataDir });

      const asset = rig.archive.assets.get('live');
      assert.deepEqual(await readdir(join(dataDir, 'spool')), [], what);
      if (asset.state === 'empty') {
        assert.ok(reported < 1, what);
        continue;
      }
      assert.ok(
        asset.state === 'ready' || (reported < 1 && asset.state === 'damaged'),
        `${what}: ${asset.damage}`,
      );
      const presentation = await rig.archive.assets.presentationOf('live');
      assert.ok(presentation, what);
      if (asset.state === 'damaged') {
        continue;
      }
      const [pictures, sound] = await Promise.all(sources.map((source) => checkSamples(presentation, source)));
      // The chunk that is still being filled is in memory: 0.2 s.
      assert.ok((pictures ?? 0) / 30 >= Math.min(reported, 300) - 0.21, `${what}: ${pictures} pictures`);
      assert.ok(
        ((sound ?? 0) * 1024) / 48_000 >= Math.min(reported, 300) - 0.5,
        `${what}: ${sound} frames of sound`,
      );
      if (number % 4 === 3) {
        const folder = rig.archive.assets.folderOf('live');
        const decoded = await decodedFrames(join(folder, sources[0].track.id), '.cmfv');
        assert.ok(
          decoded === pictures || asset.duration >= 299,
          `${what}: ${decoded} of ${pictures} frames decode`,
        );
      }
      seconds += asset.duration;
    }
    t.diagnostic(`${seconds.toFixed(0)} s of media were recorded in ${RUNS} runs`);
    assert.ok(seconds > RUNS);
  });
});
