import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createEncodedIntake } from '../../../src-main/core/ingest/studio/encoded-intake.ts';
import type { Track } from '../../../src-main/core/ports/presentation.ts';
import { writeChunk } from '../../../src-main/media/cmaf/chunk.ts';
import { writeInitSegment } from '../../../src-main/media/cmaf/init-segment.ts';
import type { Sample } from '../../../src-main/media/cmaf/types.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { frames, sounds } from '../../support/broadcast-media.ts';
import { AUDIO, VIDEO } from '../media/sample-media.ts';

const TRACKS = [
  { id: 'video_800000', kind: 'video', bitrate: 800_000 },
  { id: 'audio_128000', kind: 'audio', bitrate: 128_000 },
] as const;
/** What the encoder adds to all its times. */
const OFFSET = 2;

function intakeRig() {
  const opened: Track[][] = [];
  const pushed = new Map<string, Sample[]>();
  const faults: string[] = [];
  const intake = createEncodedIntake({
    tracks: TRACKS,
    offsetSeconds: OFFSET,
    input: {
      open: (tracks) => void opened.push([...tracks]),
      push: (id, samples) => void pushed.set(id, [...(pushed.get(id) ?? []), ...samples]),
    },
    onFault: ({ code }) => void faults.push(code),
  });
  return {
    intake,
    opened,
    faults,
    times: (id: string) => (pushed.get(id) ?? []).map(({ decodeTime }) => Number(decodeTime)),
  };
}

/** What the encoder writes for samples whose times count from the start of its run. */
function output(kind: 'video' | 'audio', samples: readonly Sample[]): Uint8Array {
  const shift = BigInt(OFFSET * (kind === 'video' ? 90_000 : 48_000));
  const placed = samples.map((sample) => ({ ...sample, decodeTime: ticks(sample.decodeTime + shift) }));
  return writeChunk(placed, { kind, sequenceNumber: 1 }).bytes;
}

const VIDEO_HEAD = writeInitSegment(VIDEO);
const AUDIO_HEAD = writeInitSegment(AUDIO);

