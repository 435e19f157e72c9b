import { basename } from 'node:path';
import { assertNever } from '../../base/assert.ts';
import type { SourceSpec } from '../../shared/api/studio.ts';
import type { MediaProbe } from '../ports/process.ts';
import { boundsOf } from './desktop-area.ts';
import type { DeviceFacts } from './device-facts.ts';
import { type DeviceKind, findDevice } from './known-device.ts';
import { findMediaStreams } from './media-streams.ts';

export type SourceDescription = {
  /** A name people know. Never an address with a password or key. */
  readonly label: string;
  readonly hasVideo: boolean;
  readonly hasAudio: boolean;
  /** The picture's own size; undefined when it is not known before it is opened, and without a picture. */
  readonly nativeSize: { readonly width: number; readonly height: number } | undefined;
};

/** What a source is called and gives. `media` is what was found in a file or stream; without it both picture and sound are expected. */
export function describeSource(
  spec: SourceSpec,
  devices: DeviceFacts,
  media: MediaProbe | undefined,
): SourceDescription {
  switch (spec.kind) {
    case 'test':
      return { label: 'Test picture', hasVideo: true, hasAudio: true, nativeSize: undefined };
    case 'screen': {
      const area =
        spec.device === undefined ? boundsOf(devices.screens) : findDevice('screen', spec.device, devices)?.area;
      const label = spec.device === undefined ? 'Whole desktop' : labelOf('screen', spec.device, devices);
      const suffix = spec.region === undefined ? '' : `, ${spec.region.width} × ${spec.region.height} of it`;
      return picture(`${label}${suffix}`, spec.region ?? area);
    }
    case 'window':
      return picture(labelOf('window', spec.device, devices), findDevice('window', spec.device, devices)?.size);
    case 'camera':
      return picture(
        labelOf('camera', spec.device, devices),
        largest(findDevice('camera', spec.device, devices)?.modes ?? []),
      );
    case 'microphone':
      return sound(labelOf('microphone', spec.device, devices));
    case 'system-audio':
      return sound(
        spec.device === undefined
          ? 'Computer sound'
          : `Computer sound (${labelOf('system-audio', spec.device, devices)})`,
      );
    case 'file':
      return { label: basename(spec.path), ...contentOf(media) };
    case 'browser':
      return { label: spec.name ?? 'Browser', hasVideo: true, hasAudio: true, nativeSize: undefined };
    case 'url':
      return { label: hostOf(spec.url), ...contentOf(media) };
    default:
      return assertNever(spec, 'kind of source');
  }
}

function labelOf(kind: DeviceKind, id: string, devices: DeviceFacts): string {
  return findDevice(kind, id, devices)?.label ?? id;
}

function picture(label: string, size: SourceDescription['nativeSize']): SourceDescription {
  return { label, hasVideo: true, hasAudio: false, nativeSize: sizeOnly(size) };
}

function sound(label: string): SourceDescription {
  return { label, hasVideo: false, hasAudio: true, nativeSize: undefined };
}

function contentOf(media: MediaProbe | undefined): Omit<SourceDescription, 'label'> {
  if (media === undefined) {
    return { hasVideo: true, hasAudio: true, nativeSize: undefined };
  }
  const { video, audio } = findMediaStreams(media);
  return { hasVideo: video !== undefined, hasAudio: audio !== undefined, nativeSize: sizeOnly(video) };
}

function largest(
  sizes: readonly { readonly width: number; readonly height: number }[],
): SourceDescription['nativeSize'] {
  return sizes.toSorted((a, b) => b.width * b.height - a.width * a.height)[0];
}

function sizeOnly(size: SourceDescription['nativeSize']): SourceDescription['nativeSize'] {
  return size === undefined ? undefined : { width: size.width, height: size.height };
}

/** Scheme and host: the rest may be a stream key. */
function hostOf(url: string): string {
  return URL.canParse(url) ? `${new URL(url).protocol}//${new URL(url).host}` : 'Stream';
}
