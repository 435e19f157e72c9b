import { randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Asset, Marker } from '../../shared/api/assets.ts';
import type { MarkerPatch } from '../../shared/api/markers.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { EventLog } from '../ports/services.ts';
import type { StoredMarkers } from './stored-asset.ts';

/** The markers of assets that are there. */
export type Markers = {
  /** By their times; those that lie before what the archive window still has are left out. */
  list(asset: MarkedAsset): readonly Marker[];
  /** `time`: seconds from the start of the recording; undefined: now. */
  add(asset: MarkedAsset, time: number | undefined, label: string): Marker;
  update(asset: MarkedAsset, id: string, patch: MarkerPatch): Marker;
  remove(asset: MarkedAsset, id: string): void;
  /** Those of [fromMs, toMs), in UTC, go: there is nothing left that they mark. */
  removeWithin(asset: MarkedAsset, fromMs: number, toMs: number): void;
  /** Puts those of a part of one asset, in UTC, into another. */
  copy(from: MarkedAsset, to: MarkedAsset, span: { readonly fromMs: number; readonly toMs: number }): void;
};

type MarkedAsset = Pick<Asset, 'name' | 'title' | 'state' | 'recordedAt'>;
type StoredMarker = StoredMarkers[number];

export function createMarkers(options: {
  readonly rows: Repository<StoredMarkers>;
  readonly clock: Clock;
  readonly events: EventLog;
}): Markers {
  const { rows, clock, events } = options;

  const stored = ({ name }: MarkedAsset): StoredMarkers => rows.get(name) ?? [];

  function save(asset: MarkedAsset, markers: StoredMarkers): void {
    rows.put(asset.name, markers);
    events.publish('Lectern.MarkersChanged', `asset/${asset.name}`, { asset: asset.name, markers: list(asset) });
  }

  function list(asset: MarkedAsset): readonly Marker[] {
    return stored(asset)
      .flatMap((marker) => shown(asset, marker) ?? [])
      .toSorted((a, b) => a.time - b.time);
  }

  function find(asset: MarkedAsset, id: string): StoredMarker {
    const found = stored(asset).find((marker) => marker.id === id);
    if (found === undefined) {
      throw new AppError('resource/not-found', `The recording ${asset.title} has no marker ${id}.`, {
        details: { asset: asset.name, marker: id },
      });
    }
    return found;
  }

  return {
    list,
    add(asset, time, label) {
      if (time === undefined && asset.state !== 'recording') {
        throw new AppError(
          'resource/wrong-state',
          `The recording ${asset.title} is not in progress, so a marker needs a time.`,
          { details: { asset: asset.name, field: 'time' } },
        );
      }
      const id = randomUUID();
      const atMs = time === undefined ? Math.round(clock.wallMs()) : atMsOf(asset, time);
      save(asset, [...stored(asset), { id, label, ...placed(asset, time ?? 0, atMs) }]);
      return { id, label, time: time ?? secondsOf(asset, atMs) ?? 0 };
    },
    update(asset, id, { time, label }) {
      const found = find(asset, id);
      const moved = time === undefined ? {} : placed(asset, time, atMsOf(asset, time));
      const changed = { ...found, ...moved, label: label ?? found.label };
      save(
        asset,
        stored(asset).map((marker) => (marker.id === id ? changed : marker)),
      );
      return shown(asset, changed) ?? { id, label: changed.label, time: 0 };
    },
    remove(asset, id) {
      find(asset, id);
      save(
        asset,
        stored(asset).filter((marker) => marker.id !== id),
      );
    },
    removeWithin(asset, fromMs, toMs) {
      const isWithin = ({ atMs, time }: StoredMarker): boolean => {
        const at = atMs ?? atMsOf(asset, time);
        return at !== undefined && at >= fromMs && at < toMs;
      };
      const left = stored(asset).filter((marker) => !isWithin(marker));
      if (left.length < stored(asset).length) {
        save(asset, left);
      }
    },
    copy(from, to, { fromMs, toMs }) {
      const copied = stored(from).flatMap((marker) => {
        const atMs = marker.atMs ?? atMsOf(from, marker.time);
        return atMs === undefined || atMs < fromMs || atMs >= toMs
          ? []
          : [{ id: randomUUID(), label: marker.label, ...placed(to, 0, atMs) }];
      });
      if (copied.length > 0) {
        save(to, copied);
      }
    },
  };
}

/** Where the recording begins, in UTC ms; undefined before it has a picture. */
function originMs({ recordedAt }: MarkedAsset): number | undefined {
  return recordedAt === undefined ? undefined : Date.parse(recordedAt);
}

function atMsOf(asset: MarkedAsset, time: number): number | undefined {
  const origin = originMs(asset);
  return origin === undefined ? undefined : Math.round(origin + time * 1000);
}

/** Seconds from its start; 0 before it has a picture, undefined for what lies before that. */
function secondsOf(asset: MarkedAsset, atMs: number | undefined): number | undefined {
  const seconds = Math.round((atMs ?? 0) - (originMs(asset) ?? atMs ?? 0)) / 1000;
  // A press while the first picture is on its way.
  return seconds < -GRACE_SECONDS ? undefined : Math.max(0, seconds);
}

const GRACE_SECONDS = 5;

function placed(
  asset: MarkedAsset,
  time: number,
  atMs: number | undefined,
): { readonly time: number; readonly atMs?: number } {
  return atMs === undefined ? { time } : { time: secondsOf(asset, atMs) ?? 0, atMs };
}

function shown(asset: MarkedAsset, { id, label, time, atMs }: StoredMarker): Marker | undefined {
  const seconds = atMs === undefined ? time : secondsOf(asset, atMs);
  return seconds === undefined ? undefined : { id, label, time: seconds };
}
