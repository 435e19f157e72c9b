import { randomUUID } from 'node:crypto';
import type { AssetService, ClipService, PanicService } from '../../src-main/core/ports/services.ts';
import type { Asset, Marker } from '../../src-main/shared/api/assets.ts';
import type { StudioState } from '../../src-main/shared/api/studio.ts';
import { AppError } from '../../src-main/shared/app-error.ts';

/** Markers, clips and panic in memory. */
export function fakeMoments(options: {
  /** Throws `resource/not-found`. */
  readonly asset: (name: string) => Asset;
  readonly addAsset: (name: string, values: Partial<Asset>) => Asset;
  readonly setStudio: (values: Partial<StudioState>) => StudioState;
}): {
  readonly markers: Pick<AssetService, 'markers' | 'addMarker' | 'updateMarker' | 'deleteMarker'>;
  readonly clips: ClipService;
  readonly panic: PanicService;
} {
  const markers = new Map<string, readonly Marker[]>();
  const markersOf = (name: string): readonly Marker[] => markers.get(options.asset(name).name) ?? [];

  function find(name: string, id: string): Marker {
    const found = markersOf(name).find((marker) => marker.id === id);
    if (found === undefined) {
      throw new AppError('resource/not-found', `There is no marker ${id}.`);
    }
    return found;
  }

  return {
    markers: {
      markers: markersOf,
      addMarker(name, time = 0, label) {
        const marker = { id: randomUUID(), time, label };
        markers.set(name, [...markersOf(name), marker]);
        return marker;
      },
      updateMarker(name, id, { time, label }) {
        const found = find(name, id);
        const changed = { id, time: time ?? found.time, label: label ?? found.label };
        markers.set(
          name,
          markersOf(name).map((marker) => (marker.id === id ? changed : marker)),
        );
        return changed;
      },
      deleteMarker(name, id) {
        find(name, id);
        markers.set(
          name,
          markersOf(name).filter((marker) => marker.id !== id),
        );
      },
    },
    clips: {
      create: (name, { title }) => {
        const source = options.asset(name);
        return Promise.resolve(
          options.addAsset(`${name}-clip`, { title: title ?? source.title, clipOf: name, duration: 30 }),
        );
      },
    },
    panic: {
      panic: (seconds = 30) => {
        const now = new Date().toISOString();
        options.setStudio({ panic: { since: now, seconds, removedFrom: now, removal: 'removed', remains: [] } });
        return Promise.resolve();
      },
      back: () => {
        options.setStudio({ panic: undefined });
        return Promise.resolve();
      },
    },
  };
}
