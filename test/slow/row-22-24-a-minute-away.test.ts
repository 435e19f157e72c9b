import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type Broadcast, openBroadcast } from '../soak/broadcast.ts';
import { seededRandom } from '../soak/random.ts';
import { faultsOfBroadcast, judge } from '../soak/verdict.ts';
import { rtmpSender, senderClock } from '../support/live-senders.ts';
import { loopedMedia } from '../support/looped-media.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { followEvents, ingestUrl } from '../support/service-stage.ts';
import { openStage } from '../support/studio-stage.ts';

const AWAY_MS = 60_000;
const BETWEEN_MS = 8000;
const skip = missingPrograms('ffmpeg');
const NEVER = { between: [3600, 3600], away: [1, 1] } as const;

/** A live event with so many encoders of the same pictures, and who holds all that comes of it against what was sent. */
async function openPair(
  stage: Awaited<ReturnType<typeof openStage>>,
  entrances: readonly number[],
): Promise<Broadcast> {
  const { video, audio } = await loopedMedia({ layers: [{ size: '320x180', kbps: 300 }], gopSeconds: 1 });
  const clock = senderClock();
  return await openBroadcast(
    {
      name: 'programme',
      create: { input: { streamingProtocol: 'RTMP', keyFrameIntervalDuration: 'PT1S' } },
      video,
      audio,
      encoders: entrances.map((entrance) => ({
        name: `entrance ${entrance}`,
        open: (event, from) => [
          rtmpSender(ingestUrl(event, 'rtmp', entrance), 'one', { clock, from, tracks: [...video, audio] }),
        ],
      })),
      habits: NEVER,
    },
    { lectern: stage.lectern, clock, random: seededRandom(1, 1) },
  );
}

test('22: either of two encoders is away for a minute, and nobody sees it', { skip }, async () => {
  await using stage = await openStage();
  await using pair = await openPair(stage, [0, 1]);
  await wait(BETWEEN_MS);

  for (const encoder of pair.encoders) {
    encoder.kill();
    await wait(AWAY_MS);
    await encoder.start();
    await wait(BETWEEN_MS);
  }

  const found = await judge(pair);
  assert.equal(found.gapsExpected, 0);
  assert.deepEqual(faultsOfBroadcast(found), []);
  assert.ok(found.tracks.every(({ samples }) => samples > ((2 * AWAY_MS) / 1000) * 30));
});

test('24: an encoder is away for a minute; the event waits, players resume, and the gap is told as long as it was', {
  skip,
}, async () => {
  await using stage = await openStage();
  await using alone = await openPair(stage, [0]);
  await using events = followEvents(stage.lectern);
  const [encoder] = alone.encoders;
  await wait(BETWEEN_MS);

  encoder?.kill();
  await wait(AWAY_MS);
  const { resourceState } = await stage.lectern.call('getLiveEvent', { params: { name: 'programme' } });
  await encoder?.start();
  await wait(BETWEEN_MS);

  assert.equal(resourceState, 'Running');
  const found = await judge(alone);
  assert.equal(found.gapsExpected, 1);
  assert.deepEqual(faultsOfBroadcast(found), []);
  const [hole] = alone.tracks[0]?.check.holes() ?? [];
  let told = 0;
  await events.next(
    'Microsoft.Media.LiveEventTrackDiscontinuityDetected',
    ({ trackType, discontinuityGap, timescale }) => {
      told = Number(discontinuityGap) / Number(timescale);
      return trackType === 'video';
    },
  );
  assert.ok(Math.abs(told - ((hole?.to ?? 0) - (hole?.from ?? 0))) < 0.1, `${told} s`);
  assert.ok(told > AWAY_MS / 1000 && told < AWAY_MS / 1000 + 3, `${told} s`);
});
