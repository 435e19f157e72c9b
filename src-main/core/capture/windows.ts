import { assertNever } from '../../base/assert.ts';
import type { FfmpegOption } from '../ports/ffmpeg-options.ts';
import type { Canvas, CaptureCommand } from '../ports/mixer.ts';
import {
  assembleCapture,
  firstOf,
  QUEUED_FRAMES,
  QUEUED_SOUND,
  rateOf,
  rateText,
  thinOut,
} from './assemble-capture.ts';
import { cameraModes } from './camera-mode.ts';
import type { CaptureContext, DeviceSpec, SpecOf } from './capture-context.ts';
import { missingDeviceError, noLoopbackError } from './capture-errors.ts';
import type { Area, CameraMode } from './device-facts.ts';
import { knownDevice } from './known-device.ts';
import { fitToCanvas } from './picture-filters.ts';

const OTHER_BUILD = 'Name another ffmpeg in the settings; the common builds for Windows have it.';

/** What DirectShow holds for us before it throws frames away; its own 3 MB are one and a half raw 1080p frames. */
const BUFFERED_FRAMES = 8;
/** Milliseconds of sound that DirectShow collects; its own choice is half a second. */
const SOUND_BUFFER_MS = 50;

export function windowsCommand(spec: DeviceSpec, context: CaptureContext): CaptureCommand {
  const { devices } = context;
  switch (spec.kind) {
    case 'screen':
      return screen(spec, context);
    case 'window':
      return gdigrab('window', spec.cursor, [], knownDevice('window', spec.device, devices).input, context);
    case 'camera':
      return camera(spec, context);
    case 'microphone':
      return sound('microphone', knownDevice('microphone', spec.device, devices).input, context);
    case 'system-audio':
      if (devices.systemAudio.length === 0) {
        throw noLoopbackError(context.platform);
      }
      return sound('system-audio', knownDevice('system-audio', spec.device, devices).input, context);
    default:
      return assertNever(spec, 'kind of device');
  }
}

function screen(spec: SpecOf<'screen'>, context: CaptureContext): CaptureCommand {
  const { binary, devices, plainGrab } = context;
  const { device, region } = spec;
  const known = device === undefined ? undefined : knownDevice('screen', device, devices);
  // Its outputs are numbered by graphics card, which nothing we can ask tells of screens by name: with one screen there is no doubt.
  if (binary.filters.has('ddagrab') && devices.screens.length === 1 && plainGrab !== true) {
    // Another graphics card than the one the screen is on gives it nothing.
    return firstOf(ddagrab(spec, context), [screen(spec, { ...context, plainGrab: true })]);
  }
  const origin = known?.area ?? { x: 0, y: 0 };
  const area: Area | undefined =
    region === undefined
      ? known?.area
      : { x: origin.x + region.x, y: origin.y + region.y, width: region.width, height: region.height };
  return gdigrab('screen', spec.cursor, area === undefined ? [] : areaOptions(area), 'desktop', context);
}

function areaOptions(area: Area): readonly FfmpegOption[] {
  return [
    ['-offset_x', area.x],
    ['-offset_y', area.y],
    ['-video_size', `${area.width}x${area.height}`],
  ];
}

/** Desktop Duplication: the graphics card hands over what changed, a tenth of the cost of GDI, and it sees accelerated windows. */
function ddagrab({ cursor, region }: SpecOf<'screen'>, context: CaptureContext): CaptureCommand {
  const { canvas } = context;
  const source = [
    'ddagrab=output_idx=0',
    `draw_mouse=${cursor ? 1 : 0}`,
    `framerate=${rateText(canvas)}`,
    ...(region === undefined
      ? []
      : [`video_size=${region.width}x${region.height}`, `offset_x=${region.x}`, `offset_y=${region.y}`]),
  ].join(':');
  return assembleCapture(context, {
    input: [QUEUED_FRAMES, ['-f', 'lavfi'], ['-i', `${source},hwdownload,format=bgra`]],
    picture: { stream: '0:v:0', filters: fitToCanvas(canvas, { colours: 'rgb', sharpness: 'text' }) },
  });
}

function gdigrab(
  kind: 'screen' | 'window',
  cursor: boolean,
  area: readonly FfmpegOption[],
  input: string,
  context: CaptureContext,
): CaptureCommand {
  const { binary, canvas } = context;
  if (!binary.devices.has('gdigrab')) {
    throw missingDeviceError(kind, 'gdigrab', OTHER_BUILD);
  }
  return assembleCapture(context, {
    input: [
      QUEUED_FRAMES,
      ['-f', 'gdigrab'],
      ['-draw_mouse', cursor ? 1 : 0],
      ['-framerate', rateText(canvas)],
      ...area,
      ['-i', input],
    ],
    picture: { stream: '0:v:0', filters: fitToCanvas(canvas, { colours: 'rgb', sharpness: 'text' }) },
  });
}

function camera(spec: SpecOf<'camera'>, context: CaptureContext): CaptureCommand {
  requireDshow('camera', context);
  const { input, modes } = knownDevice('camera', spec.device, context.devices);
  const [best, ...others] = cameraModes(modes, context.canvas);
  const ask = (mode: CameraMode | undefined): CaptureCommand => cameraIn(mode, input, context);
  return firstOf(ask(best), others.map(ask));
}

function cameraIn(mode: CameraMode | undefined, input: string, context: CaptureContext): CaptureCommand {
  const { canvas } = context;
  return assembleCapture(context, {
    input: [
      QUEUED_FRAMES,
      ['-f', 'dshow'],
      ['-rtbufsize', bufferBytes(mode ?? canvas)],
      ...(mode === undefined ? [] : modeOptions(mode, canvas)),
      // Frame by frame: with more threads each would hold a frame back.
      ['-threads', 1],
      ['-i', `video=${input}`],
    ],
    picture: {
      stream: '0:v:0',
      filters: [
        ...thinOut(mode?.frameRate, canvas),
        ...fitToCanvas(canvas, { colours: 'bt601', sharpness: 'motion' }),
      ],
    },
  });
}

function modeOptions(mode: CameraMode, canvas: Canvas): readonly FfmpegOption[] {
  return [
    mode.isCompressed ? ['-vcodec', mode.format] : ['-pixel_format', mode.format],
    ['-video_size', `${mode.width}x${mode.height}`],
    // It refuses what is above the mode's own rate.
    [
      '-framerate',
      mode.frameRate !== undefined && mode.frameRate < rateOf(canvas) ? mode.frameRate : rateText(canvas),
    ],
  ];
}

/** Of raw YUY2; compressed frames are smaller. */
function bufferBytes({ width, height }: { readonly width: number; readonly height: number }): number {
  return width * height * 2 * BUFFERED_FRAMES;
}

function sound(kind: 'microphone' | 'system-audio', input: string, context: CaptureContext): CaptureCommand {
  requireDshow(kind, context);
  return assembleCapture(context, {
    input: [QUEUED_SOUND, ['-f', 'dshow'], ['-audio_buffer_size', SOUND_BUFFER_MS], ['-i', `audio=${input}`]],
    sound: { stream: '0:a:0' },
  });
}

function requireDshow(kind: DeviceSpec['kind'], { binary }: CaptureContext): void {
  if (!binary.devices.has('dshow')) {
    throw missingDeviceError(kind, 'dshow', OTHER_BUILD);
  }
}
