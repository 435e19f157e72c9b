import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { FfmpegTools, RunToEnd } from '../../../src-main/core/ports/process.ts';
import { type FindFfmpegOptions, findFfmpeg } from '../../../src-main/core/process/find-ffmpeg.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';

/** What a stand-in for ffmpeg can do. Its file holds this as JSON; nothing is run. */
type Build = {
  readonly encoders?: readonly string[];
  readonly muxers?: readonly string[];
  readonly devices?: readonly string[];
  readonly version?: string;
  /** It does not run: fails with these words. */
  readonly broken?: string;
};

const FULL: Build = { devices: ['x11grab', 'pulse', 'alsa'] };
const STATIC: Build = { devices: ['x11grab', 'alsa'], version: '7.0.2-static' };
const NO_FLV: Build = { muxers: ['mp4'] };

let root = '';
let runs: string[] = [];
const builds = new Map<string, Build>();

const run: RunToEnd = (spec) => {
  const option = spec.args.at(-1) ?? '';
  runs.push(`${spec.executable} ${option}`);
  const program = spec.executable.endsWith('ffprobe') ? 'ffprobe' : 'ffmpeg';
  const build = builds.get(spec.executable) ?? {};
  if (build.broken !== undefined) {
    return Promise.reject(new AppError('process/exited', build.broken));
  }
  const { encoders = ['libx264', 'aac'], muxers = ['mp4', 'flv'], devices = [], version = '5.1' } = build;
  const listings: Readonly<Record<string, string>> = {
    '-version': `${program} version ${version} Copyright\n`,
    '-encoders': encoders.map((name) => ` V....D ${name}   x`).join('\n'),
    '-decoders': ' V....D h264    x',
    '-filters': ' ... scale    V->V   x',
    '-devices': devices.map((name) => ` D  ${name}   x`).join('\n'),
    '-muxers': muxers.map((name) => `  E ${name}   x`).join('\n'),
    '-protocols': 'Input:\n  file\nOutput:\n  rtmp\n',
  };
  return Promise.resolve({ stdout: Buffer.from(listings[option] ?? ''), lastLines: [] });
};

async function program(path: string, build: Build = {}): Promise<string> {
  const full = join(root, path);
  await mkdir(join(full, '..'), { recursive: true });
  await writeFile(full, JSON.stringify(build) + path);
  await chmod(full, 0o755);
  builds.set(full, build);
  return full;
}

/** Only folders of this test are on PATH, and macOS has none of the usual ones here, so that the machine's own ffmpeg stays out of it. */
function find(over: Partial<FindFfmpegOptions> = {}): Promise<FfmpegTools> {
  return findFfmpeg({
    run,
    logger: silentLogger,
    platform: 'freebsd',
    environment: { PATH: [join(root, 'a'), join(root, 'b')].join(':') },
    settings: { ffmpegPath: '', ffprobePath: '' },
    resourcesFolder: undefined,
    cacheFolder: join(root, 'cache'),
    bundledPath: () => Promise.resolve(undefined),
    ...over,
  });
}

function refusal(code: string, ...words: readonly RegExp[]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, code);
    for (const word of words) {
      assert.match(error.message, word);
    }
    return true;
  };
}

