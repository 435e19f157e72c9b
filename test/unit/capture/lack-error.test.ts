import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lackError } from '../../../src-main/core/capture/lack-error.ts';

const LABEL = 'It';

for (const [lack, kind, platform, cure] of [
  ['capture/black-frames', 'screen', 'linux', /Wayland .*Xorg session.* Wake and unlock/],
  ['capture/black-frames', 'screen', 'darwin', /Privacy & Security, Screen & System Audio Recording/],
  ['capture/black-frames', 'window', 'win32', /Protected films .* Bring the window to the front/],
  ['capture/no-frames', 'window', 'linux', /no picture .* Bring the window to the front/],
  ['capture/no-frames', 'camera', 'darwin', /Unplug it .* Privacy & Security, Camera/],
  ['capture/no-frames', 'camera', 'win32', /Unplug it .* let desktop apps use it/],
  ['capture/no-frames', 'camera', 'linux', /Unplug it .* or choose another\.$/],
  ['capture/no-sound', 'microphone', 'darwin', /Switch it on, .* Privacy & Security, Microphone/],
  ['capture/no-sound', 'system-audio', 'linux', /output that the computer really plays on/],
  ['capture/no-frames', 'url', 'linux', /check that the stream is running/],
  ['capture/no-sound', 'file', 'linux', /choose another file/],
  ['capture/no-frames', 'file', 'linux', /plays in another program/],
] as const) {
  test(`${lack} of a ${kind} names it and tells the cure on ${platform}`, () => {
    const { code, message } = lackError(lack, { kind, label: LABEL }, platform);

    assert.equal(code, lack);
    assert.match(message, /^“It” (?:has given no (?:picture|sound) for two seconds|gives only black)\. [A-Z]/);
    assert.match(message, cure);
  });
}
