import { assertNever } from '../../base/assert.ts';
import type { FfmpegOption } from '../ports/ffmpeg-options.ts';
import { type CaptureCommand, MIXER_CHANNELS, MIXER_SAMPLE_RATE } from '../ports/mixer.ts';
import { assembleCapture, firstOf, QUEUED_FRAMES, QUEUED_SOUND, rateText, thinOut } from './assemble-capture.ts';
import { cameraModes } from './camera-mode.ts';
import type { CaptureContext, DeviceSpec, SpecOf } from './capture-context.ts';
import { deviceNotFoundError, missingDeviceError, noDisplayError, waylandError } from './capture-errors.ts';
import type { Area, CameraMode } from './device-facts.ts';
import { fitToCanvas } from './picture-filters.ts';

/** 10 ms of s16le stereo at 48 kHz: with PulseAudio's own choice sound is up to two seconds late. */
const PULSE_FRAGMENT_BYTES = 1920;
const PULSE_DEFAULT_MONITOR = '@DEFAULT_MONITOR@';
/** Marks ids of ALSA devices; the others are PulseAudio's. */
export const ALSA_PREFIX = 'alsa:';

const OTHER_BUILD = 'Install the ffmpeg of your distribution, or name another one in the settings.';

export function linuxCommand(spec: DeviceSpec, context: CaptureContext): CaptureCommand {
  switch (spec.kind) {
    case 'screen':
      return screen(spec, context);
    case 'window':
      return window(spec, context);
    case 'camera':
      return camera(spec, context);
    case 'microphone':
      return sound(spec.kind, spec.device, context);
    case 'system-audio':
      return sound(spec.kind, spec.device ?? PULSE_DEFAULT_MONITOR, context);
    default:
      return assertNever(spec, 'kind of device');
  }
}

/** In a Wayland session DISPLAY leads to Xwayland, which has the windows of X programs and otherwise black. */
export function isWaylandSession({ environment }: Pick<CaptureContext, 'environment'>): boolean {
  const type = environment['XDG_SESSION_TYPE'];
  return type === 'wayland' || (type !== 'x11' && (environment['WAYLAND_DISPLAY'] ?? '') !== '');
}

function screen(spec: SpecOf<'screen'>, context: CaptureContext): CaptureCommand {
  const area = screenArea(spec, context);
  return grab('screen', spec.cursor, context, [
    ...(area === undefined
      ? []
      : ([
          ['-grab_x', area.x],
          ['-grab_y', area.y],
          ['-video_size', `${area.width}x${area.height}`],
        ] satisfies FfmpegOption[])),
  ]);
}

/** Where on the desktop; undefined is all of it. Throws `capture/device-not-found`. */
function screenArea(spec: SpecOf<'screen'>, { devices }: CaptureContext): Area | undefined {
  const { device, region } = spec;
  const known = devices.screens.find(({ id }) => id === device);
  if (device !== undefined && known?.area === undefined) {
    throw deviceNotFoundError('screen', device);
  }
  if (region === undefined) {
    return known?.area;
  }
  const { x, y } = known?.area ?? { x: 0, y: 0 };
  return { x: x + region.x, y: y + region.y, width: region.width, height: region.height };
}

function window(spec: SpecOf<'window'>, context: CaptureContext): CaptureCommand {
  if (!/^0x[\da-f]{1,8}$/.test(spec.device)) {
    throw deviceNotFoundError('window', spec.device);
  }
  return grab('window', spec.cursor, context, [['-window_id', spec.device]]);
}

function grab(
  kind: 'screen' | 'window',
  cursor: boolean,
  context: CaptureContext,
  what: readonly FfmpegOption[],
): CaptureCommand {
  const { binary, canvas, environment } = context;
  if (isWaylandSession(context)) {
    throw waylandError(kind);
  }
  const display = environment['DISPLAY'] ?? '';
  if (display === '') {
    throw noDisplayError(kind, 'DISPLAY is not set');
  }
  if (!binary.devices.has('x11grab')) {
    throw missingDeviceError(kind, 'x11grab', OTHER_BUILD);
  }
  return assembleCapture(context, {
    input: [
      QUEUED_FRAMES,
      ['-f', 'x11grab'],
      ['-draw_mouse', cursor ? 1 : 0],
      ['-framerate', rateText(canvas)],
      ...what,
      ['-i', display],
    ],
    picture: { stream: '0:v:0', filters: fitToCanvas(canvas, { colours: 'rgb', sharpness: 'text' }) },
  });
}

function camera(spec: SpecOf<'camera'>, context: CaptureContext): CaptureCommand {
  const { binary, devices } = context;
  if (!['v4l2', 'video4linux2'].some((name) => binary.devices.has(name))) {
    throw missingDeviceError('camera', 'v4l2', OTHER_BUILD);
  }
  const known = devices.cameras.find(({ id }) => id === spec.device);
  const input = known?.input ?? spec.device;
  // Anything else would be opened as a file of that name.
  if (!input.startsWith('/dev/')) {
    throw deviceNotFoundError('camera', spec.device);
  }
  const [best, ...others] = cameraModes(known?.modes ?? [], context.canvas);
  const ask = (mode: CameraMode | undefined): CaptureCommand => cameraIn(mode, input, context);
  return firstOf(ask(best), others.map(ask));
}

function cameraIn(mode: CameraMode | undefined, input: string, context: CaptureContext): CaptureCommand {
  const { canvas } = context;
  return assembleCapture(context, {
    input: [
      QUEUED_FRAMES,
      ['-f', 'v4l2'],
      ...(mode === undefined
        ? []
        : ([
            ['-input_format', mode.format],
            ['-video_size', `${mode.width}x${mode.height}`],
          ] satisfies FfmpegOption[])),
      // A wish: the driver takes the nearest rate that it has.
      ['-framerate', rateText(canvas)],
      // Frame by frame: with more threads each would hold a frame back.
      ['-threads', 1],
      ['-i', input],
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

function sound(kind: 'microphone' | 'system-audio', device: string, context: CaptureContext): CaptureCommand {
  const { binary } = context;
  // Without PulseAudio in ffmpeg its default is still what ALSA calls so.
  const isAlsa = device.startsWith(ALSA_PREFIX) || (device === 'default' && !binary.devices.has('pulse'));
  const format = isAlsa ? 'alsa' : 'pulse';
  if (!binary.devices.has(format)) {
    throw missingDeviceError(kind, format, OTHER_BUILD);
  }
  return assembleCapture(context, {
    input: [
      QUEUED_SOUND,
      ['-f', format],
      ...(isAlsa ? [] : PULSE_OPTIONS),
      ['-sample_rate', MIXER_SAMPLE_RATE],
      ['-channels', MIXER_CHANNELS],
      ['-i', device.replace(ALSA_PREFIX, '')],
    ],
    sound: { stream: '0:a:0' },
  });
}

const PULSE_OPTIONS: readonly FfmpegOption[] = [
  // What volume controls show.
  ['-name', 'Lectern'],
  ['-fragment_size', PULSE_FRAGMENT_BYTES],
];
