import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { problem } from '../../src-main/shared/api/common.ts';
import type { CustomPreset } from '../../src-main/shared/api/live-events.ts';
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
import { ingestUrl, record, request, segmentsAt, startEvent } from '../support/service-stage.ts';
import { openStage, type Stage } from '../support/studio-stage.ts';

const LAYERS: CustomPreset['layers'] = [
  { width: 640, height: 360, bitrate: 900_000 },
  { width: 640, height: 360, bitrate: 700_000 },
  { width: 480, height: 270, bitrate: 500_000 },
  { width: 320, height: 180, bitrate: 300_000 },
  { width: 256, height: 144, bitrate: 200_000 },
  { width: 160, height: 90, bitrate: 100_000 },
];
const AUDIO_KBPS: CustomPreset['audioBitrates'] = [192, 128, 96];

/** A fresh encoder may spend at once what its buffer holds, and saves it afterwards: that is not measured. */
const SETTLED_SECONDS = 6;
const MEASURED_SECONDS = 14;
const SEGMENTS = Math.ceil((SETTLED_SECONDS + MEASURED_SECONDS) / 2);

describe('a ladder of one’s own', { skip: missingPrograms('ffmpeg', 'ffprobe') }, () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage();
  });
  after(() => stage[Symbol.asyncDispose]());

  test('6: six layers and three AAC bitrates come out as they were asked for, each within a tenth of its bitrate', async (context) => {
    const file = await mediaFile({
      seconds: 48,
      layers: [{ size: '640x360', kbps: 3000 }],
      frameRate: 12,
      picture: 'noise',
      audio: [{ kbps: 256, isNoise: true }],
    });
    const event = await startEvent(stage.lectern, 'mine', {
      input: { streamingProtocol: 'RTMP' },
      encoding: { encodingType: 'Standard', customPreset: { layers: LAYERS, audioBitrates: AUDIO_KBPS } },
    });
    const { hls, dash } = await record(stage.lectern, 'mine');
    await using _sender = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file));

    await segmentsAt(hls, 1, 45_000);
    const ladder = await ladderAt(hls);
    const mpd = await (await fetch(dash)).text();
    await segmentsAt(hls, SEGMENTS, 45_000);
    let rungs = await fetchRungs(ladder);
    const missing = SETTLED_SECONDS + MEASURED_SECONDS - unbroken(rungs);
    if (missing > 0) {
      // The computer was too busy for a while, and the encoder began anew.
      await segmentsAt(hls, SEGMENTS + Math.ceil(missing / 2), 30_000);
      rungs = await fetchRungs(ladder);
    }

    assert.deepEqual(
      ladder?.pictures,
      LAYERS.map(({ width, height }) => `${width}x${height}@23.976`),
    );
    assert.deepEqual(
      rungs.filter(({ track }) => track.kind === 'video').map(probed),
      LAYERS.map(({ width, height }) => `h264,High,${width},${height},24000/1001`),
    );
    const sounds = rungs.filter(({ track }) => track.kind === 'audio');
    const measured = sounds.map(usualKbps);
    context.diagnostic(`AAC: ${measured.map(Math.round).join(', ')} kbit/s`);
    assert.equal(measured.length, AUDIO_KBPS.length);
    assert(
      measured.every((kbps, index) => Math.abs(kbps / AUDIO_KBPS[index]! - 1) <= 0.1),
      measured.join(),
    );
    assert.equal([...mpd.matchAll(/<Representation [^>]*codecs=/g)].length, LAYERS.length + AUDIO_KBPS.length);
    const kbps = rungs
      .filter(({ track }) => track.kind === 'video')
      .map((rung) => bitrateOf(sinceLastHole(rung), SETTLED_SECONDS) / 1000);
    context.diagnostic(`H.264: ${kbps.map(Math.round).join(', ')} kbit/s`);
    if (unbroken(rungs) < SETTLED_SECONDS + MEASURED_SECONDS) {
      context.diagnostic('the computer was too busy all the time, and bitrates of pictures mean nothing');
      return;
    }
    assert(
      kbps.every((rate, index) => Math.abs((1000 * rate) / LAYERS[index]!.bitrate - 1) <= 0.1),
      kbps.join(),
    );
  });

  for (const [what, customPreset, field] of [
    [
      'seven layers',
      { layers: [...LAYERS, { width: 128, height: 72, bitrate: 60_000 }], audioBitrates: [128] },
      'encoding.customPreset.layers',
    ],
    [
      'a bitrate that AAC is not given',
      { layers: LAYERS, audioBitrates: [100] },
      'encoding.customPreset.audioBitrates[0]',
    ],
    [
      'two layers of one bitrate',
      { layers: [LAYERS[0], { ...LAYERS[3], bitrate: 900_000 }], audioBitrates: [128] },
      'encoding.customPreset.layers[1].bitrate',
    ],
    [
      'layers of two shapes',
      { layers: [LAYERS[0], { width: 320, height: 240, bitrate: 300_000 }], audioBitrates: [128] },
      'encoding.customPreset.layers[1]',
    ],
  ] as const) {
    test(`6: ${what} are refused by name, and no event is made`, async () => {
      const { status, body } = await request(stage.lectern, 'PUT', '/liveEvents/wrong', {
        input: { streamingProtocol: 'RTMP' },
        encoding: { encodingType: 'Standard', customPreset },
      });

      assert.equal(status, 400);
      assert.deepEqual(
        problem.parse(body).errors?.map((error) => error.field),
        [field],
      );
      assert.equal((await request(stage.lectern, 'GET', '/liveEvents/wrong')).status, 404);
    });
  }
});

/** How long all tracks have had no hole, s. */
function unbroken(rungs: readonly Rung[]): number {
  return Math.min(...rungs.map((rung) => secondsOf(sinceLastHole(rung))));
}

/** The median of its seconds: what is silent for a moment, because the computer is busy with other things, needs no bits. */
function usualKbps({ track, samples }: Rung): number {
  const perSecond = new Map<bigint, number>();
  for (const { decodeTime, data } of samples) {
    const second = decodeTime / BigInt(track.timescale);
    perSecond.set(second, (perSecond.get(second) ?? 0) + data.length * 8);
  }
  const sorted = [...perSecond.values()].toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]! / 1000;
}
