import Hls, {
  type ErrorData,
  type Events,
  type FragLoadedData,
  type FragLoadingData,
  type Fragment,
  type HlsConfig,
  type Part,
  PlaylistLevelType,
} from 'hls.js';

/** What the viewer chose, of the engines that have a choice. */
const chosen = new WeakMap<Hls, number>();

/** Of media before the viewer, in seconds, of which some can be given up for another quality without running dry. */
const FAR_AHEAD = 6;

type PartPlace = { readonly sn: number | 'initSegment'; readonly index: number };

/**
 * Chooses as hls.js does, but changes only where a segment begins. hls.js asks before each part; a change within a segment fetches the other quality from
 * the segment's beginning, under the picture that is being shown, and Chromium then shows none until the next segment: up to a whole one at the edge,
 * where nothing else is buffered, while the sound goes on.
 */
class SegmentwiseAbr extends Hls.DefaultConfig.abrController {
  #lastPart: PartPlace | undefined;

  override get nextAutoLevel(): number {
    return this.#isWithinSegment() ? this.hls.loadLevel : (chosen.get(this.hls) ?? super.nextAutoLevel);
  }

  override set nextAutoLevel(level: number) {
    super.nextAutoLevel = level;
  }

  override destroy(): void {
    this.#lastPart = undefined;
    chosen.delete(this.hls);
    super.destroy();
  }

  protected override onFragLoading(event: Events.FRAG_LOADING, data: FragLoadingData): void {
    this.#note(data);
    super.onFragLoading(event, data);
  }

  protected override onFragLoaded(event: Events.FRAG_LOADED, data: FragLoadedData): void {
    this.#note(data);
    super.onFragLoaded(event, data);
  }

  /** A quality that cannot be had is left at once. */
  protected override onError(event: Events.ERROR, data: ErrorData): void {
    this.#lastPart = undefined;
    super.onError(event, data);
  }

  #note({ frag, part = null }: { frag: Fragment; part?: Part | null }): void {
    if (frag.type === PlaylistLevelType.MAIN) {
      this.#lastPart = part === null ? undefined : { sn: part.fragment.sn, index: part.index };
    }
  }

  /** What comes next goes on with a segment, or is not listed yet, so that there is nothing to choose. */
  #isWithinSegment(): boolean {
    const last = this.#lastPart;
    const parts = last === undefined ? undefined : this.hls.levels[this.hls.loadLevel]?.details?.partList;
    // Sound alone may leave it out, and then each part can be begun with.
    if (last === undefined || !parts?.some(({ independent }) => independent)) {
      return false;
    }
    const place = parts.findIndex(({ fragment, index }) => fragment.sn === last.sn && index === last.index);
    return place >= 0 && parts[place + 1]?.independent !== true;
  }
}

/** For the configuration of an engine. */
export const QUALITY_CONFIG: Pick<HlsConfig, 'abrController'> = { abrController: SegmentwiseAbr };

/** One quality from now on, or, with -1, what fits best. */
export function chooseQuality(hls: Hls, level: number, bufferedSeconds: number): void {
  if (level < 0) {
    chosen.delete(hls);
  } else {
    chosen.set(hls, level);
  }
  if (level >= 0 && bufferedSeconds > FAR_AHEAD) {
    // Seen soon, and not behind all that has been fetched ahead.
    hls.nextLevel = level;
  } else {
    hls.loadLevel = -1;
  }
}
