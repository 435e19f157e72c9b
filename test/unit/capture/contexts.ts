import type { CaptureContext } from '../../../src-main/core/capture/capture-context.ts';
import { type DeviceFacts, NO_DEVICES } from '../../../src-main/core/capture/device-facts.ts';
import type { Canvas } from '../../../src-main/core/ports/mixer.ts';
import type { MediaProbe } from '../../../src-main/core/ports/process.ts';
import { paperBinary } from '../../support/ffmpeg-binary.ts';

export const CANVAS_720: Canvas = { width: 1280, height: 720, frameRate: { numerator: 30, denominator: 1 } };

const HD_MJPEG = { width: 1280, height: 720, format: 'mjpeg', isCompressed: true, frameRate: undefined };

export const LINUX_DEVICES: DeviceFacts = {
  screens: [
    {
      id: 'eDP-1',
      label: 'eDP-1 (1920 × 1080)',
      input: 'eDP-1',
      isDefault: true,
      area: { x: 0, y: 0, width: 1920, height: 1080 },
    },
    {
      id: 'HDMI-1',
      label: 'HDMI-1 (2560 × 1440)',
      input: 'HDMI-1',
      isDefault: false,
      area: { x: 1920, y: 0, width: 2560, height: 1440 },
    },
  ],
  windows: [{ id: '0x3a00007', label: 'Slides', input: '0x3a00007', size: { width: 1600, height: 900 } }],
  cameras: [
    {
      id: '/dev/v4l/by-id/usb-046d_C920-video-index0',
      label: 'HD Pro Webcam C920',
      input: '/dev/v4l/by-id/usb-046d_C920-video-index0',
      isDefault: true,
      modes: [HD_MJPEG, { ...HD_MJPEG, format: 'yuyv422', isCompressed: false }],
    },
  ],
  microphones: [{ id: 'usb-mic', label: 'Headset', input: 'usb-mic', isDefault: true }],
  systemAudio: [{ id: 'speakers.monitor', label: 'Speakers', input: 'speakers.monitor', isDefault: true }],
};

export const MACOS_DEVICES: DeviceFacts = {
  screens: [
    { id: 'Capture screen 0', label: 'Main screen', input: 'Capture screen 0', isDefault: true, area: undefined },
  ],
  windows: [],
  cameras: [
    {
      id: 'FaceTime HD Camera',
      label: 'FaceTime HD Camera',
      input: 'FaceTime HD Camera',
      isDefault: true,
      modes: [],
    },
  ],
  microphones: [{ id: 'USB Mic (2)', label: 'USB Mic (2)', input: '2', isDefault: false }],
  systemAudio: [{ id: 'BlackHole 2ch', label: 'BlackHole 2ch', input: 'BlackHole 2ch', isDefault: true }],
};

export const WINDOWS_DEVICES: DeviceFacts = {
  screens: [
    {
      id: '\\\\.\\DISPLAY1',
      label: 'Main screen (1920 × 1080)',
      input: 'desktop',
      isDefault: true,
      area: { x: 0, y: 0, width: 1920, height: 1080 },
    },
    {
      id: '\\\\.\\DISPLAY2',
      label: 'Screen 2 (1280 × 1024)',
      input: 'desktop',
      isDefault: false,
      area: { x: -1280, y: 0, width: 1280, height: 1024 },
    },
  ],
  windows: [{ id: '131456', label: 'Slides - PowerPoint', input: 'title=Slides - PowerPoint', size: undefined }],
  cameras: [
    {
      id: '@device_pnp_\\\\?\\usb#vid_046d',
      label: 'HD Pro Webcam C920',
      input: '@device_pnp_\\\\?\\usb#vid_046d',
      isDefault: true,
      modes: [
        { width: 1280, height: 720, format: 'yuyv422', isCompressed: false, frameRate: 10 },
        { width: 1280, height: 720, format: 'mjpeg', isCompressed: true, frameRate: 60 },
      ],
    },
  ],
  microphones: [{ id: '@device_cm_mic', label: 'Microphone', input: '@device_cm_mic', isDefault: true }],
  systemAudio: [{ id: '@device_cm_mix', label: 'Stereo Mix', input: '@device_cm_mix', isDefault: true }],
};

export const CLIP: MediaProbe = {
  format: 'mov,mp4,m4a,3gp,3g2,mj2',
  durationSeconds: 12,
  bitrate: 2_000_000,
  streams: [
    { kind: 'audio', index: 0, codec: 'aac', sampleRate: 44_100, channels: 2 },
    {
      kind: 'video',
      index: 1,
      codec: 'h264',
      width: 1920,
      height: 1080,
      frameRate: { numerator: 25, denominator: 1 },
      attachedPicture: false,
    },
  ],
};

export const LIVE_STREAM: MediaProbe = { ...CLIP, format: 'flv', durationSeconds: undefined };

const PROTOCOLS = new Set(['http', 'https', 'rtmp', 'rtmps', 'tcp', 'tls', 'srt', 'udp']);

export function linux(over: Partial<CaptureContext> = {}): CaptureContext {
  return {
    platform: 'linux',
    canvas: CANVAS_720,
    binary: paperBinary({ devices: new Set(['x11grab', 'v4l2', 'pulse', 'alsa']), inputProtocols: PROTOCOLS }),
    environment: { DISPLAY: ':0' },
    devices: LINUX_DEVICES,
    ...over,
  };
}

export function macos(over: Partial<CaptureContext> = {}): CaptureContext {
  return {
    platform: 'darwin',
    canvas: CANVAS_720,
    binary: paperBinary({ devices: new Set(['avfoundation']), inputProtocols: PROTOCOLS }),
    environment: {},
    devices: MACOS_DEVICES,
    ...over,
  };
}

export function windows(over: Partial<CaptureContext> = {}): CaptureContext {
  return {
    platform: 'win32',
    canvas: CANVAS_720,
    binary: paperBinary({
      devices: new Set(['dshow', 'gdigrab']),
      filters: new Set(['ddagrab']),
      inputProtocols: PROTOCOLS,
    }),
    environment: {},
    devices: WINDOWS_DEVICES,
    ...over,
  };
}

export const NOTHING_CONNECTED = NO_DEVICES;
