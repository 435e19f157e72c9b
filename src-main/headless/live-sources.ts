import { resolve } from 'node:path';
import type { ControlClient } from '../core/control/client/control-client.ts';
import type { Device, DeviceList, SourceSpec } from '../shared/api/studio.ts';
import { AppError } from '../shared/app-error.ts';

/** What `--source` can be, as one writes it. */
type WantedSource =
  | { readonly kind: 'test' }
  | { readonly kind: 'screen' | 'camera'; readonly device: string | undefined }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'url'; readonly url: string };

export const SOURCE_FORMS = 'test, screen, screen:NAME, camera, camera:NAME, file:PATH or a URL';

/** `test`, `screen`, `camera:Logitech`, `file:talk.mp4`, `https://…`; undefined for anything else. */
export function parseSource(text: string): WantedSource | undefined {
  const [, kind = '', rest] = /^([a-z]+)(?::(.*))?$/s.exec(text) ?? [];
  if (kind === 'test' && rest === undefined) {
    return { kind };
  }
  if ((kind === 'screen' || kind === 'camera') && rest !== '') {
    return { kind, device: rest };
  }
  if (kind === 'file' && rest !== undefined && rest !== '') {
    return { kind, path: rest };
  }
  return /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(text) && URL.canParse(text) ? { kind: 'url', url: text } : undefined;
}

/** The picture first, then the sound inputs. Throws `capture/device-not-found` with what there is instead. */
export async function chooseSources(
  client: ControlClient,
  wanted: { readonly source: WantedSource; readonly mic: string | undefined; readonly systemAudio: boolean },
  workingFolder: string,
): Promise<readonly [picture: SourceSpec, ...sound: SourceSpec[]]> {
  const { source, mic } = wanted;
  const asks =
    source.kind === 'camera' || (source.kind === 'screen' && source.device !== undefined) || mic !== undefined;
  const devices = asks ? await client.call('getDevices', {}) : { value: [], problems: [] };
  return [
    pictureOf(source, devices, workingFolder),
    ...(mic === undefined
      ? []
      : [{ id: 'mic', kind: 'microphone', device: findDevice(devices, 'microphone', mic).id } as const]),
    ...(wanted.systemAudio ? [{ id: 'system-audio', kind: 'system-audio' } as const] : []),
  ];
}

function pictureOf(source: WantedSource, devices: DeviceList, workingFolder: string): SourceSpec {
  const id = 'picture';
  switch (source.kind) {
    case 'test':
      return { id, kind: 'test' };
    case 'screen':
      return source.device === undefined
        ? { id, kind: 'screen', cursor: true }
        : { id, kind: 'screen', cursor: true, device: findDevice(devices, 'screen', source.device).id };
    case 'camera':
      return { id, kind: 'camera', device: findDevice(devices, 'camera', source.device ?? 'default').id };
    case 'file':
      return { id, kind: 'file', path: resolve(workingFolder, source.path), loop: true };
    case 'url':
      return { id, kind: 'url', url: source.url };
  }
}

/** By id, by name, or by a part of the name that only one has; `default` is the system's choice, else the first. */
function findDevice(devices: DeviceList, kind: Device['kind'], wanted: string): Device {
  const ofKind = devices.value.filter((device) => device.kind === kind);
  const name = wanted.toLowerCase();
  const partly = ofKind.filter(({ label }) => label.toLowerCase().includes(name));
  const found =
    (wanted === 'default' ? (ofKind.find(({ isDefault }) => isDefault) ?? ofKind[0]) : undefined) ??
    ofKind.find(({ id, label }) => id === wanted || label.toLowerCase() === name) ??
    (partly.length === 1 ? partly[0] : undefined);
  if (found === undefined) {
    throw notFound(kind, wanted, ofKind, devices);
  }
  return found;
}

function notFound(
  kind: Device['kind'],
  wanted: string,
  ofKind: readonly Device[],
  { problems }: DeviceList,
): AppError {
  const there =
    ofKind.length === 0 ? 'None was found.' : `There are: ${ofKind.map(({ label }) => label).join(', ')}.`;
  const cures = problems.map(({ detail }) => detail);
  const which = wanted === 'default' ? `There is no ${kind}.` : `There is no single ${kind} “${wanted}”.`;
  return new AppError('capture/device-not-found', [which, there, ...cures].join(' '), {
    details: { kind, wanted },
  });
}
