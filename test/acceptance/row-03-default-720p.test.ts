import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bitrateOf,
  fetchRungs,
  ladderAt,
  probed,
  type Rung,
  secondsOf,
  sinceLastHole,
} from '../support/encoded-ladder.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile, realTime, rtmpOutputs, send } from '../support/senders.ts';
import { ingestUrl, record, segmentsAt, startEvent } from '../support/service-stage.ts';
import { openStage } from '../support/studio-stage.ts';

const SIZES = ['1280x720', '960x540', '704x396', '512x288', '384x216', '340x192'];
const KBPS = [3500, 2200, 1350, 850, 550, 200];

/** A fresh encoder may spend at once what its buffer holds, two seconds of bits, and saves them afterwards: that is not measured. */
const SETTLED_SECONDS = 6;
const MEASURED_SECONDS = 14;
const SEGMENTS = Math.ceil((SETTLED_SECONDS + MEASURED_SECONDS) / 2);

test('3: 720p comes out in the six sizes and bitrates of Default720p, within a tenth, and with AAC of 128 kbit/s', {
  skip: missingPrograms('ffmpeg', 'ffprobe'),
}, async (context) => {
  // Noise needs every bit there is, and six pictures a second, of which four times as many are made, cost the small computer that tests this
  // the least.
  const file = await mediaFile({
    seconds: 48,
    layers: [{ size: '1280x720', kbps: 6000 }],
    frameRate: 6,
    picture: 'noise',
    audio: [{ kbps: 192, isNoise: true }],
  });
  await using stage = await openStage();
  const event = await startEvent(stage.lectern, 'news', {
    input: { streamingProtocol: 'RTMP' },
    encoding: { encodingType: 'Standard', presetName: 'Default720p' },
  });
  const { hls } = await record(stage.lectern, 'news');
  await using sender = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file));

  await segmentsAt(hls, 1, 45_000);
  const ladder = await ladderAt(hls);
  await segmentsAt(hls, SEGMENTS, 45_000);
  let rungs = await fetchRungs(ladder);
  const missing = SETTLED_SECONDS + MEASURED_SECONDS - Math.min(...rungs.map(unbroken));
  if (missing > 0) {
    // The computer was too busy for a while, and the encoder began anew.
    await segmentsAt(hls, SEGMENTS + Math.ceil(missing / 2), 30_000);
    rungs = await fetchRungs(ladder);
  }
  await sender.stop();

  assert.deepEqual(
    ladder?.pictures,
    SIZES.map((size) => `${size}@23.976`),
  );
  assert.deepEqual(
    rungs.slice(0, -1).map(probed),
    SIZES.map((size) => `h264,High,${size.replace('x', ',')},24000/1001`),
  );
  const sound = rungs.at(-1)!.track;
  assert(sound.kind === 'audio');
  assert.deepEqual([rungs.length, sound.codec, sound.channels, sound.sampleRate], [7, 'mp4a.40.2', 2, 48_000]);
  const measured = rungs.map((rung) => Math.round(bitrateOf(sinceLastHole(rung), SETTLED_SECONDS) / 1000));
  if (rungs.some((rung) => unbroken(rung) < SETTLED_SECONDS + MEASURED_SECONDS)) {
    context.diagnostic(
      `the computer was too busy all the time, and bitrates mean nothing: ${measured.join()} kbit/s`,
    );
    return;
  }
  context.diagnostic(`${measured.join(', ')} kbit/s`);
  assert(
    measured.every((kbps, index) => Math.abs(kbps / [...KBPS, 128][index]! - 1) <= 0.1),
    `${measured.join()} kbit/s`,
  );
});

function unbroken(rung: Rung): number {
  return secondsOf(sinceLastHole(rung));
}
