import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { ffprobe } from '../../support/ffprobe.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { segmentsAt } from '../../support/service-stage.ts';
import { end, goLive, openStage, type Stage, until } from '../../support/studio-stage.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';
import { vlcShows } from '../../support/vlc.ts';

const run = promisify(execFile);

/**
 * Every clear format by its name in an address, and what reads it besides browsers. HDS: VLC 3.0.24 fetches it and takes it for MP3, also what the
 * HDS writer of ffmpeg makes; ffmpeg itself reads none.
 */
const FORMATS = [
  { name: 'low-latency HLS with CMAF', path: 'manifest(format=m3u8-cmaf)', readers: ['VLC', 'ffmpeg'] },
  { name: 'HLS with transport streams', path: 'manifest(format=m3u8-aapl)', readers: ['VLC', 'ffmpeg'] },
  { name: 'HLS version 3', path: 'manifest(format=m3u8-aapl-v3)', readers: ['VLC', 'ffmpeg'] },
  { name: 'DASH with CMAF', path: 'manifest(format=mpd-time-cmaf)', readers: ['VLC', 'ffmpeg'] },
  { name: 'DASH as it was before CMAF', path: 'manifest(format=mpd-time-csf)', readers: ['VLC', 'ffmpeg'] },
  { name: 'Smooth Streaming', path: 'manifest', readers: ['VLC', 'yt-dlp'] },
  { name: 'HDS', path: 'manifest(format=f4m-f4f)', readers: ['yt-dlp'] },
] as const;

suite('players outside the browser', { skip: missingPrograms('ffmpeg', 'ffprobe', 'vlc', 'yt-dlp') }, () => {
  const opened = new AsyncDisposableStack();
  let stage: Stage;
  let base: string;

  before(async () => {
    stage = opened.use(await openStage());
    const { urls } = await goLive(stage.lectern);
    await segmentsAt(urls.hls, 4);
    base = urls.hls.replace(/manifest\([^)]*\)$/, '');
  });
  after(() => opened.disposeAsync());

  const addressesFor = (reader: string): readonly (readonly [string, string])[] =>
    FORMATS.filter(({ readers }) => readers.some((one) => one === reader)).map(({ name, path }) => [
      name,
      `${base}${path}`,
    ]);

  /** All pictures and all sound, or three seconds of them, decoded without a word of complaint. */
  async function decodes(address: string, ...limit: readonly string[]): Promise<void> {
    const both = ['-map', '0:v:0', '-map', '0:a:0'];
    const { stderr } = await run('ffmpeg', ['-v', 'error', '-i', address, ...limit, ...both, '-f', 'null', '-'], {
      timeout: 60_000,
      killSignal: 'SIGKILL',
    });
    assert.equal(stderr, '');
  }

  for (const when of ['live', 'recorded'] as const) {
    if (when === 'recorded') {
      test('the broadcast ends, and is a recording everywhere', async () => {
        await end(stage.lectern);
        await until(
          'it is on demand',
          async () => {
            const mpd = await (await fetch(`${base}manifest(format=mpd-time-cmaf)`)).text();
            return mpd.includes('type="static"') ? true : undefined;
          },
          30_000,
        );
      });
    }

    test(`${when}: VLC shows every format that it knows`, async (context) => {
      for (const [name, address] of addressesFor('VLC')) {
        await context.test(name, async () => {
          await vlcShows(address);
        });
      }
    });

    test(`${when}: ffmpeg decodes every format that it knows`, async (context) => {
      for (const [name, address] of addressesFor('ffmpeg')) {
        await context.test(name, async () => await decodes(address, ...(when === 'live' ? ['-t', '3'] : [])));
      }
    });
  }

  test('recorded: yt-dlp downloads Smooth Streaming and HDS whole', async () => {
    const folder = opened.use(await mkdtempDisposable(join(tmpdir(), 'lectern-downloads-')));
    const { seconds: whole = Infinity } = await ffprobe(`${base}manifest(format=m3u8-cmaf)`);
    for (const [name, address] of addressesFor('yt-dlp')) {
      const into = join(folder.path, name);
      await run('yt-dlp', ['-q', '--no-warnings', '-o', join(into, 'media.%(ext)s'), address], {
        timeout: 60_000,
      });
      const file = join(into, (await readdir(into))[0] ?? '');
      const { codecs, seconds = 0 } = await ffprobe(file);
      assert.deepEqual([...codecs].toSorted(), ['audio aac', 'video h264'], name);
      assert.ok(Math.abs(seconds - whole) < 0.2, `${name}: ${seconds} of ${whole} s`);
      await decodes(file);
    }
  });
});
