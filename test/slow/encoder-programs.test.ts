import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ffprobe } from '../support/ffprobe.ts';
import { missingPrograms, openProcesses } from '../support/real-ffmpeg.ts';
import { followEvents, ingestUrl, previewBase, record, segmentsAt, startEvent } from '../support/service-stage.ts';
import { openStage } from '../support/studio-stage.ts';
import { mkdtempDisposable } from '../support/temporary-folder.ts';
import { startXvfb } from '../support/x-server.ts';

const GOP_SECONDS = 2;
const SECONDS = 20;
const STREAM_KEY = 'one';

/** A program that is ended when the test is. */
function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): AsyncDisposable & {
  readonly words: () => string;
} {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let words = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-6000);
    });
  }
  const exited = once(child, 'exit');
  return {
    words: () => words,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 8000);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** The files that OBS Studio 29 would write for a profile with these settings and one colour as its scene. */
async function obsSettings(home: string, server: string): Promise<void> {
  const root = join(home, 'obs-studio');
  const profile = join(root, 'basic/profiles/lectern');
  const scenes = join(root, 'basic/scenes');
  await mkdir(profile, { recursive: true });
  await mkdir(scenes, { recursive: true });
  const ini = (sections: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>): string =>
    Object.entries(sections)
      .map(([name, values]) =>
        [`[${name}]`, ...Object.entries(values).map(([key, value]) => `${key}=${value}`), ''].join('\n'),
      )
      .join('\n');
  const names = {
    Profile: 'lectern',
    ProfileDir: 'lectern',
    SceneCollection: 'lectern',
    SceneCollectionFile: 'lectern',
  };
  await writeFile(
    join(root, 'global.ini'),
    ini({
      General: { FirstRun: true, LastVersion: 486_539_266, EnableAutoUpdates: false, InfoIncrement: 99 },
      Basic: { ...names, ConfigOnNewProfile: false },
      BasicWindow: { WarnBeforeStartingStream: false, WarnBeforeStoppingStream: false },
    }),
  );
  await writeFile(
    join(profile, 'basic.ini'),
    ini({
      General: { Name: 'lectern' },
      Output: { Mode: 'Advanced' },
      AdvOut: { Encoder: 'obs_x264', TrackIndex: 1, Track1Bitrate: 96 },
      Video: { BaseCX: 640, BaseCY: 360, OutputCX: 640, OutputCY: 360, FPSCommon: 30 },
      Audio: { SampleRate: 48_000, ChannelSetup: 'Stereo' },
    }),
  );
  const encoder = { bitrate: 800, rate_control: 'CBR', keyint_sec: GOP_SECONDS, preset: 'ultrafast', bf: 0 };
  await writeFile(join(profile, 'streamEncoder.json'), JSON.stringify(encoder));
  await writeFile(
    join(profile, 'service.json'),
    JSON.stringify({ type: 'rtmp_custom', settings: { server, key: STREAM_KEY, use_auth: false, bwtest: false } }),
  );
  const colour = {
    id: 'color_source',
    versioned_id: 'color_source_v3',
    name: 'Colour',
    settings: { color: 0xff00_80ff, width: 640, height: 360 },
  };
  const item = { id: 1, name: 'Colour', visible: true, scale: { x: 1, y: 1 }, pos: { x: 0, y: 0 } };
  const scene = {
    id: 'scene',
    versioned_id: 'scene',
    name: 'Scene',
    settings: { id_counter: 1, custom_size: false, items: [item] },
  };
  await writeFile(
    join(scenes, 'lectern.json'),
    JSON.stringify({
      name: 'lectern',
      current_scene: 'Scene',
      current_program_scene: 'Scene',
      scene_order: [{ name: 'Scene' }],
      sources: [colour, scene],
    }),
  );
}

/** What came of it: qualities and sound play from the preview, and twenty seconds of them are recorded. */
async function assertShown(
  stage: Awaited<ReturnType<typeof openStage>>,
  send: (base: string) => Promise<ReturnType<typeof run>>,
): Promise<void> {
  const { lectern } = stage;
  const event = await startEvent(lectern, 'programme');
  const published = await record(lectern, event.name);
  await using events = followEvents(lectern);
  await using encoder = await send(ingestUrl(event, 'rtmp'));
  const preview = `${previewBase(lectern, event)}/manifest(format=m3u8-cmaf)`;
  try {
    const shown = await segmentsAt(preview, 1, 60_000);
    assert.equal(shown.length, 2, 'one quality and a sound');
    await events.next('Microsoft.Media.LiveEventEncoderConnected', ({ streamId }) => streamId === STREAM_KEY);
    const [video = ''] = await segmentsAt(published.hls, SECONDS / GOP_SECONDS, 3 * SECONDS * 1000);
    assert.deepEqual((await ffprobe(video)).codecs, ['video h264']);
  } catch (error) {
    throw new Error(`${String(error)}\n${encoder.words()}`, { cause: error });
  }
}

test('OBS Studio streams a scene to a live event', {
  skip: missingPrograms('obs', 'Xvfb', 'ffprobe'),
}, async () => {
  await using stage = await openStage();
  await using processes = openProcesses();
  const screen = await startXvfb(processes, { screen: '1024x768x24' });
  await using home = await mkdtempDisposable(join(tmpdir(), 'lectern-obs-'));

  await assertShown(stage, async (base) => {
    await obsSettings(home.path, base);
    const args = [
      '--multi',
      '--profile',
      'lectern',
      '--collection',
      'lectern',
      '--startstreaming',
      '--minimize-to-tray',
    ];
    const env = {
      DISPLAY: screen.display,
      XDG_CONFIG_HOME: home.path,
      HOME: home.path,
      LIBGL_ALWAYS_SOFTWARE: '1',
    };
    return run('obs', args, { ...env, QT_QPA_PLATFORM: 'xcb' });
  });
});

test('GStreamer streams a test picture to a live event', {
  skip: missingPrograms('gst-launch-1.0', 'ffprobe'),
}, async () => {
  await using stage = await openStage();

  await assertShown(stage, (base) => {
    const gop = 30 * GOP_SECONDS;
    const pipeline = [
      ...['videotestsrc', 'is-live=true', '!', 'video/x-raw,width=640,height=360,framerate=30/1', '!'],
      ...['openh264enc', 'complexity=low', 'bitrate=800000', `gop-size=${gop}`, '!', 'h264parse', '!', 'mux.'],
      ...['audiotestsrc', 'is-live=true', 'wave=ticks', '!', 'audio/x-raw,rate=48000,channels=2', '!'],
      ...['audioconvert', '!', 'voaacenc', 'bitrate=96000', '!', 'aacparse', '!', 'mux.'],
      ...['flvmux', 'name=mux', 'streamable=true', '!', 'rtmp2sink', `location=${base}/${STREAM_KEY}`],
    ];
    return Promise.resolve(run('gst-launch-1.0', pipeline));
  });
});
