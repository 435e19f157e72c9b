import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { parseMultivariantPlaylist } from '../../src-main/manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../src-main/manifest/hls/parse-media-playlist.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile, realTime, rtmpOutputs, send } from '../support/senders.ts';
import {
  ingestUrl,
  type Published,
  record,
  request,
  segmentsAt,
  startEvent,
  textOf,
} from '../support/service-stage.ts';
import { openStage, type Stage } from '../support/studio-stage.ts';

const TRANSPORT = ['m3u8-aapl', 'm3u8-aapl-v3'] as const;
const FORMATS = ['m3u8-cmaf', ...TRANSPORT] as const;

describe('HLS of a broadcast and its recording', { skip: missingPrograms('ffmpeg', 'ffprobe') }, () => {
  const opened = new AsyncDisposableStack();
  let stage: Stage;
  let published: Published;

  before(async () => {
    const layers = [{ size: '320x180', kbps: 300 }];
    const file = await mediaFile({ seconds: 30, layers, gopSeconds: 1 });
    stage = opened.use(await openStage());
    const event = await startEvent(stage.lectern, 'show', {
      input: { streamingProtocol: 'RTMP', keyFrameIntervalDuration: 'PT1S' },
    });
    opened.use(send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file, { loop: true })));
    published = await record(stage.lectern, 'show');
    await segmentsAt(`${published.base}/manifest(format=m3u8-aapl)`, 3, 60_000);
  });
  after(() => opened.disposeAsync());

  async function master(options: string) {
    return parseMultivariantPlaylist((await textOf(`${published.base}/manifest(${options})`)) ?? '');
  }

  for (const format of FORMATS) {
    test(`69: ${format} has a variant of sound alone when that is asked for, and only then`, async () => {
      for (const options of [`format=${format}`, `format=${format},audio-only=false`]) {
        const { variants } = await master(options);
        assert.deepEqual(
          variants.map(({ resolution }) => resolution?.height),
          [180],
          options,
        );
      }

      const { variants } = await master(`format=${format},audio-only=true`);

      const [, sound] = variants;
      assert.deepEqual(
        variants.map(({ resolution }) => resolution?.height),
        [180, undefined],
      );
      assert.deepEqual(sound?.codecs, ['mp4a.40.2']);
      const types = await probed(`${published.base}/${sound.uri}`, ['-show_entries', 'stream=codec_type']);
      // ffprobe lists it once more in its programme.
      assert.deepEqual(new Set(types.match(/video|audio/g)), new Set(['audio']));
    });
  }

  test('70: masters of version 4 and of CMAF list streams of key frames that ffprobe accepts, live and recorded', async () => {
    assert.equal((await master('format=m3u8-aapl')).version, 4);
    const urls: string[] = [];
    for (const format of ['m3u8-aapl', 'm3u8-cmaf']) {
      const [variant] = (await master(`format=${format}`)).iFrameVariants;
      assert.ok(variant);
      assert.deepEqual(variant.resolution, { width: 320, height: 180 });
      assert.ok(variant.uri.includes('type=keyframes'));
      urls.push(`${published.base}/${variant.uri}`);
    }
    // Of one that is live a program reads as many pictures as it needs to know how often they come, which takes its time; so only one is read.
    const [transport = '', cmaf = ''] = urls;
    await assertPictures(transport);
    assert.equal(parseMediaPlaylist((await textOf(cmaf)) ?? '').iFramesOnly, true);

    await request(stage.lectern, 'DELETE', `/liveEvents/show/liveOutputs/${published.output}`);
    for (const url of urls) {
      const recorded = parseMediaPlaylist((await textOf(url)) ?? '');
      assert.equal(recorded.endList, true);
      await assertPictures(url);
    }
  });

  test('70: no other format lists them where there are none', async () => {
    const { iFrameVariants } = await master('format=m3u8-aapl-v3');

    assert.deepEqual(iFrameVariants, []);
  });
});

/** A playlist of single pictures, each of which a decoder can begin with. */
async function assertPictures(url: string): Promise<void> {
  const list = parseMediaPlaylist((await textOf(url)) ?? '');
  assert.equal(list.iFramesOnly, true);
  assert.ok(list.segments.length >= 3);
  assert.ok(list.segments.every(({ uri }) => uri.startsWith('KeyFrames(')));
  if (!url.includes('m3u8-cmaf')) {
    const [first] = list.segments;
    const types = await probed(new URL(first?.uri ?? '', url).href, ['-show_entries', 'frame=pict_type']);
    assert.deepEqual(types.match(/\b[IPB]\b/g), ['I']);
  }
  const all = await probed(url, ['-read_intervals', '%+#3', '-show_entries', 'frame=pict_type']);
  assert.ok(/^[I,\s]+$/.test(all), all);
}

async function probed(url: string, args: readonly string[]): Promise<string> {
  const child = spawn('ffprobe', ['-v', 'error', ...args, '-of', 'csv=p=0', url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    text += data;
  });
  await once(child, 'close');
  assert.equal(child.exitCode, 0, `ffprobe takes ${url}`);
  return text;
}
