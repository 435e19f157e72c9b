import type { AdaptationSet, Representation } from '../../../manifest/dash/adaptation-set.ts';
import type { ContentProtection } from '../../../manifest/dash/content-protection.ts';
import { parseMpd } from '../../../manifest/dash/mpd.ts';
import { expandTimeline, timelineRuns } from '../../../manifest/dash/segment-timeline.ts';
import type { MediaPlaylist } from '../../../manifest/hls/media-playlist.ts';
import { parseMultivariantPlaylist } from '../../../manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../../manifest/hls/parse-media-playlist.ts';
import { type Ticks, ticksToSeconds } from '../../../media/time.ts';
import type { Packager, StreamingResource } from '../../ports/packaging.ts';
import type { Publication } from '../../ports/presentation.ts';
import type { EncryptionTag } from '../../ports/streaming-format.ts';
import { HLS_NAME, mediaName, PLAYLIST_FILE, trackFolder } from '../file-names.ts';
import type { ListedMpd, ListedPlaylist, ListedSegment, ListedSet, Listing, Media } from './listing.ts';
import { neededPlaylists, staticMultivariant, staticPlaylist } from './static-hls.ts';
import { staticMpd } from './static-mpd.ts';

/** Which formats are mirrored, and how each is encrypted; undefined: as it is without saying how. */
export type ListedFormats = {
  readonly hls?: { readonly encryption: EncryptionTag | undefined };
  readonly dash?: { readonly encryption: EncryptionTag | undefined };
};

/** Reads what a locator shows, as a viewer would. */
export type ListingReader = {
  /** Undefined while there is nothing to be seen. Rejects with the `AppError` that a viewer would be told. */
  read(publication: Publication, formats: ListedFormats): Promise<Listing | undefined>;
};

/** Stands for the host, the locator and the name: addresses in manifests are relative to it. */
const BASE = 'http://origin/00000000-0000-0000-0000-000000000000/mirror.ism/';
/** Addresses that are remembered: some hours of a ladder. */
const MOST_ADDRESSES = 50_000;

export function createListingReader(packager: Packager): ListingReader {
  const addresses = new Map<string, StreamingResource>();

  function resourceAt(uri: string, from: string): StreamingResource {
    const { pathname } = new URL(uri, from);
    const found = addresses.get(pathname);
    if (found !== undefined) {
      return found;
    }
    const { resource } = packager.parse(pathname);
    if (addresses.size >= MOST_ADDRESSES) {
      addresses.clear();
    }
    addresses.set(pathname, resource);
    return resource;
  }

  return {
    async read(publication, formats) {
      const page = createPage(publication);

      async function textOf(resource: StreamingResource): Promise<string | undefined> {
        const answer = await packager.answer(publication, resource, '');
        return answer.kind === 'manifest' ? new TextDecoder().decode(answer.document.identity()) : undefined;
      }

      async function playlistAt(uri: string): Promise<ListedPlaylist | undefined> {
        const address = new URL(uri, BASE).href;
        const text = await textOf(resourceAt(uri, BASE));
        return text === undefined
          ? undefined
          : page.playlist(parseMediaPlaylist(text), playlistName(resourceAt(uri, BASE)), (inner) =>
              resourceAt(inner, address),
            );
      }

      async function readHls(
        encryption: EncryptionTag | undefined,
      ): Promise<Pick<Listing, 'multivariant' | 'playlists'> | undefined> {
        const text = await textOf(manifest('m3u8-cmaf', encryption));
        if (text === undefined) {
          return undefined;
        }
        const multivariant = parseMultivariantPlaylist(text);
        const uris = new Set([
          ...multivariant.variants.map((variant) => variant.uri),
          ...multivariant.renditions.flatMap((rendition) => ('uri' in rendition ? (rendition.uri ?? []) : [])),
        ]);
        const playlists = await Promise.all([...uris].map(playlistAt));
        const listed = playlists.flatMap((playlist) => playlist ?? []);
        for (const { uri } of multivariant.sessionKeys ?? []) {
          page.keyUrls.add(uri);
        }
        const shown = staticMultivariant(multivariant, (uri) => playlistName(resourceAt(uri, BASE)));
        const names = new Set(listed.map(({ name }) => name));
        return neededPlaylists(shown).every((name) => names.has(name))
          ? { multivariant: shown, playlists: listed }
          : undefined;
      }

      async function readDash(encryption: EncryptionTag | undefined): Promise<ListedMpd | undefined> {
        const text = await textOf(manifest('mpd-time-cmaf', encryption));
        return text === undefined ? undefined : page.mpd(parseMpd(text), (uri) => resourceAt(uri, BASE));
      }

      const hls = formats.hls && (await readHls(formats.hls.encryption));
      const dash = formats.dash && (await readDash(formats.dash.encryption));
      if ((formats.hls !== undefined && hls === undefined) || (formats.dash !== undefined && dash === undefined)) {
        return undefined;
      }
      return {
        phase: phaseOf(hls?.playlists[0]?.playlist, dash),
        multivariant: hls?.multivariant,
        playlists: hls?.playlists ?? [],
        mpd: dash,
        media: new Map([...page.media].toSorted(([, a], [, b]) => a.seconds - b.seconds)),
        keyUrls: page.keyUrls,
      };
    },
  };
}

