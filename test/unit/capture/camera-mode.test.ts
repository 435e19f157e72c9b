import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cameraModes, chooseCameraMode } from '../../../src-main/core/capture/camera-mode.ts';
import type { CameraMode } from '../../../src-main/core/capture/device-facts.ts';
import { CANVAS_720 } from './contexts.ts';

function mode(text: string): CameraMode {
  const [format = '', size = '', rate] = text.split(' ');
  const [width = 0, height = 0] = size.split('x').map(Number);
  return {
    format,
    width,
    height,
    isCompressed: format === 'mjpeg',
    frameRate: rate === undefined ? undefined : Number(rate),
  };
}

function choose(modes: readonly string[], canvas = CANVAS_720): string | undefined {
  const chosen = chooseCameraMode(modes.map(mode), canvas);
  return chosen === undefined ? undefined : `${chosen.format} ${chosen.width}x${chosen.height}`;
}

test('the smallest mode that fills the canvas is taken', () => {
  assert.equal(choose(['mjpeg 640x480 30', 'mjpeg 1280x720 30', 'mjpeg 1920x1080 30']), 'mjpeg 1280x720');
});

test('without one that fills it the largest is taken', () => {
  assert.equal(choose(['yuyv422 320x240 30', 'yuyv422 640x480 30']), 'yuyv422 640x480');
});

test('fast enough comes before large enough', () => {
  assert.equal(choose(['yuyv422 1280x720 10', 'yuyv422 640x480 30']), 'yuyv422 640x480');
});

test('of the same size the raw one is taken when it is fast enough, else the compressed one', () => {
  assert.equal(choose(['mjpeg 1280x720 30', 'yuyv422 1280x720 30']), 'yuyv422 1280x720');
  assert.equal(choose(['mjpeg 1280x720 30', 'yuyv422 1280x720 10']), 'mjpeg 1280x720');
});

test('where the rates are not told, raw is not trusted above what USB 2 carries', () => {
  assert.equal(choose(['yuyv422 1280x720', 'mjpeg 1280x720']), 'mjpeg 1280x720');
  assert.equal(choose(['yuyv422 640x480', 'mjpeg 640x480']), 'yuyv422 640x480');
});

test('when all are too slow the fastest is taken', () => {
  assert.equal(choose(['yuyv422 1280x720 5', 'yuyv422 640x480 15', 'yuyv422 1920x1080 2']), 'yuyv422 640x480');
});

test('a rate that is 30 but for rounding is 30', () => {
  assert.equal(choose(['mjpeg 1280x720 29.97', 'mjpeg 640x480 30']), 'mjpeg 1280x720');
});

test('a camera that tells nothing decides for itself', () => {
  assert.equal(choose([]), undefined);
});

function modesOf(modes: readonly string[]): readonly string[] {
  return cameraModes(modes.map(mode), CANVAS_720).map((way) =>
    way === undefined ? 'any' : `${way.format} ${way.width}x${way.height}`,
  );
}

test('behind the best mode come the best of another format, what every bus carries, and whatever the camera likes', () => {
  assert.deepEqual(
    modesOf([
      'mjpeg 1280x720 30',
      'mjpeg 640x480 30',
      'yuyv422 640x480 30',
      'yuyv422 1280x720 10',
      'h264 1920x1080 30',
    ]),
    ['mjpeg 1280x720', 'h264 1920x1080', 'yuyv422 640x480', 'any'],
  );
});

test('no mode is asked for twice', () => {
  assert.deepEqual(modesOf(['yuyv422 640x480 30']), ['yuyv422 640x480', 'any']);
  assert.deepEqual(modesOf([]), ['any']);
});
