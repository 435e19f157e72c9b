import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Packager, StreamingFormat } from '../ports/packaging.ts';
import type { Presentation, Publication } from '../ports/presentation.ts';
import { parseOffered } from './offered.ts';
import { createPresentationView, type PresentationView } from './presentation-view.ts';

export type PackagerOptions = {
  readonly clock: Clock;
  /**
   * How many chunks make a part of low-latency HLS, at least 1. With one of 200 ms hls.js plays 1.5 s behind, with two 2.0 s; they
   * halve the requests.
   */
  readonly chunksPerPart?: number;
};

const CHUNKS_PER_PART = 1;

const PROTOCOLS = {
  'm3u8-cmaf': { key: 'hls', name: 'HLS' },
  'mpd-time-cmaf': { key: 'dash', name: 'DASH' },
} as const satisfies Record<
  StreamingFormat,
  { readonly key: keyof Publication['protocols']; readonly name: string }
>;

export function createPackager(options: PackagerOptions): Packager {
  const { clock, chunksPerPart = CHUNKS_PER_PART } = options;
  // Goes when the presentation goes.
  const views = new WeakMap<Presentation, PresentationView>();

  function viewOf(presentation: Presentation): PresentationView {
    const found = views.get(presentation);
    if (found !== undefined) {
      return found;
    }
    const created = createPresentationView(presentation, { clock, chunksPerPart });
    views.set(presentation, created);
    return created;
  }

  return {
    parse: parseOffered,
    answer({ presentation, protocols }, resource, query) {
      const { key, name } = PROTOCOLS[resource.format];
      if (!protocols[key]) {
        throw new AppError(
          'MPE_OUTPUT_FORMAT_BLOCKED',
          `The streaming policy of this address does not allow ${name}.`,
        );
      }
      return viewOf(presentation).answer(resource, query);
    },
  };
}