function manifest(
  format: 'm3u8-cmaf' | 'mpd-time-cmaf',
  encryption: EncryptionTag | undefined,
): StreamingResource {
  return { kind: 'manifest', format, audioOnly: false, ...(encryption === undefined ? {} : { encryption }) };
}

function playlistName(resource: StreamingResource): string {
  return resource.kind === 'media-playlist'
    ? `${trackFolder(resource.track, resource.encryption)}/${PLAYLIST_FILE}`
    : HLS_NAME;
}

function phaseOf(playlist: MediaPlaylist | undefined, dash: ListedMpd | undefined): Listing['phase'] {
  if (playlist !== undefined) {
    return playlist.endList !== true ? 'live' : playlist.playlistType === 'VOD' ? 'ended' : 'closing';
  }
  const isDynamic = dash?.mpd.type === 'dynamic';
  return !isDynamic ? 'ended' : dash.mpd.mediaPresentationDurationSeconds === undefined ? 'live' : 'closing';
}

/** What has been read of one listing. */
type Page = {
  readonly media: Map<string, Media>;
  readonly keyUrls: Set<string>;
  playlist(read: MediaPlaylist, name: string, resourceOf: (uri: string) => StreamingResource): ListedPlaylist;
  mpd(read: ListedMpd['mpd'], resourceOf: (uri: string) => StreamingResource): ListedMpd;
};

