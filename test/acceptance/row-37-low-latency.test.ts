import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { createFragmentReader } from '../../src-main/media/cmaf/fragment-reader.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile, packetHashes, realTime, rtmpOutputs, send } from '../support/senders.ts';
import { ingestUrl, record, segmentsAt, startEvent, textOf } from '../support/service-stage.ts';
import { openStage, type Stage } from '../support/studio-stage.ts';

const FRAME_RATE = 30;

describe('an event with LowLatency', { skip: missingPrograms('ffmpeg') }, () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage();
  });
  after(() => stage[Symbol.asyncDispose]());

  for (const [gopSeconds, withinSeconds] of [
    [1, 8],
    [2, 10],
  ] as const) {
    test(`37: a picture is seen within ${withinSeconds} s of being sent, with key frames every ${gopSeconds} s`, async () => {
      const file = await mediaFile({
        seconds: 30,
        layers: [{ size: '320x180', kbps: 300 }],
        frameRate: FRAME_RATE,
        gopSeconds,
      });
      const pictures = await packetHashes(file);
      const event = await startEvent(stage.lectern, `low-${gopSeconds}`, {
        input: { streamingProtocol: 'RTMP', keyFrameIntervalDuration: `PT${gopSeconds}S` },
        streamOptions: ['LowLatency'],
      });
      const published = await record(stage.lectern, event.name);

      // Its first picture leaves some time after this, so what is measured is more than what it takes.
      const sentMs = Date.now();
      await using _sender = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file));
      await segmentsAt(published.hls, 6);
      const seen = await firstPicture(published.hls);
      const dash = await newestPicture(published.dash);

      const sentAt = (hash: string): number => {
        const index = pictures.indexOf(hash);
        assert.ok(index >= 0, 'what is shown was sent');
        return sentMs + (1000 * index) / FRAME_RATE;
      };
      assertWithin((seen.atMs - sentAt(seen.hash)) / 1000, withinSeconds, 'HLS');
      assertWithin((dash.shownMs - sentAt(dash.hash)) / 1000, withinSeconds, 'DASH');
      assert.ok(dash.listedMs < dash.shownMs, 'what is to be shown is there by then');
    });
  }
});

function assertWithin(seconds: number, most: number, what: string): void {
  assert.ok(seconds > 0 && seconds <= most, `${what}: ${seconds.toFixed(1)} s`);
}

/** What a player of HLS that begins where players begin shows first, and when. */
async function firstPicture(hls: string): Promise<{ readonly hash: string; readonly atMs: number }> {
  const hashes = ['-f', 'framehash', '-hash', 'md5', '-flush_packets', '1', '-'];
  const player = spawn('ffmpeg', ['-v', 'error', '-i', hls, '-map', '0:v:0', '-c', 'copy', ...hashes], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(player, 'exit');
  try {
    for await (const line of createInterface({ input: player.stdout })) {
      if (!line.startsWith('#')) {
        return { hash: line.split(',').at(-1)?.trim() ?? '', atMs: Date.now() };
      }
    }
    throw new Error(`${hls} shows nothing`);
  } finally {
    player.kill('SIGKILL');
    await exited;
  }
}

/** The first picture of the newest segment that an MPD lists, and when players show it: as far behind as the MPD suggests. */
async function newestPicture(
  url: string,
): Promise<{ readonly hash: string; readonly listedMs: number; readonly shownMs: number }> {
  const mpd = (await textOf(url)) ?? '';
  const listedMs = Date.now();
  const [set = ''] = /<AdaptationSet [^>]*contentType="video".*?<\/AdaptationSet>/s.exec(mpd) ?? [];
  const attribute = (name: string, text = mpd): string => new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1] ?? '';
  let time = 0n;
  let newest = 0n;
  for (const [entry] of set.matchAll(/<S [^>]*>/g)) {
    const [start, duration, more] = ['t', 'd', 'r'].map((name) => BigInt(attribute(name, entry) || '0'));
    time = (entry.includes(' t="') ? (start ?? 0n) : time) + (duration ?? 0n) * (1n + (more ?? 0n));
    newest = time - (duration ?? 0n);
  }
  const address = (template: string): string =>
    new URL(
      attribute(template, set)
        .replace('$Bandwidth$', attribute('bandwidth', set))
        .replace('$Time$', String(newest)),
      url,
    ).href;
  const reader = createFragmentReader();
  const [first] = [
    ...reader.push(await bytesOf(address('initialization'))),
    ...reader.push(await bytesOf(address('media'))),
  ].flatMap((event) => (event.kind === 'fragment' ? event.samples : []));
  const sinceStart =
    Number(newest - BigInt(attribute('presentationTimeOffset', set))) / Number(attribute('timescale', set));
  const delay = Number(/PT([\d.]+)S/.exec(attribute('suggestedPresentationDelay'))?.[1]);
  return {
    hash: createHash('md5')
      .update(first?.data ?? '')
      .digest('hex'),
    listedMs,
    shownMs: Date.parse(attribute('availabilityStartTime')) + 1000 * (sinceStart + delay),
  };
}

async function bytesOf(url: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(url)).arrayBuffer());
}
