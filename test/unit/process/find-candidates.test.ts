import assert from 'node:assert/strict';
import { test } from 'node:test';
import { candidatesFor, type SearchPlaces } from '../../../src-main/core/process/find-candidates.ts';

const NOWHERE: SearchPlaces = {
  platform: 'linux',
  environment: {},
  setting: '',
  resourcesFolder: undefined,
  bundled: undefined,
};

function pathsFor(places: Partial<SearchPlaces>, program: 'ffmpeg' | 'ffprobe' = 'ffmpeg'): string[] {
  return candidatesFor(program, { ...NOWHERE, ...places }).map(({ path, origin }) => `${origin} ${path}`);
}

test('the order is setting, environment, bundled, PATH, and then where systems usually keep programs', () => {
  const paths = pathsFor({
    setting: '/mine/ffmpeg',
    environment: { FFMPEG_PATH: '/env/ffmpeg', PATH: '/a:/b' },
    resourcesFolder: '/app/resources',
    bundled: '/app/resources/app.asar/node_modules/ffmpeg-static/ffmpeg',
  });

  assert.deepEqual(paths, [
    'setting /mine/ffmpeg',
    'environment /env/ffmpeg',
    'bundled /app/resources/ffmpeg/ffmpeg',
    'bundled /app/resources/app.asar.unpacked/node_modules/ffmpeg-static/ffmpeg',
    'path /a/ffmpeg',
    'path /b/ffmpeg',
    'path /usr/local/bin/ffmpeg',
    'path /usr/bin/ffmpeg',
    'path /snap/bin/ffmpeg',
  ]);
});

test('ffprobe has a variable of its own', () => {
  const environment = { FFMPEG_PATH: '/env/ffmpeg', FFPROBE_PATH: '/env/ffprobe' };

  assert.equal(pathsFor({ environment }, 'ffprobe')[0], 'environment /env/ffprobe');
});

test('relative and empty folders on PATH are passed over', () => {
  assert.deepEqual(pathsFor({ environment: { PATH: ':.:bin:/a:' } }).slice(0, 2), [
    'path /a/ffmpeg',
    'path /usr/local/bin/ffmpeg',
  ]);
});

test('macOS apps find what Homebrew has installed, which is not on their PATH', () => {
  const paths = pathsFor({ platform: 'darwin', environment: { PATH: '/usr/bin' } });

  assert.ok(paths.includes('path /opt/homebrew/bin/ffmpeg'));
});

test('on Windows the program has the extensions of PATHEXT that need no shell', () => {
  const paths = pathsFor({
    platform: 'win32',
    environment: { PATH: 'C:\\Tools;"D:\\My Tools"', PATHEXT: '.COM;.EXE;.BAT;.CMD' },
    resourcesFolder: 'C:\\App\\resources',
  });

  assert.deepEqual(paths, [
    'bundled C:\\App\\resources\\ffmpeg\\ffmpeg.com',
    'bundled C:\\App\\resources\\ffmpeg\\ffmpeg.exe',
    'path C:\\Tools\\ffmpeg.com',
    'path C:\\Tools\\ffmpeg.exe',
    'path D:\\My Tools\\ffmpeg.com',
    'path D:\\My Tools\\ffmpeg.exe',
  ]);
});

test('on Windows a program in the asar archive is taken from beside it', () => {
  const [path] = pathsFor({
    platform: 'win32',
    bundled: 'C:\\App\\resources\\app.asar\\node_modules\\ffmpeg-static\\ffmpeg.exe',
  });

  assert.equal(path, 'bundled C:\\App\\resources\\app.asar.unpacked\\node_modules\\ffmpeg-static\\ffmpeg.exe');
});

test('only what somebody wrote down counts as named', () => {
  const candidates = candidatesFor('ffmpeg', {
    ...NOWHERE,
    setting: '/mine',
    environment: { FFMPEG_PATH: '/env', PATH: '/a' },
  });

  assert.deepEqual(
    candidates.filter(({ named }) => named).map(({ path }) => path),
    ['/mine', '/env'],
  );
});
