import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile, realTime, rtmpOutputs, send } from '../support/senders.ts';
import {
  field,
  followEvents,
  ingestUrl,
  previewBase,
  segmentsAt,
  startEvent,
  textOf,
} from '../support/service-stage.ts';
import { openStage, type Stage } from '../support/studio-stage.ts';

/** What `-f flv` is followed by for an encoder that says nothing of itself. */
const SILENT = ['-flvflags', 'no_metadata'];

describe('RTMP without setDataFrame', { skip: missingPrograms('ffmpeg') }, () => {
  let stage: Stage;
  let file: string;

  before(async () => {
    file = await mediaFile({
      seconds: 30,
      layers: [
        { size: '320x180', kbps: 300 },
        { size: '160x90', kbps: 100 },
      ],
      gopSeconds: 1,
    });
    stage = await openStage();
  });
  after(() => stage[Symbol.asyncDispose]());

  /** `names` are stream names with their queries. */
  function silent(base: string, names: readonly string[]): readonly string[] {
    return rtmpOutputs(base, names).flatMap((word) => (word === 'flv' ? [word, ...SILENT] : [word]));
  }

  async function bitratesOf(name: string): Promise<readonly string[]> {
    const event = await stage.lectern.call('getLiveEvent', { params: { name } });
    const hls = `${previewBase(stage.lectern, event)}/manifest(format=m3u8-cmaf)`;
    await segmentsAt(hls, 1);
    const mpd = (await textOf(hls.replace('m3u8-cmaf', 'mpd-time-cmaf'))) ?? '';
    const found = [...mpd.matchAll(/QualityLevels\((\d+)\)/g), ...mpd.matchAll(/bandwidth="(\d+)"/g)];
    return [...new Set(found.map((match) => match[1] ?? ''))];
  }

  test('21: a single stream is taken as it is', async () => {
    const event = await startEvent(stage.lectern, 'single', { input: { streamingProtocol: 'RTMP' } });

    await using _sender = send(silent(ingestUrl(event, 'rtmp'), ['one']), realTime(file));

    const bitrates = await bitratesOf('single');
    assert.equal(bitrates.length, 2);
    assert.ok(bitrates.every((bitrate) => Number(bitrate) > 10_000));
  });

  test('21: several streams are taken with the bitrates of their addresses', async () => {
    const event = await startEvent(stage.lectern, 'several', { input: { streamingProtocol: 'RTMP' } });
    const query = (video: number): string => `?videodatarate=${video}&audiodatarate=88`;

    const names = [`hi${query(333)}`, `lo${query(111)}`];
    await using _sender = send(silent(ingestUrl(event, 'rtmp'), names), realTime(file));

    assert.deepEqual((await bitratesOf('several')).toSorted(), ['111000', '333000', '88000']);
  });

  test('21: a second stream whose bitrate nobody says is refused, and the first goes on', async () => {
    const event = await startEvent(stage.lectern, 'unsaid', { input: { streamingProtocol: 'RTMP' } });
    await using events = followEvents(stage.lectern);

    await using _sender = send(silent(ingestUrl(event, 'rtmp'), ['hi']), realTime(file));
    await bitratesOf('unsaid');
    await using second = send(silent(ingestUrl(event, 'rtmp'), ['lo']), realTime(file));

    const { data } = await events.next('Microsoft.Media.LiveEventConnectionRejected');
    assert.equal(field(data, 'resultCode'), 'MPE_INGEST_RTMP_SETDATAFRAME_NOT_RECEIVED');
    assert.equal(field(data, 'streamId'), 'lo');
    assert.notEqual(await second.ended, 0);
    assert.equal((await bitratesOf('unsaid')).length, 2);
  });
});
