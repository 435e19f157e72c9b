import { gzipSync } from 'node:zlib';
import { createEmitter, type Emitter } from '../../src-main/base/emitter.ts';
import type {
  Answer,
  ManifestDocument,
  Packager,
  StreamingResource,
} from '../../src-main/core/ports/packaging.ts';
import type { Presentation, Publication } from '../../src-main/core/ports/presentation.ts';
import { AppError } from '../../src-main/shared/app-error.ts';

/** What a test wants at `/{locator}/{name}.ism/{rest}`: an answer, or a function that makes one or throws. */
export type FakeAnswers = Map<string, Answer | ((query: string) => Answer | Promise<Answer>)>;

export const LOCATOR = '11111111-2222-3333-4444-555555555555';

/**
 * A packager without media: `answers` by what stands behind `.ism/`. `manifest…` is a manifest, all else a segment; a name with `mpd` in
 * it is DASH.
 */
export function fakePackager(answers: FakeAnswers): Packager {
  return {
    parse(path) {
      const [, locatorId, manifestName, rest] = /^\/([^/]+)\/([^/]+)\.ism\/(.+)$/.exec(decoded(path)) ?? [];
      if (locatorId === undefined || manifestName === undefined || rest === undefined) {
        throw new AppError('MPE_BAD_URL_SYNTAX', 'This is not a streaming address.');
      }
      const format = rest.includes('mpd') ? 'mpd-time-cmaf' : 'm3u8-cmaf';
      // Where an address can carry any text.
      const filters = [rest];
      const resource: StreamingResource = rest.startsWith('manifest')
        ? { kind: 'manifest', format, filters, audioOnly: false }
        : { kind: 'segment', format, filters, track: { name: 'video', bitrate: 1 }, time: 0n };
      return { locatorId, manifestName, resource };
    },
    answer(_publication, resource, query) {
      const answer = answers.get(resource.filters?.[0] ?? '');
      if (answer === undefined) {
        throw new AppError('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', 'There is no fragment at that time.');
      }
      return typeof answer === 'function' ? answer(query) : answer;
    },
    next: (_publication, resource) => (resource.kind === 'segment' ? 'Fragments(video=1)' : undefined),
  };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new AppError('MPE_BAD_URL_SYNTAX', 'Its percent-encoding is not right.');
  }
}

export function fakeDocument(
  text: string,
  options: { readonly version?: string; readonly madeAtMs?: number } = {},
): ManifestDocument {
  const bytes = Buffer.from(text);
  const packed = gzipSync(bytes);
  return {
    contentType: 'application/vnd.apple.mpegurl',
    version: options.version ?? 'v1',
    madeAtMs: options.madeAtMs ?? 0,
    identity: () => bytes,
    gzip: () => packed,
  };
}

export function fakePublication(
  options: Partial<Publication> & { readonly state?: 'live' | 'ended'; readonly segments?: number } = {},
): Publication {
  const { state = 'live', segments = 1, ...publication } = options;
  return {
    presentation: fakePresentation(state, segments),
    manifestName: 'talk',
    title: 'A talk',
    protocols: { hls: true, dash: true, smoothStreaming: false, download: true },
    files: new Map(),
    ...publication,
  };
}

/** Only as much of one as the origin looks at. */
function fakePresentation(state: 'live' | 'ended', segments: number): Presentation {
  const unused = (): never => {
    throw new Error('the origin has no business with this');
  };
  return {
    id: 'fake',
    state: () => state,
    revision: () => 1,
    changed: createEmitter<undefined>(),
    tracks: () => [
      {
        get track() {
          return unused();
        },
        segments: { length: segments, firstSequence: 0, at: unused, indexAtTime: unused, indexBefore: unused },
        open: undefined,
        partsOf: () => [],
        peakBitrate: 0,
        averageBitrate: 0,
      },
    ],
    discontinuities: () => [],
    discontinuitySequence: () => 0,
    cues: () => [],
    segmentSeconds: 2,
    partSeconds: undefined,
    epochOffsetMs: 0,
    startedAtMs: 0,
    readSegment: unused,
    readPart: unused,
  };
}

/** A segment that a test lets grow. */
export function fakeGrowing(): {
  readonly answer: Answer;
  readonly push: (chunk: Uint8Array) => void;
  readonly end: () => void;
  readonly changed: Emitter<undefined>;
} {
  const changed = createEmitter<undefined>();
  const chunks: Uint8Array[] = [];
  let ended = false;
  return {
    changed,
    answer: {
      kind: 'growing',
      contentType: 'video/mp4',
      lifetime: 'immutable',
      changed,
      read: (from) => ({ chunks: chunks.slice(from), ended }),
    },
    push(chunk) {
      chunks.push(chunk);
      changed.emit(undefined);
    },
    end() {
      ended = true;
      changed.emit(undefined);
    },
  };
}

/** Something that is not there until a test says so. */
export function fakeNotYet(waitSeconds = 60): {
  readonly answer: Answer;
  readonly arrive: (answer: Answer) => void;
  readonly changed: Emitter<undefined>;
} {
  const changed = createEmitter<undefined>();
  let arrived: Answer | undefined;
  const answer: Answer = {
    kind: 'not-yet',
    changed,
    isReady: () => arrived !== undefined,
    again: () => arrived ?? answer,
    waitSeconds,
    tooLate: () => new AppError('MPE_FRAGMENT_NOT_READY', 'The fragment did not come in time.'),
  };
  return {
    answer,
    changed,
    arrive(result) {
      arrived = result;
      changed.emit(undefined);
    },
  };
}
