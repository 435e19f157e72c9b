import assert from 'node:assert/strict';
import { createPackager, type PackagerOptions } from '../../src-main/core/packaging/packager.ts';
import type {
  Answer,
  GrowingAnswer,
  ManifestDocument,
  MediaAnswer,
  NotYet,
} from '../../src-main/core/ports/packaging.ts';
import type { Publication, Track } from '../../src-main/core/ports/presentation.ts';
import { type Mpd, parseMpd } from '../../src-main/manifest/dash/mpd.ts';
import type { MediaPlaylist } from '../../src-main/manifest/hls/media-playlist.ts';
import { parseMediaPlaylist } from '../../src-main/manifest/hls/parse-media-playlist.ts';
import { AppError } from '../../src-main/shared/app-error.ts';
import type { ErrorCode } from '../../src-main/shared/error-codes.ts';
import {
  type FakeOptions,
  type FakePresentation,
  fakePresentation,
  fakePublication,
} from './fake-presentation.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';

/** Asks a packager as players do: by address. */
export type PackagedStream = {
  /** `path` is relative to `{name}.ism/`. */
  readonly answer: (path: string, query?: string) => Answer | Promise<Answer>;
  /** The fragment behind one, relative to it. */
  readonly next: (path: string) => string | undefined;
  readonly manifest: (path: string, query?: string) => ManifestDocument;
  readonly text: (path: string, query?: string) => string;
  readonly playlist: (track: Track, query?: string) => MediaPlaylist;
  readonly mpd: () => Mpd;
  readonly media: (path: string) => Promise<MediaAnswer>;
  readonly growing: (path: string) => Promise<GrowingAnswer>;
  readonly notYet: (path: string, query?: string) => Promise<NotYet>;
  readonly refuses: (code: ErrorCode, path: string, query?: string) => Promise<AppError>;
};

export function packagedStream(
  publication: Publication,
  clock: ManualClock,
  options: Pick<PackagerOptions, 'chunksPerPart' | 'leavesOutRemoved'> = {},
): PackagedStream {
  const packager = createPackager({ clock, ...options });

  function answer(path: string, query = ''): Answer | Promise<Answer> {
    const { resource } = packager.parse(`/0f0e/stream.ism/${path}`);
    return packager.answer(publication, resource, query);
  }

  function manifest(path: string, query?: string): ManifestDocument {
    const found = answer(path, query);
    assert(!(found instanceof Promise) && found.kind === 'manifest', `${path} is a manifest`);
    return found.document;
  }

  async function answerOf<K extends Answer['kind']>(
    kind: K,
    path: string,
    query?: string,
  ): Promise<Extract<Answer, { readonly kind: K }>> {
    const found = await answer(path, query);
    assert(isKind(found, kind), `${path} is ${found.kind}, not ${kind}`);
    return found;
  }

  const text = (path: string, query?: string): string =>
    Buffer.from(manifest(path, query).identity()).toString('utf8');

  return {
    answer,
    next: (path) => packager.next(publication, packager.parse(`/0f0e/stream.ism/${path}`).resource),
    manifest,
    text,
    playlist: (track, query) => parseMediaPlaylist(text(playlistPath(track), query)),
    mpd: () => parseMpd(text('manifest(format=mpd-time-cmaf)')),
    media: (path) => answerOf('media', path),
    growing: (path) => answerOf('growing', path),
    notYet: (path, query) => answerOf('not-yet', path, query),
    async refuses(code, path, query) {
      try {
        await answer(path, query);
      } catch (error) {
        assert(error instanceof AppError, String(error));
        assert.equal(error.code, code, error.message);
        return error;
      }
      return assert.fail(`${path} was not refused`);
    },
  };
}

function isKind<K extends Answer['kind']>(
  answer: Answer,
  kind: K,
): answer is Extract<Answer, { readonly kind: K }> {
  return answer.kind === kind;
}

export function playlistPath({ bitrate, name }: Track): string {
  return `QualityLevels(${bitrate})/Manifest(${name},format=m3u8-cmaf)`;
}

export function fragmentPath(
  { bitrate, name }: Track,
  time: bigint | 'i',
  options: { readonly part?: number; readonly format?: string } = {},
): string {
  const { part, format = 'm3u8-cmaf' } = options;
  return `QualityLevels(${bitrate})/Fragments(${name}=${time},format=${format}${part === undefined ? '' : `,part=${part}`})`;
}

/** A made-up broadcast with parts of two chunks, unless it is said otherwise, whose clock stands at its newest media, and its packager. */
export function fakeStream(
  options: FakeOptions & Pick<PackagerOptions, 'chunksPerPart' | 'leavesOutRemoved'> = {},
): FakePresentation & PackagedStream & { readonly clock: ManualClock; readonly follow: () => void } {
  const fake = fakePresentation(options);
  const clock = manualClock(fake.edgeMs());
  const { chunksPerPart = 2, leavesOutRemoved = false } = options;
  const stream = packagedStream(fakePublication(fake.presentation), clock, { chunksPerPart, leavesOutRemoved });
  return {
    ...fake,
    ...stream,
    clock,
    /** Moves the clock to the newest media. */
    follow: () => clock.advance(Math.max(0, fake.edgeMs() - clock.wallMs())),
  };
}
