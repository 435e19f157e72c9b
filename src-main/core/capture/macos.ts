import { assertNever } from '../../base/assert.ts';
import type { CaptureCommand } from '../ports/mixer.ts';
import { assembleCapture, firstOf, QUEUED_FRAMES, QUEUED_SOUND, rateText, thinOut } from './assemble-capture.ts';
import type { CaptureContext, DeviceSpec, SpecOf } from './capture-context.ts';
import { captureError, missingDeviceError, noLoopbackError } from './capture-errors.ts';
import { knownDevice } from './known-device.ts';
import { fitToCanvas } from './picture-filters.ts';

const OTHER_BUILD = 'Name another ffmpeg in the settings, for example Homebrew’s.';

/** Rates of the cameras of a Mac, the commonest first; avfoundation refuses any that the camera does not name exactly. */
const CAMERA_RATES = [30, 25, 60, 15] as const;

export function macosCommand(spec: DeviceSpec, context: CaptureContext): CaptureCommand {
  if (!context.binary.devices.has('avfoundation')) {
    throw missingDeviceError(spec.kind, 'avfoundation', OTHER_BUILD);
  }
  switch (spec.kind) {
    case 'screen':
      return screen(spec, context);
    case 'window':
      throw captureError(
        'capture/unsupported',
        'A single window cannot be captured on macOS. Capture the screen, and choose the region where the window is.',
        { kind: 'window' },
      );
    case 'camera':
      return camera(spec, context);
    case 'microphone':
      return sound(knownDevice('microphone', spec.device, context.devices).input, context);
    case 'system-audio':
      return systemAudio(spec, context);
    default:
      return assertNever(spec, 'kind of device');
  }
}

function screen(spec: SpecOf<'screen'>, context: CaptureContext): CaptureCommand {
  const { canvas, devices } = context;
  const { region } = spec;
  return assembleCapture(context, {
    input: [
      QUEUED_FRAMES,
      ['-f', 'avfoundation'],
      ['-capture_cursor', spec.cursor ? 1 : 0],
      ['-framerate', rateText(canvas)],
      // Half the bytes of its default; where it is not to be had ffmpeg takes another by itself.
      ['-pixel_format', 'nv12'],
      ['-i', `${knownDevice('screen', spec.device, devices).input}:none`],
    ],
    picture: {
      stream: '0:v:0',
      filters: [
        ...(region === undefined ? [] : [`crop=${region.width}:${region.height}:${region.x}:${region.y}`]),
        ...fitToCanvas(canvas, { colours: 'bt709', sharpness: 'text' }),
      ],
    },
  });
}

function camera(spec: SpecOf<'camera'>, context: CaptureContext): CaptureCommand {
  const { input } = knownDevice('camera', spec.device, context.devices);
  const [first, ...others] = CAMERA_RATES;
  const ask = (rate: number): CaptureCommand => cameraAt(rate, input, context);
  return firstOf(ask(first), others.map(ask));
}

function cameraAt(rate: number, input: string, context: CaptureContext): CaptureCommand {
  const { canvas } = context;
  return assembleCapture(context, {
    input: [
      QUEUED_FRAMES,
      ['-f', 'avfoundation'],
      ['-framerate', rate],
      // Where it is not to be had ffmpeg takes another by itself.
      ['-pixel_format', 'nv12'],
      ['-i', `${input}:none`],
    ],
    picture: {
      stream: '0:v:0',
      filters: [...thinOut(rate, canvas), ...fitToCanvas(canvas, { colours: 'bt709', sharpness: 'motion' })],
    },
  });
}

function systemAudio(spec: SpecOf<'system-audio'>, context: CaptureContext): CaptureCommand {
  if (context.devices.systemAudio.length === 0) {
    throw noLoopbackError(context.platform);
  }
  return sound(knownDevice('system-audio', spec.device, context.devices).input, context);
}

function sound(input: string, context: CaptureContext): CaptureCommand {
  return assembleCapture(context, {
    input: [QUEUED_SOUND, ['-f', 'avfoundation'], ['-i', `:${input}`]],
    sound: { stream: '0:a:0' },
  });
}
