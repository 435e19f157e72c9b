import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ControlClient } from '../../../src-main/core/control/client/control-client.ts';
import { chooseSources, parseSource } from '../../../src-main/headless/live-sources.ts';
import type { Device } from '../../../src-main/shared/api/studio.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { createFakeServices } from '../../support/fake-services.ts';

const devices: readonly Device[] = [
  { kind: 'camera', id: '/dev/video0', label: 'Built-in Camera', isDefault: false },
  { kind: 'camera', id: '/dev/video2', label: 'Desk Camera', isDefault: true },
  { kind: 'microphone', id: 'mic-1', label: 'Headset', isDefault: false },
  { kind: 'screen', id: ':0.1', label: 'Right screen', isDefault: false },
];

function clientWith(value: readonly Device[]): ControlClient {
  const services = createFakeServices({ devices: value });
  const call = (name: string): Promise<unknown> => {
    assert.equal(name, 'getDevices');
    return services.devices.list();
  };
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the one call it makes
  return { call } as ControlClient;
}

const choose = (source: string, mic?: string, systemAudio = false) =>
  chooseSources(clientWith(devices), { source: parseSource(source)!, mic, systemAudio }, '/media');

for (const [text, wanted] of [
  ['test', { id: 'picture', kind: 'test' }],
  ['screen', { id: 'picture', kind: 'screen', cursor: true }],
  ['screen:right', { id: 'picture', kind: 'screen', cursor: true, device: ':0.1' }],
  ['camera', { id: 'picture', kind: 'camera', device: '/dev/video2' }],
  ['camera:/dev/video0', { id: 'picture', kind: 'camera', device: '/dev/video0' }],
  ['camera:built', { id: 'picture', kind: 'camera', device: '/dev/video0' }],
  ['file:talk one.mp4', { id: 'picture', kind: 'file', path: '/media/talk one.mp4', loop: true }],
  ['file:/srv/a:b.mp4', { id: 'picture', kind: 'file', path: '/srv/a:b.mp4', loop: true }],
  ['https://host/a.m3u8', { id: 'picture', kind: 'url', url: 'https://host/a.m3u8' }],
] as const) {
  test(`--source ${text} becomes a source`, async () => {
    assert.deepEqual(await choose(text), [wanted]);
  });
}

for (const text of ['', 'tset', 'test:x', 'file:', 'file', 'camera:', 'screen:', 'http:/x', '://x', 'talk.mp4']) {
  test(`--source “${text}” is none`, () => {
    assert.equal(parseSource(text), undefined);
  });
}

test('sound comes behind the picture', async () => {
  assert.deepEqual((await choose('test', 'default', true)).slice(1), [
    { id: 'mic', kind: 'microphone', device: 'mic-1' },
    { id: 'system-audio', kind: 'system-audio' },
  ]);
});

test('a device that is not there, or a name that several have, is refused with those there are', async () => {
  for (const [source, mic] of [
    ['camera:camera', undefined],
    ['camera:x', undefined],
    ['test', 'Studio mic'],
  ] as const) {
    await assert.rejects(choose(source, mic), (error) => {
      assert(error instanceof AppError && error.code === 'capture/device-not-found');
      assert.match(error.message, /There are: (Built-in Camera, Desk Camera|Headset)\./);
      return true;
    });
  }
  await assert.rejects(
    chooseSources(
      clientWith([]),
      { source: { kind: 'camera', device: undefined }, mic: undefined, systemAudio: false },
      '/',
    ),
    /There is no camera\. None was found\./,
  );
});
