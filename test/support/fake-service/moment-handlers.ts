import { randomUUID } from 'node:crypto';
import type { Asset, Marker } from '../../../src-main/shared/api/assets.ts';
import type { EventType } from '../../../src-main/shared/api/events.ts';
import type { StudioState } from '../../../src-main/shared/api/studio.ts';
import { Fault, type Handlers } from './handling.ts';
import type { World } from './scenarios.ts';

/** Panic, markers and clips as the page knows them. */
export function momentHandlers(tools: {
  readonly world: World;
  readonly publish: (eventType: EventType, subject: string, data: unknown) => void;
  readonly setStudio: (patch: Partial<StudioState>) => StudioState;
  readonly setAsset: (name: string, patch: Partial<Asset>) => Asset;
}): Omit<Handlers, typeof Symbol.dispose> {
  const { world, publish, setStudio, setAsset } = tools;

  function setMarkers(asset: string, markers: readonly Marker[]): void {
    const ordered = markers.toSorted((a, b) => a.time - b.time);
    world.markers.set(asset, ordered);
    publish('Lectern.MarkersChanged', `asset/${asset}`, { asset, markers: ordered });
  }

  function clip(name: string, seconds: number, title: string | undefined): Asset {
    const source = world.assets.get(name);
    const clipName = `${name}-clip-${randomUUID().slice(0, 8)}`;
    return setAsset(clipName, {
      title: title ?? source?.title ?? name,
      clipOf: name,
      state: 'ready',
      duration: seconds,
      created: new Date().toISOString(),
    });
  }

  return {
    panic({ body }) {
      const seconds = body?.seconds ?? 30;
      const nowMs = Date.now();
      return setStudio({
        panic: {
          since: new Date(nowMs).toISOString(),
          seconds,
          removedFrom: new Date(nowMs - seconds * 1000).toISOString(),
          removal: 'removed',
          remains: [...world.destinations.values()]
            .filter(({ state }) => state === 'live')
            .map(({ name }) => ({ kind: 'destination', name })),
        },
      });
    },
    panicBack: () => setStudio({ panic: undefined }),
    createStudioClip: ({ body }) => clip(world.studio.session?.asset ?? '', body?.seconds ?? 30, body?.title),
    createClip: ({ params, body }) =>
      clip(params.name, body.seconds ?? (body.end ?? 0) - (body.start ?? 0), body.title),
    addMarker({ params, body }) {
      const marker = { id: randomUUID(), time: body?.time ?? 0, label: body?.label ?? '' };
      setMarkers(params.name, [...(world.markers.get(params.name) ?? []), marker]);
      return marker;
    },
    patchMarker({ params, body }) {
      const markers = world.markers.get(params.name) ?? [];
      const found = markers.find(({ id }) => id === params.id);
      if (found === undefined) {
        throw new Fault('resource/not-found', `There is no marker ${params.id}.`);
      }
      const changed = { ...found, time: body.time ?? found.time, label: body.label ?? found.label };
      setMarkers(
        params.name,
        markers.map((marker) => (marker.id === params.id ? changed : marker)),
      );
      return changed;
    },
    deleteMarker({ params }) {
      setMarkers(
        params.name,
        (world.markers.get(params.name) ?? []).filter(({ id }) => id !== params.id),
      );
    },
  };
}
