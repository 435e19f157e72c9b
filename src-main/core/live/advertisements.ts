import type { Clock } from '../../base/clock.ts';
import { PTS_CYCLE } from '../../media/scte35/fields.ts';
import { spliceInfo, writeSpliceInfo } from '../../media/scte35/splice-info.ts';
import { secondsToTicks, type Ticks } from '../../media/time.ts';
import type { EndAdvertisement, LiveEvent, ShowSlate, StartAdvertisement } from '../../shared/api/live-events.ts';
import { AppError } from '../../shared/app-error.ts';
import { CUE_TIMESCALE, type Cue } from '../ports/cues.ts';
import type { EventFeedEncoding } from '../ports/feed.ts';
import type { EventRun } from './event-run.ts';
import { createOnAir } from './on-air.ts';

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
  /**
   * Takes a break back that nobody has seen yet, or ends it with a splice_insert back into the programme; with it goes the slate that stands
   * for it. Throws `resource/not-found`.
   */
  end(event: LiveEvent, run: EventRun, request: EndAdvertisement): void;
  /** What of all that is there now; undefined when nothing is. */
  onAir(run: EventRun): LiveEvent['onAir'];
};

export function createAdvertisements(options: {
  readonly clock: Clock;
  readonly readSlate: ReadSlate;
}): Advertisements {
  const onAir = createOnAir(options.clock);

  /** Media time of what comes in now, as viewers will see it; of a break with a slate that of the slate, which is put over what goes out. */
  function nowOf({ feed }: EventRun, isSlated: boolean): Ticks {
    const delaySeconds = isSlated ? 0 : (feed.encoding?.delaySeconds() ?? 0);
    return secondsToTicks(options.clock.wallMs() / 1000 + delaySeconds, CUE_TIMESCALE);
  }

  function end(event: LiveEvent, run: EventRun, { cueId }: EndAdvertisement): void {
    const isSlated = onAir.isSlated(run, cueId);
    const back = { time: nowOf(run, isSlated), message: backSection(cueId) };
    if (!run.session.cues.cancel(SCHEME, String(cueId), back)) {
      throw new AppError(
        'resource/not-found',
        `The live event ${event.name} has no advertisement ${cueId} to come or under way.`,
        { details: { liveEvent: event.name, cueId } },
      );
    }
    onAir.endBreak(run, cueId);
    if (isSlated) {
      onAir.hideSlate(run);
      run.feed.encoding?.hideSlate();
    }
  }

  return {
    async showSlate(event, run, { duration, assetName }) {
      const encoding = encodingOf(event, run);
      const picture = assetName === undefined ? undefined : await options.readSlate(assetName);
      await encoding.showSlate(duration, picture);
      onAir.showSlate(run, duration, undefined);
    },
    hideSlate(event, run) {
      encodingOf(event, run).hideSlate();
      onAir.hideSlate(run);
    },
    async start(event, run, { duration, cueId, showSlate }) {
      if (duration === 0) {
        end(event, run, { cueId });
        return;
      }
      const withSlate = showSlate ?? event.encoding.slate?.insertSlateOnAdMarker ?? false;
      const encoding = withSlate ? encodingOf(event, run) : run.feed.encoding;
      const cue = breakCue(cueId, nowOf(run, withSlate), Math.round(duration * CUE_TIMESCALE));
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
        onAir.showSlate(run, duration, cueId);
      }
      onAir.beginBreak(run, cueId, duration);
    },
    end,
    onAir: (run) => onAir.now(run),
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

/** Back into the programme as soon as it is there: the time is that of the cue. */
function backSection(cueId: number): Uint8Array {
  return writeSpliceInfo(
    spliceInfo({
      kind: 'insert',
      eventId: cueId,
      event: {
        outOfNetwork: false,
        where: { kind: 'program', time: 'immediate' },
        breakDuration: undefined,
        uniqueProgramId: 0,
        availNumber: 0,
        availsExpected: 0,
      },
    }),
  );
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
