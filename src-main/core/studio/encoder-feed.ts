import { randomUUID } from 'node:crypto';
import { type Clock, sleep } from '../../base/clock.ts';
import { createEmitter, type EventSource } from '../../base/emitter.ts';
import { ticks } from '../../media/time.ts';
import type { VideoLayer } from '../../shared/api/ladder.ts';
import type { EncoderStatus } from '../../shared/api/studio.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import { type EncoderChoice, encoderCommand, gopFrames } from '../encode/encoder-args.ts';
import { OVERLOAD_POLICY, type OverloadPolicy, startOverload, watchOverload } from '../encode/overload.ts';
import {
  type EncodingStep,
  type EncodingStepKind,
  encodingSteps,
  stepSentence,
} from '../encode/overload-steps.ts';
import type { LadderPlan } from '../encode/resolve-ladder.ts';
import { VIDEO_CODECS } from '../encode/video-codecs.ts';
import { createEncodedIntake } from '../ingest/studio/encoded-intake.ts';
import type { Feed, OpenFeed } from '../ports/feed.ts';
import type { Logger } from '../ports/logger.ts';
import type { Mixer, MixerEvent } from '../ports/mixer.ts';
import type { FfmpegBinary } from '../ports/process.ts';
import type { TimelineInput } from '../ports/timeline.ts';
import { openSeparateFeed, type SeparateFeed, type SeparateFeedOptions } from './separate-feed.ts';

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
  /** The sound inputs that are recorded by themselves; left out: none. */
  readonly separate?: Pick<SeparateFeedOptions, 'wanted' | 'changed'>;
  /** How patient it is with an encoder that falls behind; tests have no minutes. */
  readonly overload?: OverloadPolicy;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** The local encoder as a way into live events. One at a time, because there is one programme. */
export type EncoderFeed = {
  readonly open: OpenFeed;
  readonly status: () => EncoderStatus | undefined;
  /** Whether it cannot keep up with what is wanted of it, so that what can wait should. */
  readonly isOverloaded: () => boolean;
  /** Sentences for the presenter, and errors that need one. */
  readonly notices: EventSource<EncoderNotice>;
};

export type EncoderNotice =
  | {
      readonly kind: 'reduced' | 'restored';
      readonly step: Exclude<EncodingStepKind, 'full'>;
      /** Layers that are left out since, or back. */
      readonly layers: readonly VideoLayer[];
      readonly sentence: string;
    }
  | { readonly kind: 'fault'; readonly error: AppError };

/** The first segment is short, so that a viewer can start a second after the button. */
const FIRST_GOP_SECONDS = 1;
/** From a stop to the last fragment; the mixer itself gives the process 2 s. */
const FLUSH_MS = 4000;
const RETRY_MS = 1000;

