import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { CapturedSpec } from '../../../src-main/core/capture/capture-context.ts';
import { noSoundServerError, waylandError } from '../../../src-main/core/capture/capture-errors.ts';
import { NO_DEVICES } from '../../../src-main/core/capture/device-facts.ts';
import { type ValidateSourceOptions, validateSource } from '../../../src-main/core/capture/validate-source.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { CLIP, LINUX_DEVICES, linux } from './contexts.ts';

const THIS_FILE = fileURLToPath(import.meta.url);

function options(over: Partial<ValidateSourceOptions> = {}): ValidateSourceOptions {
  return {
    platform: 'linux',
    binary: linux().binary,
    findDevices: () => Promise.resolve({ facts: LINUX_DEVICES, problems: [] }),
    probe: () => Promise.resolve(CLIP),
    ...over,
  };
}

async function refusal(spec: CapturedSpec, over: Partial<ValidateSourceOptions> = {}): Promise<AppError> {
  try {
    await validateSource(spec, options(over));
  } catch (error) {
    assert(error instanceof AppError);
    return error;
  }
  assert.fail('the source was accepted');
}

const SCREEN = { id: 's', kind: 'screen', cursor: true } as const;

test('a file that is there and has media is accepted with what is in it', async () => {
  const { media } = await validateSource({ id: 'f', kind: 'file', path: THIS_FILE, loop: true }, options());

  assert.equal(media, CLIP);
});

test('a file that is not there, or is a folder, is refused by its path and never looked into', async () => {
  const probe = () => assert.fail('it was looked into');
  const gone = await refusal({ id: 'f', kind: 'file', path: '/no/such/file.mp4', loop: true }, { probe });
  const folder = await refusal({ id: 'f', kind: 'file', path: '/', loop: true }, { probe });

  assert.deepEqual([gone.code, gone.details['field']], ['capture/file-unreadable', 'path']);
  assert.match(folder.message, /is no file/);
});

test('a file without picture and sound is refused', async () => {
  const probe = () => Promise.resolve({ ...CLIP, streams: [] });

  assert.equal(
    (await refusal({ id: 'f', kind: 'file', path: THIS_FILE, loop: true }, { probe })).code,
    'capture/file-unreadable',
  );
});

test('an address is checked before it is opened', async () => {
  const probe = () => assert.fail('it was opened');

  const error = await refusal({ id: 'u', kind: 'url', url: 'file:///etc/passwd' }, { probe });

  assert.deepEqual([error.code, error.details['field']], ['capture/unsupported', 'url']);
});

test('a device that is not connected is refused by name', async () => {
  const error = await refusal({ id: 'm', kind: 'microphone', device: 'gone' });

  assert.deepEqual(
    [error.code, error.details['field'], error.details['device']],
    ['capture/device-not-found', 'device', 'gone'],
  );
});

test('when nothing of its kind can be captured, the reason for that is told', async () => {
  const found = { facts: NO_DEVICES, problems: [waylandError('screen'), noSoundServerError('microphone')] };
  const findDevices = () => Promise.resolve(found);

  const codes = [
    (await refusal(SCREEN, { findDevices })).code,
    (await refusal({ id: 'w', kind: 'window', device: '0x1', cursor: true }, { findDevices })).code,
    (await refusal({ id: 'a', kind: 'system-audio' }, { findDevices })).code,
    (await refusal({ id: 'c', kind: 'camera', device: '/dev/video0' }, { findDevices })).code,
  ];

  assert.deepEqual(codes, [
    'capture/wayland',
    'capture/wayland',
    'capture/unsupported',
    'capture/device-not-found',
  ]);
});

test('a region inside the screen is accepted, one that leaves it is refused by field', async () => {
  const inside = { ...SCREEN, device: 'HDMI-1', region: { x: 1280, y: 720, width: 1280, height: 720 } };
  const outside = { ...SCREEN, device: 'eDP-1', region: { x: 1280, y: 0, width: 1280, height: 720 } };

  await validateSource(inside, options());
  const error = await refusal(outside);

  assert.deepEqual([error.code, error.details['field']], ['request/invalid', 'region']);
  assert.match(error.message, /reaches to 2560 × 720, but the screen has only 1920 × 1080/);
});

test('a region of the whole desktop may reach over several screens', async () => {
  await validateSource({ ...SCREEN, region: { x: 1900, y: 0, width: 1000, height: 600 } }, options());

  assert.equal(
    (await refusal({ ...SCREEN, region: { x: 4000, y: 0, width: 1000, height: 600 } })).code,
    'request/invalid',
  );
});

test('the default device of a kind is found by that name', async () => {
  await validateSource({ id: 'm', kind: 'microphone', device: 'default' }, options());
  await validateSource({ id: 'a', kind: 'system-audio' }, options());
});

test('a device of the last time may be away', async () => {
  const { devices } = await validateSource(
    { id: 'm', kind: 'microphone', device: 'gone' },
    options({ mayBeAway: true }),
  );

  assert.equal(devices, LINUX_DEVICES);
});