describe('what the encoder of this computer writes', () => {
  test('stands where the mixer said that the run begins, to the tick', () => {
    const rig = intakeRig();
    rig.intake.beginRun({ run: 1, videoStart: ticks(900_000), audioStart: ticks(480_000) });

    rig.intake.push(1, 0, VIDEO_HEAD);
    rig.intake.push(1, 1, AUDIO_HEAD);
    rig.intake.push(1, 0, output('video', frames({ from: 0, to: 3 })));
    rig.intake.push(1, 1, output('audio', sounds({ from: 0, to: 3 })));

    assert.deepEqual(
      rig.opened.map((tracks) => tracks.map(({ id }) => id)),
      [['video_800000', 'audio_128000']],
    );
    assert.deepEqual(rig.times('video_800000'), [900_000, 903_000, 906_000]);
    assert.deepEqual(rig.times('audio_128000').slice(0, 2), [480_000, 481_024]);
  });

  test('waits until every track has shown its header, and then none of it is missing', () => {
    const rig = intakeRig();
    rig.intake.beginRun({ run: 1, videoStart: ticks(0), audioStart: ticks(0) });
    rig.intake.push(1, 1, AUDIO_HEAD);
    rig.intake.push(1, 1, output('audio', sounds({ from: 0, to: 30 })));
    assert.deepEqual([rig.opened, rig.times('audio_128000')], [[], []]);

    rig.intake.push(1, 0, VIDEO_HEAD);

    assert.equal(rig.opened.length, 1);
    assert.equal(rig.times('audio_128000').length, sounds({ from: 0, to: 30 }).length);
  });

  test('goes on in a second run without announcing the tracks again', () => {
    const rig = intakeRig();
    for (const [run, start] of [
      [1, 0],
      [2, 6000],
    ] as const) {
      rig.intake.beginRun({ run, videoStart: ticks(start), audioStart: ticks(0) });
      rig.intake.push(run, 0, VIDEO_HEAD);
      rig.intake.push(run, 1, AUDIO_HEAD);
      rig.intake.push(run, 0, output('video', frames({ from: 0, to: 2 })));
    }

    assert.equal(rig.opened.length, 1);
    assert.deepEqual(rig.times('video_800000'), [0, 3000, 6000, 9000]);
    assert.deepEqual(rig.faults, []);
  });

  test('is missing nothing but the tracks that a run leaves out, and they come back with a later one', () => {
    const rig = intakeRig();
    rig.intake.beginRun({ run: 1, videoStart: ticks(0), audioStart: ticks(0) });
    rig.intake.push(1, 0, VIDEO_HEAD);
    rig.intake.push(1, 1, AUDIO_HEAD);
    rig.intake.push(1, 0, output('video', frames({ from: 0, to: 2 })));

    rig.intake.beginRun({ run: 2, tracks: ['audio_128000'], videoStart: ticks(6000), audioStart: ticks(48_000) });
    rig.intake.push(2, 0, AUDIO_HEAD);
    rig.intake.push(2, 0, output('audio', sounds({ from: 0, to: 2 })));
    rig.intake.beginRun({
      run: 3,
      tracks: ['video_800000', 'audio_128000'],
      videoStart: ticks(90_000),
      audioStart: ticks(96_000),
    });
    rig.intake.push(3, 0, VIDEO_HEAD);
    rig.intake.push(3, 1, AUDIO_HEAD);
    rig.intake.push(3, 0, output('video', frames({ from: 0, to: 1 })));

    assert.equal(rig.opened.length, 1);
    assert.deepEqual(rig.times('video_800000'), [0, 3000, 90_000]);
    assert.deepEqual(rig.times('audio_128000').slice(0, 2), [48_000, 49_024]);
    assert.deepEqual(rig.faults, []);
  });

  test('is refused when a later run cannot be decoded with the first header', () => {
    const rig = intakeRig();
    rig.intake.beginRun({ run: 1, videoStart: ticks(0), audioStart: ticks(0) });
    rig.intake.push(1, 0, VIDEO_HEAD);
    rig.intake.push(1, 1, AUDIO_HEAD);

    rig.intake.beginRun({ run: 2, videoStart: ticks(9000), audioStart: ticks(4800) });
    rig.intake.push(2, 0, writeInitSegment({ ...VIDEO, timescale: 30_000 }));
    rig.intake.push(2, 1, AUDIO_HEAD);
    rig.intake.push(2, 0, output('video', frames({ from: 0, to: 2 })));

    assert.deepEqual(rig.faults, ['media/unsupported']);
    assert.deepEqual(rig.times('video_800000'), []);
  });

  test('without sound before its real beginning: what an AAC encoder writes first lies before the run', () => {
    const rig = intakeRig();
    rig.intake.beginRun({ run: 1, videoStart: ticks(0), audioStart: ticks(48_000) });
    rig.intake.push(1, 0, VIDEO_HEAD);
    rig.intake.push(1, 1, AUDIO_HEAD);

    const early = sounds({ from: 0, to: 3 }).map((sample) => ({
      ...sample,
      decodeTime: ticks(sample.decodeTime - 1024n),
    }));
    rig.intake.push(1, 1, output('audio', early));

    assert.equal(rig.times('audio_128000')[0], 48_000);
  });

  test('that is no media is told once, and the run is heard no more', () => {
    const rig = intakeRig();
    rig.intake.beginRun({ run: 1, videoStart: ticks(0), audioStart: ticks(0) });
    rig.intake.push(1, 0, VIDEO_HEAD);
    rig.intake.push(1, 1, AUDIO_HEAD);

    const tooSmall = Buffer.from('00000004' + '6d6f6f66' + '00000000', 'hex');
    rig.intake.push(1, 0, tooSmall);
    rig.intake.push(1, 0, tooSmall);
    rig.intake.push(1, 0, output('video', frames({ from: 0, to: 2 })));

    assert.deepEqual(rig.faults, ['media/malformed']);
    assert.deepEqual(rig.times('video_800000'), []);
  });

  test('of a run that nobody announced is left out', () => {
    const rig = intakeRig();

    rig.intake.push(7, 0, VIDEO_HEAD);

    assert.deepEqual([rig.opened, rig.faults], [[], []]);
  });
});
