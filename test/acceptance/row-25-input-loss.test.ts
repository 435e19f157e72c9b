import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fetchLadder, holes, levels, lumas } from '../support/encoded-ladder.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile, realTime, rtmpOutputs, send } from '../support/senders.ts';
import { ingestUrl, record, segmentsAt, startEvent } from '../support/service-stage.ts';
import { openStage } from '../support/studio-stage.ts';

/** The feed is white; the stock slate is dark. */
const isWhite = (luma: number): boolean => luma > 200;
const isDark = (luma: number): boolean => luma < 80;

test('25: slate and silence are there three seconds after the encoder was lost, and the live picture returns by itself', {
  skip: missingPrograms('ffmpeg', 'ffprobe'),
}, async (context) => {
  const file = await mediaFile({ seconds: 20, layers: [{ size: '320x180', kbps: 300 }], picture: 'white' });
  await using stage = await openStage();
  const event = await startEvent(stage.lectern, 'hall', {
    input: { streamingProtocol: 'RTMP' },
    encoding: {
      encodingType: 'Standard',
      customPreset: { layers: [{ width: 320, height: 180, bitrate: 300_000 }], audioBitrates: [128] },
      keyFrameInterval: 'PT1S',
    },
  });
  const { hls } = await record(stage.lectern, 'hall');
  const outputs = rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']);

  await using first = send(outputs, realTime(file));
  await segmentsAt(hls, 5);
  const lostAt = Date.now() / 1000;
  await first.kill();
  await wait(6000);
  const backAt = Date.now() / 1000;
  const whileLost = await stage.lectern.call('getLiveEvent', { params: { name: 'hall' } });
  await using _second = send(outputs, realTime(file));
  await segmentsAt(hls, 5 + 6 + 5);
  const endAt = Date.now() / 1000;
  const [picture, sound] = await fetchLadder(hls);

  assert.equal(whileLost.resourceState, 'Running');
  const looks = lumas(picture!);
  const slate = looks.filter(({ at, luma }) => at > lostAt - 2 && isDark(luma));
  const [appears, goes] = [slate[0]?.at ?? Infinity, slate.at(-1)?.at ?? Infinity];
  context.diagnostic(
    `the slate came ${(appears - lostAt).toFixed(2)} s after the loss and went ${(goes - backAt).toFixed(2)} s after the return`,
  );
  // Media time is that of the clock.
  assert(appears - lostAt <= 3, `${appears - lostAt} s`);
  assert(
    looks.filter(({ at }) => at > lostAt + 3 && at < backAt).every(({ luma }) => isDark(luma)),
    'the slate stays',
  );
  assert(goes - backAt < 5, `live again ${goes - backAt} s after the encoder is back`);
  assert(
    looks.filter(({ at }) => at > goes + 0.1).every(({ luma }) => isWhite(luma)),
    'and then stays',
  );
  assert((looks.at(-1)?.at ?? 0) > goes + 2 && (looks.at(-1)?.at ?? 0) < endAt + 1);

  const peaks = levels(sound!);
  const between = (from: number, to: number): readonly number[] =>
    peaks.filter(({ at }) => at > from && at < to).map(({ peak }) => peak);
  assert(Math.max(...between(-Infinity, lostAt - 1)) > 0.05, 'a tone');
  const silence = between(lostAt + 3, backAt);
  assert(silence.length > 100 && Math.max(...silence) < 0.01, 'silence');
  assert(Math.max(...between(goes + 1, Infinity)) > 0.05, 'the tone again');
  const gaps = [picture!, sound!].flatMap(holes);
  if (gaps.length > 0) {
    context.diagnostic(`the computer was too busy to encode all the time: ${gaps.join()}`);
  }
});
