import { randomUUID } from 'node:crypto';
import { type Clock, sleep } from '../../base/clock.ts';
import { createEmitter, type EventSource } from '../../base/emitter.ts';
import { ticks } from '../../media/time.ts';
import type { EncoderStatus } from '../../shared/api/studio.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import { type EncoderChoice, encoderCommand } from '../encode/encoder-args.ts';
import { startOverload, watchOverload } from '../encode/overload.ts';
import type { LadderPlan } from '../encode/resolve-ladder.ts';
import { VIDEO_CODECS } from '../encode/video-codecs.ts';
import { createEncodedIntake } from '../ingest/studio/encoded-intake.ts';
import type { Feed, OpenFeed } from '../ports/feed.ts';
import type { Logger } from '../ports/logger.ts';
import type { Mixer, MixerEvent } from '../ports/mixer.ts';
import type { FfmpegBinary } from '../ports/process.ts';

/** What to encode and with what, decided anew for each broadcast. */
export type EncodingPlan = {
  readonly ladder: LadderPlan;
  readonly encoder: EncoderChoice;
  readonly binary: FfmpegBinary;
  /** From key frame to key frame; the encoder's usual length when left out. */
  readonly gopSeconds?: number;
};

export type EncoderFeedOptions = {
  readonly mixer: () => Promise<Mixer>;
  /** `avoid`: the encoder of the last plan failed on the spot; another one is wanted. */
  readonly plan: (options: { readonly avoid: boolean }) => Promise<EncodingPlan>;
  readonly cores: number;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** The local encoder as a way into live events. One at a time, because there is one programme. */
export type EncoderFeed = {
  readonly open: OpenFeed;
  readonly status: () => EncoderStatus | undefined;
  /** Sentences for the presenter, and errors that need one. */
  readonly notices: EventSource<EncoderNotice>;
};

export type EncoderNotice =
  | { readonly kind: 'reduced' | 'restored'; readonly sentence: string }
  | { readonly kind: 'fault'; readonly error: AppError };

/** The first segment is short, so that a viewer can start a second after the button. */
const FIRST_GOP_SECONDS = 1;
/** From a stop to the last fragment; the mixer itself gives the process 2 s. */
const FLUSH_MS = 4000;
const RETRY_MS = 1000;

export function createEncoderFeed(options: EncoderFeedOptions): EncoderFeed {
  const { clock, logger } = options;
  const notices = createEmitter<EncoderNotice>();
  let current: { readonly status: () => EncoderStatus } | undefined;

  const open: OpenFeed = async ({ liveEvent, input }): Promise<Feed> => {
    if (current !== undefined) {
      throw new AppError(
        'resource/in-use',
        'The encoder of this computer feeds another live event already. Stop that one first.',
        {
          details: { liveEvent },
        },
      );
    }
    const mixer = await options.mixer();
    let plan = await options.plan({ avoid: false });
    let preset = plan.encoder.preset;
    let encoding = randomUUID();
    let stopping = false;
    // A function, so that what happened while something was awaited is seen.
    const isStopping = (): boolean => stopping;
    let measured = { speed: 1, backlogFrames: 0, restarts: 0 };
    let overload = startOverload(clock.monotonicMs());
    const ended = Promise.withResolvers<undefined>();

    const command = (firstGopSeconds?: number) =>
      encoderCommand(plan.ladder, {
        binary: plan.binary,
        encoder: { ...plan.encoder, preset },
        cores: options.cores,
        gopSeconds: plan.gopSeconds,
        firstGopSeconds,
      });
    const first = command(Math.min(FIRST_GOP_SECONDS, plan.gopSeconds ?? FIRST_GOP_SECONDS));
    const intake = createEncodedIntake({
      tracks: first.tracks,
      offsetSeconds: first.offsetSeconds,
      input,
      onFault: (error) => notices.emit({ kind: 'fault', error }),
    });

    function onEvent(event: MixerEvent): void {
      if (!('encoding' in event) || event.encoding !== encoding) {
        return;
      }
      switch (event.type) {
        case 'encoder-run':
          intake.beginRun({
            run: event.run,
            videoStart: ticks(BigInt(event.videoStart)),
            audioStart: ticks(BigInt(event.audioStart)),
          });
          break;
        case 'encoder-status':
          measured = event;
          watchLoad(event);
          break;
        case 'encoder-ended':
          if (stopping) {
            ended.resolve(undefined);
          } else {
            void startAnew(
              event.fault === undefined ? undefined : new AppError(event.fault.code, event.fault.message),
            );
          }
          break;
      }
    }

    function watchLoad(event: { readonly backlogFrames: number; readonly speed: number }): void {
      const { presets } = VIDEO_CODECS[plan.encoder.codec];
      const { state, action } = watchOverload(overload, { atMs: clock.monotonicMs(), ...event }, presets);
      overload = state;
      if (action.kind === 'step-down' || action.kind === 'step-up') {
        preset = action.preset;
        logger.warn({ liveEvent, preset, ...event }, action.sentence);
        mixer.send({ type: 'replace-encoder', encoding, command: command() });
        notices.emit({ kind: action.kind === 'step-down' ? 'reduced' : 'restored', sentence: action.sentence });
      } else if (action.kind === 'exhausted') {
        notices.emit({ kind: 'fault', error: action.error });
      }
    }

    /** The mixer gave the encoding up: another encoder may work, and the timeline goes on with whatever comes next. */
    async function startAnew(error: AppError | undefined): Promise<void> {
      if (error !== undefined) {
        logger.error({ liveEvent, error }, 'the encoder was given up; another one is tried');
        notices.emit({ kind: 'fault', error });
      }
      await sleep(clock, RETRY_MS);
      if (isStopping()) {
        return;
      }
      let other: EncodingPlan;
      try {
        other = await options.plan({ avoid: true });
      } catch (failure) {
        await startAnew(toAppError(failure));
        return;
      }
      if (isStopping()) {
        return;
      }
      plan = { ...other, ladder: plan.ladder };
      preset = plan.encoder.preset;
      overload = startOverload(clock.monotonicMs());
      encoding = randomUUID();
      mixer.send({ type: 'start-encoder', encoding, command: command() });
    }

    const listening = new DisposableStack();
    listening.use(mixer.events.on(onEvent));
    listening.use(
      mixer.data.on((data) => {
        if (data.type === 'encoded') {
          intake.push(data.run, data.track, data.bytes);
        }
      }),
    );
    mixer.send({ type: 'start-encoder', encoding, command: first });

    current = {
      status: () => ({
        encoder: plan.encoder.codec,
        preset,
        frameRate: plan.ladder.canvas.frameRate.numerator / plan.ladder.canvas.frameRate.denominator,
        layers: [...plan.ladder.video],
        audioBitrate: plan.ladder.audio.bitrate,
        speed: measured.speed,
        backlogFrames: measured.backlogFrames,
        restarts: measured.restarts,
      }),
    };

    let stopped: Promise<void> | undefined;
    async function stop(): Promise<void> {
      stopping = true;
      mixer.send({ type: 'stop-encoder', encoding });
      await Promise.race([ended.promise, sleep(clock, FLUSH_MS)]);
      listening.dispose();
      current = undefined;
    }
    return {
      stop() {
        stopped ??= stop();
        return stopped;
      },
    };
  };

  return { open, status: () => current?.status(), notices };
}