function createPage({ presentation }: Publication): Page {
  const media = new Map<string, Media>();
  const keyUrls = new Set<string>();

  /** `seconds`: media time at which it begins; undefined for what everything needs. */
  function note(resource: StreamingResource, isText: boolean, seconds?: number): string | undefined {
    const name = mediaName(resource, isText);
    if (name !== undefined && !media.has(name)) {
      media.set(name, { name, resource, seconds: seconds ?? Number.NEGATIVE_INFINITY });
    }
    return name;
  }

  function noteProtections(protections: readonly ContentProtection[] | undefined): void {
    for (const { children = [] } of protections ?? []) {
      for (const child of children) {
        if (child.kind === 'license-url') {
          keyUrls.add(child.url);
        } else if (child.kind === 'other') {
          const url = child.element.attributes.get('keyUriTemplate');
          keyUrls.add(url ?? '');
        }
      }
    }
    keyUrls.delete('');
  }

  /** A set whose addresses are made of a template: that of the storage, and what it names. */
  function templateSet(set: AdaptationSet, resourceOf: (uri: string) => StreamingResource): ListedSet {
    const { segmentTemplate } = set;
    const at = (template: string | undefined, { bandwidth, id }: Representation): StreamingResource =>
      resourceOf(
        (template ?? '')
          .replaceAll('$Bandwidth$', String(bandwidth))
          .replaceAll('$RepresentationID$', id)
          .replaceAll('$Time$', '0'),
      );
    const heads = set.representations.flatMap(
      (representation) => note(at(segmentTemplate?.initialization, representation), false) ?? [],
    );
    const segments = set.representations.map((representation) => at(segmentTemplate?.media, representation));
    const namesAt = (time: Ticks): readonly string[] =>
      segments.flatMap((resource) =>
        resource.kind === 'segment' ? (mediaName({ ...resource, time }, false) ?? []) : [],
      );
    for (const { time } of expandTimeline(timelineRuns(segmentTemplate?.timeline ?? []))) {
      for (const resource of segments) {
        if (resource.kind === 'segment') {
          note({ ...resource, time }, false, ticksToSeconds(time, segmentTemplate?.timescale ?? 1));
        }
      }
    }
    return { heads, timescale: segmentTemplate?.timescale ?? 1, namesAt };
  }

  /** Text: a file by itself. */
  function fileSet(set: AdaptationSet, resourceOf: (uri: string) => StreamingResource): ListedSet {
    const heads = set.representations.flatMap(({ baseUrls = [] }) =>
      baseUrls.flatMap(({ url }) => note(resourceOf(url), true) ?? []),
    );
    return { heads, timescale: 1, namesAt: () => [] };
  }

  return {
    media,
    keyUrls,
    playlist(read, name, resourceOf) {
      const heads: string[] = [];
      const isText = (uri: string): boolean => uri.endsWith('.vtt');
      let nextMs = 0;
      const segments = read.segments.map((segment): ListedSegment | undefined => {
        const beginMs = segment.programDateTimeMs ?? nextMs;
        nextMs = beginMs + segment.durationSeconds * 1000;
        const head = segment.map && note(resourceOf(segment.map.uri), false);
        if (head !== undefined) {
          heads.push(head);
        }
        for (const key of segment.keys ?? []) {
          if (key.method !== 'NONE') {
            keyUrls.add(key.uri);
          }
        }
        const resource = resourceOf(segment.uri);
        const begin = (beginMs - presentation.epochOffsetMs) / 1000;
        const object = segment.gap === true ? undefined : note(resource, isText(segment.uri), begin);
        return object === undefined ? undefined : { name: object, endSeconds: begin + segment.durationSeconds };
      });
      // In the folder of the playlist.
      const uriOf = (uri: string): string => fileOf(mediaName(resourceOf(uri), isText(uri)) ?? '');
      return { name, playlist: staticPlaylist(read, uriOf), heads, segments };
    },
    mpd(all, resourceOf) {
      const read = withoutPictures(all);
      const periods = read.periods.map(({ adaptationSets }) =>
        adaptationSets.map((set) => {
          noteProtections(set.contentProtections);
          set.representations.forEach((representation) => noteProtections(representation.contentProtections));
          return set.segmentTemplate === undefined ? fileSet(set, resourceOf) : templateSet(set, resourceOf);
        }),
      );
      return { mpd: staticMpd(read, (set) => withStaticAddresses(set, resourceOf)), periods };
    },
  };
}

/** Pictures for seeking are made when somebody asks for them, and nobody can ask here. */
function withoutPictures(mpd: ListedMpd['mpd']): ListedMpd['mpd'] {
  return {
    ...mpd,
    periods: mpd.periods.map((period) => ({
      ...period,
      adaptationSets: period.adaptationSets.filter(({ contentType }) => contentType !== 'image'),
    })),
  };
}

function withStaticAddresses(set: AdaptationSet, resourceOf: (uri: string) => StreamingResource): AdaptationSet {
  const { segmentTemplate } = set;
  if (segmentTemplate === undefined) {
    return {
      ...set,
      representations: set.representations.map((representation) => ({
        ...representation,
        baseUrls: (representation.baseUrls ?? []).map((base) => ({
          ...base,
          url: mediaName(resourceOf(base.url), true) ?? base.url,
        })),
      })),
    };
  }
  const {
    media,
    initialization,
    availabilityTimeOffset: _,
    availabilityTimeComplete: _c,
    ...rest
  } = segmentTemplate;
  return {
    ...set,
    segmentTemplate: {
      ...rest,
      media: templateOf(media, set, resourceOf),
      initialization: templateOf(initialization, set, resourceOf),
    },
  };
}

/** The template of the storage: the names differ in the bandwidth and the time, as those of the origin do. */
function templateOf(
  template: string | undefined,
  { representations: [first] }: AdaptationSet,
  resourceOf: (uri: string) => StreamingResource,
): string | undefined {
  if (template === undefined || first === undefined) {
    return undefined;
  }
  const resource = resourceOf(
    template.replaceAll('$Bandwidth$', String(first.bandwidth)).replaceAll('$Time$', '0'),
  );
  if (resource.kind !== 'segment' && resource.kind !== 'init') {
    return undefined;
  }
  const { track, encryption } = resource;
  const folder = trackFolder({ name: track.name, bitrate: '$Bandwidth$' }, encryption);
  return `${folder}/${resource.kind === 'init' ? fileOf(mediaName(resource, false) ?? '') : '$Time$.m4s'}`;
}

/** Without its folder. */
function fileOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
