import { type MultivariantPlaylist, writeMultivariantPlaylist } from '../../manifest/hls/multivariant-playlist.ts';
import type { Packager } from '../ports/packaging.ts';
import type { Presentation, Publication } from '../ports/presentation.ts';
import type { CopyAsFiles, StaticFile, StaticPlaylist } from '../ports/static-files.ts';
import { HLS_NAME } from './file-names.ts';
import type { ListedPlaylist } from './listing/listing.ts';
import { createListingReader } from './listing/read-listing.ts';
import { cutPlaylist, withTextsOf } from './listing/static-hls.ts';

/** Everything is there, or will be. */
const ALL = { has: () => true, isLost: () => false };

/** The files that a mirror has of a recording in the end, for who keeps them elsewhere. */
export function createCopyAsFiles(packager: Packager): CopyAsFiles {
  return async (presentation) => {
    const publication = inTheClear(presentation);
    const listing = await createListingReader(packager).read(publication, { hls: { encryption: undefined } });
    if (listing?.multivariant === undefined) {
      return undefined;
    }
    const media = [...listing.media.values()].map(({ name, resource }): StaticFile => {
      return {
        name,
        async read() {
          const answer = await packager.answer(publication, resource, '');
          return answer.kind === 'media' ? answer.chunks : [];
        },
      };
    });
    const texts = listing.playlists.flatMap((listed) => {
      const cut = cutPlaylist(listed, ALL);
      return cut === undefined ? [] : [{ name: listed.name, text: cut.text }];
    });
    const playlists = new Set(texts.map(({ name }) => name));
    const multivariant = withTextsOf(listing.multivariant, (name) => playlists.has(name));
    const manifests = [...texts, { name: HLS_NAME, text: writeMultivariantPlaylist(multivariant) }];
    return {
      files: [...media, ...manifests.map(({ name, text }) => textFile(name, text))],
      playlists: listing.playlists.flatMap((listed) => playlistOf(listed, multivariant)),
    };
  };
}

function playlistOf(
  { name, playlist }: ListedPlaylist,
  { variants, renditions }: MultivariantPlaylist,
): readonly StaticPlaylist[] {
  const isText = renditions.some((one) => one.type === 'SUBTITLES' && one.uri === name);
  const hasPicture = variants.some(({ uri, resolution }) => uri === name && resolution !== undefined);
  let next = 0;
  const begins = playlist.segments.map(({ durationSeconds }) => {
    const begin = next;
    next += durationSeconds;
    return begin;
  });
  return isText ? [] : [{ name, kind: hasPicture ? 'video' : 'audio', begins }];
}

function textFile(name: string, text: string): StaticFile {
  return { name, read: () => Promise.resolve([new TextEncoder().encode(text)]) };
}

function inTheClear(presentation: Presentation): Publication {
  return {
    presentation,
    manifestName: '',
    title: '',
    protocols: { hls: true, dash: false, smoothStreaming: false, download: false },
    files: new Map(),
  };
}
