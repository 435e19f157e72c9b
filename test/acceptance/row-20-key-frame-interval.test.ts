import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '../check/client.ts';
import { checkDash } from '../check/dash/check.ts';
import { checkHls } from '../check/hls/check.ts';
import { RULES as HLS_RULES } from '../check/hls/rules.ts';
import { launchChromium, noChromium } from '../support/browser.ts';
import { openPlayerPages } from '../support/player-pages.ts';
import { rawPublisher, sendFrames } from '../support/raw-feeds.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { send } from '../support/senders.ts';
import {
  field,
  followEvents,
  ingestUrl,
  type Published,
  playlistsOf,
  previewBase,
  record,
  request,
  segmentsAt,
  startEvent,
  textOf,
} from '../support/service-stage.ts';
import { openStage, type Stage, until } from '../support/studio-stage.ts';

describe('keyFrameIntervalDuration', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage();
  });
  after(() => stage[Symbol.asyncDispose]());

  for (const [duration, seconds] of [
    ['PT0.5S', 1],
    ['PT1S', 1],
    [undefined, 2],
    ['PT4S', 4],
    ['PT20S', 20],
  ] as const) {
    test(`20: ${duration ?? 'none'} gives HLS a target duration of ${seconds} s`, async () => {
      const event = await startEvent(stage.lectern, 'paced', {
        input: {
          streamingProtocol: 'RTMP',
          ...(duration === undefined ? {} : { keyFrameIntervalDuration: duration }),
        },
      });
      const published = await record(stage.lectern, 'paced', { assetName: `paced-${duration ?? 'default'}` });
      using encoder = await rawPublisher(ingestUrl(event, 'rtmp'), 'one');
      const keyEvery = Math.min(10, seconds) * 30;
      // Faster than time, but no faster than an event takes: the key frame behind ends the segment.
      await sendFrames(encoder, { frames: keyEvery + 30, keyEvery, audio: true });

      const preview = `${previewBase(stage.lectern, event)}/manifest(format=m3u8-cmaf)`;
      for (const url of [...(await segmentsAt(published.hls, 1)), ...(await segmentsAt(preview, 1))]) {
        assert.match((await textOf(url)) ?? '', new RegExp(`#EXT-X-TARGETDURATION:${seconds}\\n`), url);
      }
      await request(stage.lectern, 'POST', '/liveEvents/paced/stop', { removeOutputsOnStop: true });
      await request(stage.lectern, 'DELETE', '/liveEvents/paced');
    });
  }

  for (const duration of ['PT0.4S', 'PT21S']) {
    test(`20: ${duration} is refused, when an event is made and when it is changed`, async () => {
      const input = { streamingProtocol: 'RTMP', keyFrameIntervalDuration: duration };

      const made = await request(stage.lectern, 'PUT', '/liveEvents/wrong', { input });
      await request(stage.lectern, 'PUT', '/liveEvents/right', { input: { streamingProtocol: 'RTMP' } });
      const changed = await request(stage.lectern, 'PATCH', '/liveEvents/right', {
        input: { keyFrameIntervalDuration: duration },
      });
      const { body } = await request(stage.lectern, 'GET', '/liveEvents/right');

      for (const { status, code, body: problem } of [made, changed]) {
        assert.deepEqual([status, code], [400, 'request/invalid']);
        assert.match(JSON.stringify(problem), /keyFrameIntervalDuration/);
      }
      assert.equal(field(body, 'input', 'keyFrameIntervalDuration'), 'PT2S');
      await request(stage.lectern, 'DELETE', '/liveEvents/right');
    });
  }
});

/** What a checker finds broken that must hold; not how soon something came, which a busy computer decides. */
async function brokenRules(check: typeof checkHls, url: string, seconds: number): Promise<readonly string[]> {
  const stopping = new AbortController();
  using client = createClient({ insecure: false, signal: stopping.signal });
  const { counts } = await check({
    url,
    seconds,
    client,
    signal: stopping.signal,
    wait: async (ms) => await delay(ms),
    tell: () => undefined,
    onBroken: () => undefined,
  });
  // These events show no parts.
  const others: readonly string[] = [HLS_RULES.segmentCadence, HLS_RULES.lowLatency].map(({ title }) => title);
  return counts
    .filter(({ level, broken, title }) => level === 'must' && broken > 0 && !others.includes(title))
    .map(({ clause, first }) => `${clause}: ${first ?? ''}`);
}

