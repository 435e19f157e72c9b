import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { problem } from '../../src-main/shared/api/common.ts';
import { fetchLadder, type Look, levels, lumas } from '../support/encoded-ladder.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile, realTime, rtmpOutputs, send } from '../support/senders.ts';
import { ingestUrl, record, request, segmentsAt, startEvent } from '../support/service-stage.ts';
import { openStage, type Stage } from '../support/studio-stage.ts';

const MOST_BYTES = 3 * 1024 * 1024;

/** The feed is white. Of pure red BT.709 makes little luma, of gray the half. */
const isWhite = ({ luma }: Look): boolean => luma > 200;
const isRed = ({ luma }: Look): boolean => Math.abs(luma - 54) < 30;
const isGray = ({ luma }: Look): boolean => Math.abs(luma - 128) < 20;

function picture(colour: string, size: string, codec = 'mjpeg'): Buffer {
  return execFileSync('ffmpeg', [
    ...['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', `color=c=${colour}:s=${size}`],
    ...['-frames:v', '1', '-c:v', codec, '-f', 'image2pipe', 'pipe:1'],
  ]);
}

describe('slates', { skip: missingPrograms('ffmpeg', 'ffprobe') }, () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage();
  });
  after(() => stage[Symbol.asyncDispose]());

  /** Status and code of the answer. */
  async function put(asset: string, bytes: Buffer): Promise<readonly unknown[]> {
    const { controlUrl, token } = stage.lectern;
    // It may be there already.
    await request(stage.lectern, 'PUT', `/assets/${asset}`, {});
    const answer = await fetch(`${controlUrl}/api/v1/assets/${asset}/slate`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'image/jpeg' },
      body: new Uint8Array(bytes),
    });
    const text = await answer.text();
    return [answer.status, text === '' ? undefined : problem.parse(JSON.parse(text)).code];
  }

  test('26: a JPEG of up to 1920x1080 and 3 MB is taken, a larger one and anything else is refused', async () => {
    const full = picture('red', '1920x1080');
    const padded = (bytes: number): Buffer => Buffer.concat([full, Buffer.alloc(bytes - full.length)]);
    const refused = [400, 'live/slate-invalid'];

    assert.deepEqual(await put('taken', full), [204, undefined]);
    assert.deepEqual(await put('taken', padded(MOST_BYTES)), [204, undefined]);
    assert.deepEqual(await put('refused', padded(MOST_BYTES + 1)), [413, 'request/too-large']);
    assert.deepEqual(await put('refused', padded(3 * MOST_BYTES)), [413, 'request/too-large']);
    assert.deepEqual(await put('refused', picture('red', '1922x1080')), refused);
    assert.deepEqual(await put('refused', picture('red', '1920x1082')), refused);
    assert.deepEqual(await put('refused', picture('red', '640x360', 'png')), refused);
    assert.deepEqual(await put('refused', full.subarray(0, full.length >> 1)), refused);
  });

  test('26: a slate of 10 s covers picture and sound for 10 s, and one that is hidden goes early', async () => {
    const { call } = stage.lectern;
    const file = await mediaFile({ seconds: 40, layers: [{ size: '320x180', kbps: 300 }], picture: 'white' });
    await put('red', picture('red', '1920x1080'));
    await put('gray', picture('gray', '64x64'));
    const event = await startEvent(stage.lectern, 'hall', {
      input: { streamingProtocol: 'RTMP' },
      encoding: {
        encodingType: 'Standard',
        customPreset: { layers: [{ width: 320, height: 180, bitrate: 300_000 }], audioBitrates: [128] },
        keyFrameInterval: 'PT1S',
        slate: { insertSlateOnAdMarker: false, defaultSlateAssetName: 'gray' },
      },
    });
    const { hls } = await record(stage.lectern, 'hall');
    await using _sender = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file));
    await segmentsAt(hls, 4);

    const shownAt = Date.now() / 1000;
    await call('showSlate', { params: { name: 'hall' }, body: { duration: 10, assetName: 'red' } });
    const { onAir } = await call('getLiveEvent', { params: { name: 'hall' } });
    await wait(12_000);
    const againAt = Date.now() / 1000;
    await call('showSlate', { params: { name: 'hall' }, body: { duration: 60 } });
    await wait(2000);
    const hiddenAt = Date.now() / 1000;
    await call('hideSlate', { params: { name: 'hall' } });
    const afterwards = await call('getLiveEvent', { params: { name: 'hall' } });
    await segmentsAt(hls, 4 + 12 + 2 + 3);
    const [rung, sound] = await fetchLadder(hls);

    const untilMs = Date.parse(onAir?.slate?.until ?? '');
    assert(Math.abs(untilMs / 1000 - shownAt - 10) < 1.5, 'the event says until when');
    assert.equal(afterwards.onAir, undefined);
    const looks = lumas(rung!);
    const red = looks.filter(isRed);
    const redFrom = red[0]?.at ?? Infinity;
    const redSeconds = (red.at(-1)?.at ?? 0) - redFrom;
    assert(redFrom - shownAt < 1.5, `the slate came ${redFrom - shownAt} s after it was asked for`);
    assert(Math.abs(redSeconds - 10) < 0.3, `it was there for ${redSeconds} s`);
    const gray = looks.filter(isGray);
    assert((gray[0]?.at ?? Infinity) - againAt < 1.5, 'the slate of the event');
    const grayEndsAt = gray.at(-1)?.at ?? Infinity;
    assert(grayEndsAt > hiddenAt - 0.5 && grayEndsAt < hiddenAt + 0.5, `hidden after ${grayEndsAt - hiddenAt} s`);
    const live = looks.filter(({ at }) => at > redFrom + 11 && at < againAt);
    assert(live.length > 10 && live.every(isWhite), 'live between the two');
    assert(looks.filter(({ at }) => at > grayEndsAt + 0.1).every(isWhite), 'live again');

    const peaks = levels(sound!);
    const loudest = (from: number, to: number): number =>
      Math.max(...peaks.filter(({ at }) => at > from && at < to).map(({ peak }) => peak));
    assert(loudest(-Infinity, shownAt - 0.5) > 0.05);
    assert(loudest(redFrom + 0.5, redFrom + 9.5) < 0.02, 'muted while it covers');
    assert(loudest(redFrom + 10.5, againAt) > 0.05);
    assert(loudest(hiddenAt + 0.7, Infinity) > 0.05);
  });

  test('26: an event that passes through has nothing to show a slate over', async () => {
    await startEvent(stage.lectern, 'plain');

    const { status, code } = await request(stage.lectern, 'POST', '/liveEvents/plain/showSlate', { duration: 10 });

    assert.deepEqual([status, code], [409, 'live/not-encoding']);
  });
});
