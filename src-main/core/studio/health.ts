import type { Destination } from '../../shared/api/publishing.ts';
import type { SoundWarning } from '../../shared/api/sound.ts';
import type {
  AudioInput,
  EncoderStatus,
  HealthReason,
  ReductionStep,
  SourceStatus,
  StudioState,
} from '../../shared/api/studio.ts';

export type HealthInput = {
  readonly encoder: EncoderStatus | undefined;
  readonly sources: readonly SourceStatus[];
  /** Sources that are on air: trouble with another one is no trouble of the broadcast. */
  readonly onAir: ReadonlySet<string>;
  readonly audio: readonly AudioInput[];
  /** Sound inputs that have given nothing for `NO_SIGNAL_SECONDS`. */
  readonly silent: ReadonlySet<string>;
  readonly warnings: readonly SoundWarning[];
  readonly destinations: readonly Destination[];
  readonly diskLevel: 'fine' | 'low' | 'full';
  readonly mixer: StudioState['mixer'];
};

/** Below this, viewers notice: frames wait for the encoder. */
const LEAST_SPEED = 0.97;

const REDUCED: Readonly<Record<ReductionStep, HealthReason['code']>> = {
  preset: 'ladder-reduced',
  rungs: 'qualities-left-out',
  'frame-rate': 'frame-rate-halved',
};

/** How the broadcast is doing, with every reason for its not being good. Pure; the page has the words. */
export function healthOf(input: HealthInput): StudioState['health'] {
  const reasons: (HealthReason & { readonly level: 'fair' | 'poor' })[] = [];
  const add = (level: 'fair' | 'poor', code: HealthReason['code'], detail: string, subject?: string): void => {
    reasons.push({ level, code, detail, ...(subject === undefined ? {} : { subject }) });
  };

  if (input.mixer === 'restarting') {
    add('poor', 'mixer-restarted', 'The mixer is being restarted.');
  }
  if (input.encoder !== undefined && input.encoder.speed < LEAST_SPEED && input.encoder.backlogFrames > 1) {
    add('poor', 'encoder-slow', 'The computer does not keep up with encoding.');
  }
  const { reduction } = input.encoder ?? {};
  if (reduction !== undefined) {
    add('fair', REDUCED[reduction.step], reduction.sentence);
  }
  for (const { spec, label, state, hasVideo } of input.sources.filter((source) =>
    input.onAir.has(source.spec.id),
  )) {
    if (state === 'held' && hasVideo) {
      add('fair', 'source-held', `${label} gives no new picture; the last one is shown.`, spec.id);
    } else if (state === 'lost' && !hasVideo) {
      add('poor', 'sound-lost', `${label} is gone; viewers do not hear it until it is back.`, spec.id);
    } else if (state === 'lost') {
      add('poor', 'source-lost', `${label} is gone; viewers see the slate until it is back.`, spec.id);
    } else if (state === 'failed') {
      add('poor', 'source-failed', `${label} cannot be used.`, spec.id);
    }
  }
  for (const { id, label, muted } of input.audio) {
    const has = (kind: SoundWarning['kind']): boolean =>
      input.warnings.some((warning) => warning.kind === kind && warning.input === id);
    if (has('muted-speaking')) {
      add('poor', 'muted-speaking', `Somebody talks into ${label}, which is muted.`, id);
    } else if (muted) {
      add('fair', 'muted', `${label} is muted.`, id);
    } else if (input.silent.has(id)) {
      add('fair', 'no-signal', `${label} has given no sound for 10 seconds.`, id);
    }
    if (has('clipping')) {
      add('fair', 'clipping', `${label} is too loud and sounds distorted.`, id);
    }
    if (has('echo')) {
      add('fair', 'echo', `${label} hears what the computer plays, so that viewers hear it twice.`, id);
    }
  }
  for (const { name, state, error, sending } of input.destinations) {
    if (state === 'failed' && error?.code === 'publish/refused') {
      add('fair', 'destination-refused', `${name} refuses the broadcast: ${error.detail}`, name);
    } else if (state === 'reconnecting' || state === 'failed') {
      add('fair', 'destination-down', `${name} does not receive the broadcast.`, name);
    } else if (sending?.isReduced === true) {
      add(
        'fair',
        'destination-reduced',
        `${name} gets ${sending.height}p: the network there takes no more.`,
        name,
      );
    }
  }
  if (input.diskLevel !== 'fine') {
    add(
      input.diskLevel === 'full' ? 'poor' : 'fair',
      'disk-low',
      input.diskLevel === 'full' ? 'The disk is full: nothing more is recorded.' : 'The disk is nearly full.',
    );
  }
  const level = reasons.some((reason) => reason.level === 'poor') ? 'poor' : reasons.length > 0 ? 'fair' : 'good';
  return { level, reasons: reasons.map(({ level: _level, ...reason }) => reason) };
}