describe('an encoder whose key frames are rarer than keyFrameIntervalDuration', {
  skip: missingPrograms('ffmpeg') || noChromium,
}, () => {
  /** As OBS sends where nobody has set it, as its guide allows at most, and as an encoder does that sets key frames where scenes change. */
  const ENCODERS = {
    obs: ['-g', '250', '-keyint_min', '250', '-sc_threshold', '0'],
    four: ['-g', '120', '-keyint_min', '120', '-sc_threshold', '0'],
    scenes: ['-g', '600', '-sc_threshold', '0', '-force_key_frames', '0,2,4,9,10,11,15,16,17,18,19,20,21,22'],
  } as const;
  const opened = new AsyncDisposableStack();
  let stage: Stage;

  before(async () => {
    stage = opened.use(await openStage());
  });
  after(() => opened.disposeAsync());

  async function begin(name: keyof typeof ENCODERS): Promise<Published> {
    const event = await startEvent(stage.lectern, name);
    const made = await record(stage.lectern, name);
    const inputs = ['testsrc2=s=160x90:r=30', 'sine=r=48000'].flatMap((one) => ['-re', '-f', 'lavfi', '-i', one]);
    const coding = [
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-pix_fmt',
      'yuv420p',
      '-b:v',
      '200k',
      '-c:a',
      'aac',
    ];
    const address = `${ingestUrl(event, 'rtmp')}/one`;
    opened.use(send([...coding, ...ENCODERS[name], '-f', 'flv', address], inputs));
    return made;
  }

  test('20: its playlists are lawful, play, and the operator is told what to set', async () => {
    await using events = followEvents(stage.lectern);
    await using pages = await openPlayerPages();
    await using browser = await launchChromium();
    const [obs, four, scenes] = await Promise.all([begin('obs'), begin('four'), begin('scenes')]);

    const [broken] = await Promise.all([
      Promise.all(
        [obs, four, scenes].map(async ({ hls, dash }, index) => {
          await segmentsAt(hls, 1);
          const seconds = [10, 10, 12][index] ?? 0;
          return await Promise.all([brokenRules(checkHls, hls, seconds), brokenRules(checkDash, dash, seconds)]);
        }),
      ),
      (async () => {
        await segmentsAt(four.hls, 2);
        await using page = await pages.play(browser, 'hls.js', four.hls);
        const { errors } = await page.playsOn(5);
        assert.deepEqual(errors, []);
      })(),
    ]);

    assert.deepEqual(broken[0], [[], []], 'every 8.3 s');
    assert.deepEqual(broken[1], [[], []], 'every 4 s');
    // Nobody could know of the 5 s before they came: the target duration goes up, and what hangs on it.
    const [hls = [], dash] = broken[2] ?? [];
    assert.ok(
      hls.every((finding) => /EXT-X-(?:TARGETDURATION|SERVER-CONTROL).* was changed/.test(finding)),
      hls.join('\n'),
    );
    assert.deepEqual(dash, []);
    for (const [{ hls: master }, seconds] of [
      [obs, 9],
      [four, 4],
      [scenes, 5],
    ] as const) {
      for (const url of await playlistsOf(master)) {
        assert.match((await textOf(url)) ?? '', new RegExp(`#EXT-X-TARGETDURATION:${seconds}\\n`), url);
      }
    }
    const { data } = await until('the operator is told', () =>
      events
        .seen()
        .find(({ eventType, subject }) => eventType === 'Lectern.Problem' && subject === 'liveEvent/obs'),
    );
    assert.match(
      String(field(data, 'detail')),
      /key frames are up to 8\.3 s apart.*every 2 s.*Keyframe Interval 2 s/,
    );
    const { body } = await request(stage.lectern, 'POST', '/liveEvents/obs/getStatus');
    assert.match(String(field(body, 'healthDescriptions')), /key frames are up to 8\.3 s apart/);
  });
});
