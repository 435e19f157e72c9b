import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Packager, StreamingResource } from '../ports/packaging.ts';
import type { Presentation, Publication } from '../ports/presentation.ts';
import type { Protection } from '../ports/protection.ts';
import type { StreamingFormat } from '../ports/streaming-format.ts';
import { coveredPresentation } from './covered-presentation.ts';
import { createByteCache } from './encryption/byte-cache.ts';
import { encryptedView } from './encryption/encrypted-view.ts';
import type { SegmentProtection } from './encryption/segment-protection.ts';
import { wholeSegments } from './encryption/shown-as.ts';
import { parseOffered } from './offered.ts';
import { createPresentationView, type PresentationView } from './presentation-view.ts';

export type PackagerOptions = {
  readonly clock: Clock;
  /**
   * How many chunks make a part of low-latency HLS, at least 1. With one of 200 ms hls.js plays 1.5 s behind, with two 2.0 s; they
   * halve the requests.
   */
  readonly chunksPerPart?: number;
  /** Whether DASH names the pictures for seeking of what is clear; somebody else has to make them. */
  readonly hasStoryboards?: boolean;
  /**
   * What was taken back is a gap and answers that it is not there, also live. For copies, whose objects of that time have to go; who watches is
   * shown a picture that stands still instead.
   */
  readonly leavesOutRemoved?: boolean;
};

const CHUNKS_PER_PART = 1;
/** Of what was encrypted last, for all that is watched: the newest segments of twenty qualities, or some hundred of one. */
const ENCRYPTED_BYTES = 64 * 1024 * 1024;

type Views = Map<string, PresentationView>;

const HLS = { key: 'hls', name: 'HLS' } as const;
const DASH = { key: 'dash', name: 'DASH' } as const;
const SMOOTH = { key: 'smoothStreaming', name: 'Smooth Streaming' } as const;
const PROTOCOLS = {
  smooth: SMOOTH,
  'fmp4-v20': SMOOTH,
  'm3u8-aapl-v3': HLS,
  'm3u8-aapl': HLS,
  'm3u8-cmaf': HLS,
  'mpd-time-csf': DASH,
  'mpd-time-cmaf': DASH,
  // The policies of today know nothing of it; it is made of the same fragments as Smooth Streaming and was allowed with it.
  'f4m-f4f': { key: 'smoothStreaming', name: 'HDS' },
} as const satisfies Record<
  StreamingFormat,
  { readonly key: keyof Publication['protocols']; readonly name: string }
>;

export function createPackager(options: PackagerOptions): Packager {
  const { clock, chunksPerPart = CHUNKS_PER_PART } = options;
  const cache = createByteCache(ENCRYPTED_BYTES);
  // Each goes when the presentation goes, or the protection.
  const clear = new WeakMap<Presentation, Views>();
  const encrypted = new WeakMap<Presentation, WeakMap<Protection, Views>>();
  const whole = new WeakMap<Presentation, Presentation>();
  const covered = new WeakMap<Presentation, Presentation>();

  /** Views by the filters that their addresses carry on: two may be of the same presentation. */
  function viewOf(
    presentation: Presentation,
    protection: Protection | undefined,
    filters: readonly string[],
  ): PresentationView {
    const views =
      protection === undefined
        ? findOrAdd(clear, presentation, (): Views => new Map())
        : findOrAdd(
            findOrAdd(encrypted, presentation, () => new WeakMap<Protection, Views>()),
            protection,
            (): Views => new Map(),
          );
    const key = JSON.stringify(filters);
    const view = views.get(key) ?? createView(presentation, protection, filters);
    views.set(key, view);
    return view;
  }

  function createView(
    presentation: Presentation,
    protection: Protection | undefined,
    filters: readonly string[],
  ): PresentationView {
    const carried = { encryption: protection?.tag, filters };
    const viewFor = (shown: Presentation, segmentProtection?: SegmentProtection): PresentationView =>
      createPresentationView(shown, {
        protection: segmentProtection,
        carried,
        clock,
        chunksPerPart,
        hasStoryboard: options.hasStoryboards === true && protection === undefined,
      });
    return protection === undefined
      ? viewFor(presentation)
      : encryptedView(presentation, protection, { viewFor, cache: cache.scope() });
  }

  /** Throws the `AppError` that says why there is none. */
  function viewAt(publication: Publication, resource: StreamingResource): PresentationView {
    const filtered = filteredOf(publication, resource);
    const isWhole = resource.whole === true && PROTOCOLS[resource.format] === DASH;
    const shown =
      options.leavesOutRemoved === true
        ? filtered
        : findOrAdd(covered, filtered, () => coveredPresentation(filtered));
    const presentation = isWhole ? findOrAdd(whole, shown, () => wholeSegments(shown)) : shown;
    return viewOf(presentation, protectionOf(publication, resource), resource.filters ?? []);
  }

  return {
    parse: parseOffered,
    next: (publication, resource) => viewAt(publication, resource).next?.(resource),
    answer(publication, resource, query) {
      const { key, name } = PROTOCOLS[resource.format];
      if (!publication.protocols[key]) {
        throw new AppError(
          'MPE_OUTPUT_FORMAT_BLOCKED',
          `The streaming policy of this address does not allow ${name}.`,
        );
      }
      if (
        PROTOCOLS[resource.format] === SMOOTH &&
        publication.presentation.isWithoutSmooth === true &&
        publication.presentation.state() === 'live'
      ) {
        throw new AppError('MPE_OUTPUT_FORMAT_BLOCKED', 'A live event with LowLatencyV2 has no Smooth Streaming.');
      }
      return viewAt(publication, resource).answer(resource, query);
    },
  };
}

function filteredOf({ presentation, filtered }: Publication, { filters = [] }: StreamingResource): Presentation {
  const [filter] = filters;
  if (filtered === undefined && filter !== undefined) {
    throw new AppError(
      'MPE_EGRESS_FILTER_NOT_FOUND',
      `There is no filter ${JSON.stringify(filter.slice(0, 64))}.`,
    );
  }
  return filtered?.(filters) ?? presentation;
}

function protectionOf(
  { protect }: Publication,
  { format, encryption }: StreamingResource,
): Protection | undefined {
  if (protect === undefined && encryption !== undefined) {
    throw new AppError(
      'MPE_ENC_ENCRYPTION_NOT_SET_IN_DELIVERY_POLICY',
      `This stream is not encrypted. Leave out encryption=${encryption}.`,
    );
  }
  return protect?.(format, encryption);
}

function findOrAdd<K extends WeakKey, V>(map: WeakMap<K, V>, key: K, create: () => V): V {
  const found = map.get(key);
  if (found !== undefined) {
    return found;
  }
  const created = create();
  map.set(key, created);
  return created;
}
