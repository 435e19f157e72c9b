import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toDevices, withDistinctLabels } from '../../../src-main/core/capture/device-facts.ts';
import { describeSource } from '../../../src-main/core/capture/source-labels.ts';
import type { SourceSpec } from '../../../src-main/shared/api/studio.ts';
import { CLIP, LINUX_DEVICES } from './contexts.ts';

function described(spec: SourceSpec, media?: typeof CLIP): string {
  const { label, hasVideo, hasAudio, nativeSize } = describeSource(spec, LINUX_DEVICES, media);
  const gives = [hasVideo ? 'picture' : '', hasAudio ? 'sound' : ''].filter(Boolean).join(' and ');
  return `${label}: ${gives}${nativeSize === undefined ? '' : ` ${nativeSize.width}x${nativeSize.height}`}`;
}

test('sources are called what people call them, and say what they give', () => {
  const region = { x: 0, y: 0, width: 800, height: 600 };
  assert.deepEqual(
    [
      described({ id: 't', kind: 'test' }),
      described({ id: 's', kind: 'screen', cursor: true }),
      described({ id: 's', kind: 'screen', cursor: true, device: 'HDMI-1' }),
      described({ id: 's', kind: 'screen', cursor: true, device: 'HDMI-1', region }),
      described({ id: 'w', kind: 'window', cursor: true, device: '0x3a00007' }),
      described({ id: 'c', kind: 'camera', device: '/dev/v4l/by-id/usb-046d_C920-video-index0' }),
      described({ id: 'm', kind: 'microphone', device: 'usb-mic' }),
      described({ id: 'm', kind: 'microphone', device: 'unplugged' }),
      described({ id: 'a', kind: 'system-audio' }),
      described({ id: 'a', kind: 'system-audio', device: 'speakers.monitor' }),
      described({ id: 'f', kind: 'file', path: '/home/anna/intro.mp4', loop: true }, CLIP),
      described({ id: 'u', kind: 'url', url: 'rtmp://host.example:1935/live/secret-key' }),
    ],
    [
      'Test picture: picture and sound',
      'Whole desktop: picture 4480x1440',
      'HDMI-1 (2560 × 1440): picture 2560x1440',
      'HDMI-1 (2560 × 1440), 800 × 600 of it: picture 800x600',
      'Slides: picture 1600x900',
      'HD Pro Webcam C920: picture 1280x720',
      'Headset: sound',
      'unplugged: sound',
      'Computer sound: sound',
      'Computer sound (Speakers): sound',
      'intro.mp4: picture and sound 1920x1080',
      'rtmp://host.example:1935: picture and sound',
    ],
  );
});

test('a file with only sound says so', () => {
  const audioOnly = { ...CLIP, streams: CLIP.streams.slice(0, 1) };

  assert.equal(
    described({ id: 'f', kind: 'file', path: 'C:/song.mp3', loop: true }, audioOnly),
    'song.mp3: sound',
  );
});

test('the page’s list has every device with its size and default', () => {
  assert.deepEqual(
    toDevices(LINUX_DEVICES).map(({ kind, label, isDefault, width }) => [kind, label, isDefault, width]),
    [
      ['screen', 'eDP-1 (1920 × 1080)', true, 1920],
      ['screen', 'HDMI-1 (2560 × 1440)', false, 2560],
      ['window', 'Slides', false, 1600],
      ['camera', 'HD Pro Webcam C920', true, 1280],
      ['microphone', 'Headset', true, undefined],
      ['system-audio', 'Speakers', true, undefined],
    ],
  );
});

test('three of a name are numbered, and a name that has a number already is not taken twice', () => {
  const labels = ['Camera', 'Camera', 'Camera (2)', 'Camera'].map((label) => ({ label }));

  assert.deepEqual(
    withDistinctLabels(labels).map(({ label }) => label),
    ['Camera', 'Camera (2)', 'Camera (2) (2)', 'Camera (3)'],
  );
});
