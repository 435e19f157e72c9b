import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createTrackCollector } from '../../../src-main/core/export/collect-track.ts';
import { planExport } from '../../../src-main/core/export/plan-export.ts';
import { parseSegment, readSegment } from '../../../src-main/core/export/read-segment.ts';
import type { Track } from '../../../src-main/core/ports/presentation.ts';
import { openExportRig } from '../../support/export-service.ts';
import { audioTrack, hasCode, memoryRecording, samplesFrom, videoTrack } from './memory-recording.ts';

function apart(number: number, label: string): Track {
  return { ...audioTrack({ bitrate: 192_000 }), id: `separate_${number}`, separate: { input: label, label } };
}

/** Ten seconds from media time 10 s on. The first separate track is there from the beginning, the other for the last four seconds. */
const STARTS = [10, 12, 14, 16, 18];
const NEXT = (start: number): number => Math.ceil((start * 48_000) / 1024) * 1024;
const sound = (start: number) =>
  samplesFrom(NEXT(start), Math.round((NEXT(start + 2) - NEXT(start)) / 1024), 1024);
const recording = memoryRecording([
  { track: videoTrack(), segments: STARTS.map((start) => samplesFrom(start * 90_000, 60, 3000)) },
  { track: audioTrack(), segments: STARTS.map(sound) },
  { track: apart(1, 'Microphone'), segments: STARTS.map(sound) },
  { track: apart(2, 'Guest'), segments: [16, 18].map(sound) },
]);

suite('the sound of an export', () => {
  test('is what viewers heard when nothing is said', async () => {
    const plan = await planExport(recording, { format: 'mp4', quality: 'top' });

    assert.deepEqual(
      plan.tracks.map(({ track }) => track.id),
      [videoTrack().id, audioTrack().id],
    );
  });

  test('is the programme first and the separate tracks behind it in an MP4 of all', async () => {
    const plan = await planExport(recording, { format: 'mp4', quality: 'top', sound: 'all' });

    assert.deepEqual(
      plan.tracks.map(({ track }) => track.separate?.label ?? track.kind),
      ['video', 'audio', 'Microphone', 'Guest'],
    );
  });

  test('is one separate track alone in an M4A, which is cut at the key frames of the picture', async () => {
    const request = { format: 'm4a', quality: 'top', sound: 'separate_1', start: 3, end: 5 } as const;
    const plan = await planExport(recording, request);

    assert.deepEqual([plan.tracks.map(({ track }) => track.id), plan.start, plan.end], [['separate_1'], 2, 6]);
    assert.deepEqual(plan.movieStart, { time: 12n * 90_000n, timescale: 90_000 });
  });

  test('of a track that began late is silent before, in whole frames on its own grid from the beginning on', async () => {
    const plan = await planExport(recording, { format: 'm4a', quality: 'top', sound: 'separate_2' });
    const [planned] = plan.tracks;
    const collector = createTrackCollector(planned);
    for (const { sequence } of planned.segments) {
      for (const chunk of parseSegment(
        await readSegment(recording, planned.window, sequence),
        planned.window,
        sequence,
      )) {
        collector.add(chunk);
      }
    }
    collector.finish();

    const begin = Number(planned.silentFrom);
    assert(begin <= 10 * 48_000 && begin > 10 * 48_000 - 1024, `${begin}`);
    assert.equal(collector.startTime(), planned.silentFrom);
    // Every frame as long as every other: no player can lose its place.
    assert.deepEqual([...collector.table.contents().timeToSample.counts].length, 1);
  });

  test('that cannot be is refused', async () => {
    const plan = (format: 'mp4' | 'm4a', wanted: string) =>
      planExport(recording, { format, quality: 'top', sound: wanted });

    await assert.rejects(plan('m4a', 'all'), hasCode('request/invalid', /MP4/));
    await assert.rejects(plan('mp4', 'separate_1'), hasCode('request/invalid', /M4A/));
    await assert.rejects(plan('m4a', 'separate_9'), hasCode('export/quality-not-found', /separate_1, separate_2/));
  });

  test('that was not for viewers is in none of the files that they may download', async () => {
    await using rig = await openExportRig(recording);
    const all = await rig.exports.create('talk', { format: 'mp4', quality: 'top', sound: 'all' });
    const programme = await rig.exports.create('talk', { format: 'mp4', quality: 'top' });

    const ended = [await rig.exports.ended('talk', all.id), await rig.exports.ended('talk', programme.id)];

    assert.deepEqual(
      ended.map(({ state, sound: of }) => [state, of]),
      [
        ['done', 'all'],
        ['done', undefined],
      ],
    );
    assert.deepEqual([...rig.exports.filesOf('talk').values()], [rig.exports.file('talk', programme.id)]);
  });
});
