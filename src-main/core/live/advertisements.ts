import type { Clock } from '../../base/clock.ts';
import { PTS_CYCLE } from '../../media/scte35/fields.ts';
import { spliceInfo, writeSpliceInfo } from '../../media/scte35/splice-info.ts';
import { secondsToTicks, type Ticks } from '../../media/time.ts';
import type { EndAdvertisement, LiveEvent, ShowSlate, StartAdvertisement } from '../../shared/api/live-events.ts';
import { AppError } from '../../shared/app-error.ts';
import { CUE_TIMESCALE, type Cue } from '../ports/cues.ts';
import type { EventFeedEncoding } from '../ports/feed.ts';
import type { EventRun } from './event-run.ts';

const SCHEME = 'urn:scte:scte35:2013:bin';
/** `emsg@value` of breaks that were asked for here: an encoder's have the name of their track or message. */
const API_CUE = 'api';

/** The picture of an asset. Throws `live/slate-invalid`, `resource/not-found`. */
type ReadSlate = (assetName: string) => Promise<Uint8Array>;

/** What v2 could put over and into the programme of an event (spec 2.11). Every call is about one run. */
export type Advertisements = {
  /** Throws `live/not-encoding`, `live/slate-invalid`, `resource/not-found`. */
  showSlate(event: LiveEvent, run: EventRun, request: ShowSlate): Promise<void>;
  hideSlate(event: LiveEvent, run: EventRun): void;
  /**
   * Puts a break onto the timeline as it is now, as a splice_insert whose event is the cue id, and a slate over it if that is wanted. A
   * duration of 0 takes the break of that id back. Throws `live/not-encoding`, `resource/exists` for a break that has just been begun, and
   * `resource/not-found` for a break to take back that is none.
   */
  start(event: LiveEvent, run: EventRun, request: StartAdvertisement): Promise<void>;
  /** Takes a break back, or ends it, and the slate that stands for it. Throws `resource/not-found`. */
  end(event: LiveEvent, run: EventRun, request: EndAdvertisement): void;
};

export function createAdvertisements(options: {
  readonly clock: Clock;
  readonly readSlate: ReadSlate;
}): Advertisements {
  /** The break for which a run shows its slate; none when it was asked for by itself. */
  const slatedBreaks = new WeakMap<EventRun, number>();

  function end(event: LiveEvent, run: EventRun, { cueId }: EndAdvertisement): void {
    if (!run.session.cues.cancel(SCHEME, String(cueId))) {
      throw new AppError(
        'resource/not-found',
        `The live event ${event.name} has no advertisement ${cueId} to come or under way.`,
        { details: { liveEvent: event.name, cueId } },
      );
    }
    if (slatedBreaks.get(run) === cueId) {
      slatedBreaks.delete(run);
      run.feed.encoding?.hideSlate();
    }
  }

  return {
    async showSlate(event, run, { duration, assetName }) {
      const encoding = encodingOf(event, run);
      const picture = assetName === undefined ? undefined : await options.readSlate(assetName);
      await encoding.showSlate(duration, picture);
      slatedBreaks.delete(run);
    },
    hideSlate(event, run) {
      encodingOf(event, run).hideSlate();
      slatedBreaks.delete(run);
    },
    async start(event, run, { duration, cueId, showSlate }) {
      if (duration === 0) {
        end(event, run, { cueId });
        return;
      }
      const withSlate = showSlate ?? event.encoding.slate?.insertSlateOnAdMarker ?? false;
      const encoding = withSlate ? encodingOf(event, run) : run.feed.encoding;
      const seconds = options.clock.wallMs() / 1000 + (encoding?.delaySeconds() ?? 0);
      const cue = breakCue(cueId, secondsToTicks(seconds, CUE_TIMESCALE), Math.round(duration * CUE_TIMESCALE));
      if (!run.session.cues.put(cue)) {
        throw new AppError(
          'resource/exists',
          `The live event ${event.name} has just begun an advertisement ${cueId}.`,
          {
            details: { liveEvent: event.name, cueId },
          },
        );
      }
      if (withSlate) {
        try {
          await encoding?.showSlate(duration, undefined);
        } catch (error) {
          run.session.cues.cancel(SCHEME, cue.id);
          throw error;
        }
        slatedBreaks.set(run, cueId);
      }
    },
    end,
  };
}

function breakCue(cueId: number, time: Ticks, duration: number): Cue {
  const message = writeSpliceInfo(
    spliceInfo({
      kind: 'insert',
      eventId: cueId,
      event: {
        outOfNetwork: true,
        where: { kind: 'program', time: { ticks: Number(time % BigInt(PTS_CYCLE)) } },
        breakDuration: { autoReturn: true, ticks: duration },
        uniqueProgramId: 0,
        availNumber: 0,
        availsExpected: 0,
      },
    }),
  );
  return { id: String(cueId), scheme: SCHEME, value: API_CUE, time, duration, message };
}

function encodingOf({ name, encoding }: LiveEvent, { feed }: EventRun): EventFeedEncoding {
  if (feed.encoding === undefined) {
    throw new AppError(
      'live/not-encoding',
      `The live event ${name} passes through what its encoder sends (${encoding.encodingType}), so that nothing can be shown over it.`,
      { details: { liveEvent: name, encodingType: encoding.encodingType } },
    );
  }
  return feed.encoding;
}