describe('finding ffmpeg', () => {
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'lectern-'));
  });
  after(() => rm(root, { recursive: true }));
  beforeEach(async () => {
    await rm(root, { recursive: true });
    await mkdir(root);
    builds.clear();
    runs = [];
  });

  test('fails with how to install it where there is none', async () => {
    const cures: readonly (readonly [NodeJS.Platform, RegExp])[] = [
      ['freebsd', /ffmpeg\.org/],
      ['darwin', /brew install ffmpeg/],
      ['win32', /winget install/],
    ];
    for (const [platform, cure] of cures) {
      await assert.rejects(find({ platform, environment: {} }), refusal('process/not-found', cure));
    }
  });

  test('fails with what is wrong with each one when none is fit', async () => {
    const broken = await program('a/ffmpeg', { broken: 'libavcodec.so.59 is missing.' });
    const poor = await program('b/ffmpeg', { encoders: ['libx265'], muxers: ['mp4'] });

    await assert.rejects(
      find(),
      refusal(
        'process/unusable',
        new RegExp(`${broken}: libavcodec.so.59 is missing`),
        new RegExp(`${poor}: it cannot do H.264 and AAC and flv`),
      ),
    );
  });

  test('tells that a path from the settings leads nowhere when there is nothing else either', async () => {
    const ffmpegPath = join(root, 'gone');

    await assert.rejects(
      find({ settings: { ffmpegPath, ffprobePath: '' } }),
      refusal('process/unusable', /gone: there is no program there/),
    );
  });

  test('goes on after a named one that is not fit', async () => {
    const named = await program('named/ffmpeg', NO_FLV);
    const other = await program('b/ffmpeg');

    const tools = await find({ settings: { ffmpegPath: named, ffprobePath: '' } });

    assert.deepEqual([tools.ffmpeg.path, tools.ffmpeg.origin], [other, 'path']);
  });

  test('takes the first that is fit: setting, environment, bundled, PATH', async () => {
    const onPath = await program('a/ffmpeg');
    const inPackage = await program('package/ffmpeg');
    const inResources = await program('resources/ffmpeg/ffmpeg');
    const inEnvironment = await program('env/ffmpeg');
    const inSettings = await program('mine/ffmpeg');
    const PATH = join(root, 'a');
    const bundledPath = (): Promise<string> => Promise.resolve(inPackage);

    const found = [
      await find({ environment: { PATH } }),
      await find({ environment: { PATH }, bundledPath }),
      await find({ environment: { PATH }, bundledPath, resourcesFolder: join(root, 'resources') }),
      await find({ environment: { PATH, FFMPEG_PATH: inEnvironment }, bundledPath }),
      await find({
        environment: { PATH, FFMPEG_PATH: inEnvironment },
        settings: { ffmpegPath: inSettings, ffprobePath: '' },
      }),
    ];

    assert.deepEqual(
      found.map(({ ffmpeg }) => ffmpeg.path),
      [onPath, inPackage, inResources, inEnvironment, inSettings],
    );
  });

  test('takes the program in a folder that was named', async () => {
    const path = await program('mine/ffmpeg');

    const tools = await find({ settings: { ffmpegPath: join(root, 'mine'), ffprobePath: '' } });

    assert.equal(tools.ffmpeg.path, path);
  });

  test('passes over files that cannot be run, and looks at a link and its target once', async () => {
    const path = await program('b/ffmpeg', NO_FLV);
    await mkdir(join(root, 'a'));
    await writeFile(join(root, 'a/ffmpeg'), '', { mode: 0o644 });
    await mkdir(join(root, 'c'));
    await symlink(path, join(root, 'c/ffmpeg'));
    builds.set(join(root, 'c/ffmpeg'), NO_FLV);

    await assert.rejects(
      find({ environment: { PATH: ['a', 'b', 'c'].map((name) => join(root, name)).join(':') } }),
      refusal('process/unusable'),
    );

    assert.equal(runs.filter((line) => line.endsWith('-version')).length, 1);
  });

  test('captures with the system’s build when the one that encodes lacks the sound server', async () => {
    const bundled = await program('package/ffmpeg', STATIC);
    const system = await program('a/ffmpeg', FULL);

    const tools = await find({ platform: 'linux', bundledPath: () => Promise.resolve(bundled) });

    assert.deepEqual([tools.ffmpeg.path, tools.capture.path], [bundled, system]);
    assert.equal(tools.ffmpeg.major, 7);
  });

  test('captures with a build that cannot encode when that one has the devices', async () => {
    await program('a/ffmpeg', STATIC);
    const odd = await program('b/ffmpeg', { ...FULL, ...NO_FLV });

    const tools = await find({ platform: 'linux' });

    assert.equal(tools.capture.path, odd);
  });

  test('captures with the one that encodes when it has all devices, and looks no further', async () => {
    const first = await program('a/ffmpeg', FULL);
    const second = await program('b/ffmpeg', FULL);

    const tools = await find({ platform: 'linux' });

    assert.equal(tools.capture, tools.ffmpeg);
    assert.ok(runs.some((line) => line.startsWith(first)) && !runs.some((line) => line.startsWith(second)));
  });

  test('takes ffprobe from the settings, else from beside ffmpeg, else from PATH, else does without', async () => {
    const mine = await program('mine/ffprobe');
    await program('a/ffprobe');
    await program('b/ffmpeg');
    const beside = await program('b/ffprobe');
    const ffprobePath = join(root, 'mine', 'ffprobe');

    const named = await find({ settings: { ffmpegPath: '', ffprobePath } });
    const found = await find();
    await rm(beside);
    const onPath = await find();
    await rm(join(root, 'a/ffprobe'));
    const without = await find();

    assert.deepEqual(
      [named.ffprobe, found.ffprobe, onPath.ffprobe, without.ffprobe],
      [mine, beside, join(root, 'a/ffprobe'), undefined],
    );
  });

  test('does not take an ffprobe that is none', async () => {
    await program('a/ffmpeg');
    await program('a/ffprobe', { broken: 'not a program' });

    assert.equal((await find()).ffprobe, undefined);
  });

  test('asks a known build only for its version', async () => {
    const path = await program('a/ffmpeg');
    const first = await find();
    assert.equal(runs.filter((line) => line.startsWith(path)).length, 7);
    runs = [];

    const second = await find();

    assert.deepEqual(runs, [`${path} -version`]);
    assert.deepEqual(second, first);
  });

  test('looks anew at a build whose libraries were changed', async () => {
    const path = await program('a/ffmpeg');
    await find();

    builds.set(path, { version: '5.1', encoders: ['libx264', 'aac', 'h264_vaapi'], muxers: ['mp4', 'flv'] });
    const unchanged = await find();
    builds.set(path, { version: '5.2', encoders: ['libx264', 'aac', 'h264_vaapi'], muxers: ['mp4', 'flv'] });
    const changed = await find();

    assert.equal(unchanged.ffmpeg.encoders.has('h264_vaapi'), false);
    assert.equal(changed.ffmpeg.encoders.has('h264_vaapi'), true);
  });
});
