import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { chooseTracks } from '../../../src-main/core/export/choose-tracks.ts';
import type { ExportCreate, ExportFormat } from '../../../src-main/shared/api/assets.ts';
import { audioTrack, hasCode, memoryRecording, samplesFrom, videoTrack } from './memory-recording.ts';

const second = [samplesFrom(0, 30, 3000)];
const sound = [samplesFrom(0, 46, 1024)];
const windows = memoryRecording([
  { track: videoTrack({ bitrate: 800_000 }), segments: second },
  { track: videoTrack({ bitrate: 2_500_400 }), segments: second },
  { track: audioTrack({ bitrate: 96_000, language: 'en' }), segments: sound },
  { track: audioTrack({ bitrate: 128_000, language: 'en' }), segments: sound },
  { track: audioTrack({ bitrate: 64_000, language: 'de' }), segments: sound },
]).tracks();

function chosen(format: ExportFormat, quality: ExportCreate['quality'], from = windows): readonly string[] {
  return chooseTracks(from, { format, quality }).windows.map(({ track }) => track.id);
}

suite('the tracks of an export', () => {
  test('are the best picture and the best sound of each language', () => {
    assert.deepEqual(chosen('mp4', 'top'), ['video_2500400', 'audio_128000', 'audio_64000']);
  });

  test('are of the quality that was named in kilobits', () => {
    assert.deepEqual(chosen('mp4', 800), ['video_800000', 'audio_128000', 'audio_64000']);
    assert.deepEqual(chosen('mp4', 2500)[0], 'video_2500400');
  });

  test('are all there are when that is asked for, the best of each kind and language first', () => {
    const all = ['video_2500400', 'audio_128000', 'audio_64000', 'video_800000', 'audio_96000'];
    for (const format of ['mp4', 'mkv', 'hls'] as const) {
      assert.deepEqual(chosen(format, 'all'), all);
    }
    assert.deepEqual(chosen('m4a', 'all'), ['audio_128000', 'audio_64000', 'audio_96000']);
    assert.equal(chooseTracks(windows, { format: 'mp4', quality: 'all' }).quality, 'all');
  });

  test('are sound alone when that is asked for, also by the name of a picture', () => {
    assert.deepEqual(chosen('m4a', 'top'), ['audio_128000', 'audio_64000']);
    assert.deepEqual(chosen('m4a', 800), ['audio_128000', 'audio_64000']);
    assert.deepEqual(chosen('m4a', 96), ['audio_96000', 'audio_64000']);
  });

  test('are sound alone where no picture was recorded', () => {
    assert.deepEqual(chosen('mp4', 'top', windows.slice(2)), ['audio_128000', 'audio_64000']);
  });

  test('an unknown quality is refused with those there are', () => {
    assert.throws(() => chosen('mp4', 1000), hasCode('export/quality-not-found', /1000 kbit\/s.*2500, 800/));
    assert.throws(() => chosen('mp4', 128), hasCode('export/quality-not-found'));
    assert.throws(() => chosen('m4a', 1000), hasCode('export/quality-not-found', /128, 96, 64/));
  });

  test('a recording without sound has none to export', () => {
    assert.throws(
      () => chosen('m4a', 'top', windows.slice(0, 2)),
      hasCode('export/quality-not-found', /no sound/),
    );
  });

  test('a track that got no media is left out', () => {
    const silent = memoryRecording([
      { track: videoTrack(), segments: second },
      { track: audioTrack(), segments: [] },
    ]).tracks();

    assert.deepEqual(chosen('mp4', 'top', silent), ['video_2500000']);
  });
});