export function createEncoderFeed(options: EncoderFeedOptions): EncoderFeed {
  const { clock, logger, overload: policy = OVERLOAD_POLICY } = options;
  const notices = createEmitter<EncoderNotice>();
  let current: { readonly status: () => EncoderStatus; readonly isOverloaded: () => boolean } | undefined;

  const open: OpenFeed = async ({ liveEvent, input, separate: separateInput }): Promise<Feed> => {
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
    let encoding = randomUUID();
    let stopping = false;
    // A function, so that what happened while something was awaited is seen.
    const isStopping = (): boolean => stopping;
    let measured = { speed: 1, backlogFrames: 0, restarts: 0 };
    let overload = startOverload(clock.monotonicMs(), 0, policy);
    /** What this encoder cannot be asked for. */
    let without: ReadonlySet<EncodingStepKind> = new Set();
    let steps = stepsOf(plan, without);
    const step = (): EncodingStep => steps[overload.step] ?? steps[0];
    const ended = Promise.withResolvers<undefined>();

    const command = (firstGopSeconds?: number) =>
      encoderCommand(plan.ladder, {
        binary: plan.binary,
        encoder: { ...plan.encoder, preset: step().preset },
        cores: options.cores,
        gopSeconds: plan.gopSeconds,
        firstGopSeconds,
        reduction: step(),
      });
    const first = command(Math.min(FIRST_GOP_SECONDS, plan.gopSeconds ?? FIRST_GOP_SECONDS));
    const intake = createEncodedIntake({
      tracks: first.tracks,
      offsetSeconds: first.offsetSeconds,
      input,
      onFault,
    });

    function onEvent(event: MixerEvent): void {
      if (!('encoding' in event) || event.encoding !== encoding) {
        return;
      }
      switch (event.type) {
        case 'encoder-run':
          intake.beginRun({
            run: event.run,
            tracks: event.tracks,
            videoStart: ticks(BigInt(event.videoStart)),
            audioStart: ticks(BigInt(event.audioStart)),
          });
          break;
        case 'encoder-status':
          measured = event;
          watchLoad(event);
          break;
        case 'separate-status':
        case 'separate-ended':
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
      const before = overload.step;
      const { state, action } = watchOverload(overload, { atMs: clock.monotonicMs(), ...event }, steps, policy);
      overload = state;
      if (action.kind === 'step-down' || action.kind === 'step-up') {
        mixer.send({ type: 'replace-encoder', encoding, command: command() });
        tellSteps(before, action.step, event);
      } else if (action.kind === 'exhausted') {
        notices.emit({ kind: 'fault', error: action.error });
      }
    }

    /** One sentence for each step, also of several that are taken at once. */
    function tellSteps(from: number, to: number, load: object): void {
      const isDown = to > from;
      const passed = steps.slice(Math.min(from, to) + 1, Math.max(from, to) + 1);
      for (const one of isDown ? passed : passed.toReversed()) {
        const above = steps[steps.indexOf(one) - 1];
        if (above === undefined || one.kind === 'full') {
          continue;
        }
        const sentence = stepSentence(isDown ? 'down' : 'up', one, above);
        logger.warn({ liveEvent, step: one.kind, preset: step().preset, ...load }, sentence);
        notices.emit({
          kind: isDown ? 'reduced' : 'restored',
          step: one.kind,
          layers: above.layers.filter((layer) => !one.layers.includes(layer)),
          sentence,
        });
      }
    }

    /** With what was changed last, the encoder describes its tracks differently: that is taken back, and not asked for again. */
    function onFault(error: AppError): void {
      notices.emit({ kind: 'fault', error });
      const bad = step();
      if (bad.kind === 'full' || isStopping()) {
        return;
      }
      without = new Set([...without, bad.kind]);
      steps = stepsOf(plan, without);
      const dearer = steps.findLastIndex(({ cost }) => cost > bad.cost);
      overload = { ...startOverload(clock.monotonicMs(), Math.max(0, dearer), policy), waitMs: overload.waitMs };
      logger.error({ liveEvent, error, step: bad.kind }, 'a cheaper way to encode does not work here');
      mixer.send({ type: 'replace-encoder', encoding, command: command() });
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
      without = new Set();
      steps = stepsOf(plan, without);
      overload = startOverload(clock.monotonicMs(), 0, policy);
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
    const separate = openSeparate(mixer, plan.binary, separateInput);

    current = {
      status: () => ({
        encoder: plan.encoder.codec,
        preset: step().preset,
        frameRate: frameRateOf(plan.ladder) / (step().halfRate ? 2 : 1),
        layers: [...step().layers],
        audioBitrate: plan.ladder.audio.bitrate,
        speed: measured.speed,
        backlogFrames: measured.backlogFrames,
        restarts: measured.restarts,
        ...reductionOf(steps, overload.step),
      }),
      isOverloaded: () => overload.step > 0 || overload.behindSinceMs !== undefined,
    };

    let stopped: Promise<void> | undefined;
    async function stop(): Promise<void> {
      stopping = true;
      mixer.send({ type: 'stop-encoder', encoding });
      await Promise.all([Promise.race([ended.promise, sleep(clock, FLUSH_MS)]), separate?.stop()]);
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

  function openSeparate(
    mixer: Mixer,
    binary: FfmpegBinary,
    input: TimelineInput | undefined,
  ): SeparateFeed | undefined {
    return input === undefined || options.separate === undefined
      ? undefined
      : openSeparateFeed({
          ...options.separate,
          mixer,
          binary,
          input,
          onFault: (error) => notices.emit({ kind: 'fault', error }),
          clock,
          logger,
        });
  }

  return {
    open,
    status: () => current?.status(),
    isOverloaded: () => current?.isOverloaded() ?? false,
    notices,
  };
}

/** From the preset that was found right for this computer down. */
function stepsOf({ ladder, encoder, gopSeconds }: EncodingPlan, without: ReadonlySet<EncodingStepKind>) {
  const { presets } = VIDEO_CODECS[encoder.codec];
  return encodingSteps(ladder, {
    presets: [encoder.preset, ...presets.slice(presets.indexOf(encoder.preset) + 1)],
    gopFrames: gopFrames(ladder.canvas.frameRate, gopSeconds),
    without,
  });
}

function frameRateOf({ canvas }: LadderPlan): number {
  return canvas.frameRate.numerator / canvas.frameRate.denominator;
}

function reductionOf(steps: readonly EncodingStep[], index: number): Pick<EncoderStatus, 'reduction'> {
  const [full, step, above] = [steps[0], steps[index], steps[index - 1]];
  if (full === undefined || step === undefined || above === undefined || step.kind === 'full') {
    return {};
  }
  return {
    reduction: {
      step: step.kind,
      leftOut: full.layers.filter((layer) => !step.layers.includes(layer)),
      halfFrameRate: step.halfRate,
      sentence: stepSentence('down', step, above),
    },
  };
}
