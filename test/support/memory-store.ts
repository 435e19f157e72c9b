import assert from 'node:assert/strict';
import type { SentObjects } from '../../src-main/core/mirror/sent-objects.ts';
import type { ObjectStore, StoredObject } from '../../src-main/core/mirror/store/object-store.ts';
import { parseMpd } from '../../src-main/manifest/dash/mpd.ts';
import { expandTimeline, timelineRuns } from '../../src-main/manifest/dash/segment-timeline.ts';
import { parseMultivariantPlaylist } from '../../src-main/manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../src-main/manifest/hls/parse-media-playlist.ts';
import type { AppError } from '../../src-main/shared/app-error.ts';

/** Object storage in memory that looks at every manifest it is given: whatever it names has to be there already. */
export type MemoryStore = ObjectStore & {
  readonly objects: Map<string, StoredObject>;
  /** Each version of each manifest, oldest first. */
  readonly history: Map<string, string[]>;
  /** `PUT name` and `DELETE name`, in their order. */
  readonly log: string[];
  /** What is refused, and how. */
  refuse: (name: string) => AppError | undefined;
  /** Waits before it takes anything. */
  delay: () => Promise<void>;
  readonly most: () => number;
  text(name: string): string;
};

export function memoryStore(): MemoryStore {
  const objects = new Map<string, StoredObject>();
  const history = new Map<string, string[]>();
  const log: string[] = [];
  let underWay = 0;
  let most = 0;
  const text = (name: string): string => {
    const found = objects.get(name);
    assert(found, `${name} is there`);
    return Buffer.concat(found.chunks).toString();
  };

  const store: MemoryStore = {
    objects,
    history,
    log,
    most: () => most,
    refuse: () => undefined,
    delay: () => Promise.resolve(),
    text,
    urlOf: (name) => `memory://store/${name}`,
    async put(object, signal) {
      underWay += 1;
      most = Math.max(most, underWay);
      try {
        await store.delay();
        signal.throwIfAborted();
        const refused = store.refuse(object.name);
        if (refused !== undefined) {
          throw refused;
        }
        const missing = namedBy(object).filter((name) => !objects.has(name));
        assert.deepEqual(missing, [], `what ${object.name} names is there`);
        log.push(`PUT ${object.name}`);
        objects.set(object.name, object);
        if (/\.(?:m3u8|mpd)$/.test(object.name)) {
          history.set(object.name, [...(history.get(object.name) ?? []), text(object.name)]);
        }
      } finally {
        underWay -= 1;
      }
    },
    async delete(name) {
      await store.delay();
      const refused = store.refuse(name);
      if (refused !== undefined) {
        throw refused;
      }
      log.push(`DELETE ${name}`);
      objects.delete(name);
    },
  };
  return store;
}

/** The objects that a manifest leads to. */
export function namedBy({ name, chunks }: Pick<StoredObject, 'name' | 'chunks'>): readonly string[] {
  const text = Buffer.concat(chunks).toString();
  const folder = name.slice(0, name.lastIndexOf('/') + 1);
  if (name.endsWith('.mpd')) {
    return parseMpd(text).periods.flatMap(({ adaptationSets }) =>
      adaptationSets.flatMap(({ segmentTemplate, representations }) =>
        representations.flatMap(({ bandwidth, baseUrls = [] }) => {
          const fill = (template = '', time = ''): string =>
            template.replace('$Bandwidth$', String(bandwidth)).replace('$Time$', time);
          return segmentTemplate === undefined
            ? baseUrls.map(({ url }) => url)
            : [
                fill(segmentTemplate.initialization),
                ...[...expandTimeline(timelineRuns(segmentTemplate.timeline ?? []))].map(({ time }) =>
                  fill(segmentTemplate.media, String(time)),
                ),
              ];
        }),
      ),
    );
  }
  if (!name.endsWith('.m3u8')) {
    return [];
  }
  if (text.includes('#EXT-X-STREAM-INF')) {
    const { variants, renditions } = parseMultivariantPlaylist(text);
    const uris = renditions.flatMap((rendition) => ('uri' in rendition ? (rendition.uri ?? []) : []));
    return [...variants.map(({ uri }) => uri), ...uris].map((uri) => folder + uri);
  }
  return parseMediaPlaylist(text).segments.flatMap(({ uri, map, gap }) => [
    ...(map === undefined ? [] : [folder + map.uri]),
    ...(gap === true ? [] : [folder + uri]),
  ]);
}

/** What was sent, as the catalogue remembers it. */
export function memorySent(): SentObjects {
  const versions = new Map<string, string>();
  return {
    versionOf: (name) => versions.get(name),
    names: () => versions.keys(),
    add: (name, version) => void versions.set(name, version),
    remove: (name) => void versions.delete(name),
    clear: () => versions.clear(),
  };
}
