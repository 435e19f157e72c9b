import type { SourceSpec } from '../../shared/api/studio.ts';
import type { Canvas, MixerSource } from '../ports/mixer.ts';
import { captureCommand } from './capture-command.ts';
import type { Environment } from './capture-context.ts';
import { NO_DEVICES } from './device-facts.ts';
import { describeSource, type SourceDescription } from './source-labels.ts';
import { type SourceFacts, type ValidateSourceOptions, validateSource } from './validate-source.ts';

export type PreparedSource = SourceDescription & {
  /** What the mixer runs, for a canvas. */
  readonly source: (canvas: Canvas) => MixerSource;
};

export type PrepareSourceOptions = ValidateSourceOptions & {
  readonly environment: Environment;
  /** Where what the page of a `browser` sends is fetched. */
  readonly browserFeed?: ((source: string) => Promise<URL>) | undefined;
};

/** Any canvas will do to find out whether there is a command line. */
const SOME_CANVAS: Canvas = { width: 1280, height: 720, frameRate: { numerator: 30, denominator: 1 } };

/** From what the presenter chose to what the mixer runs: checks it, finds out what it gives, and writes its command line. */
export async function prepareSource(spec: SourceSpec, options: PrepareSourceOptions): Promise<PreparedSource> {
  if (spec.kind === 'test') {
    const description = describeSource(spec, NO_DEVICES, undefined);
    const source = { ...mixerSource(spec, description), input: { kind: 'test' } as const };
    return { ...description, source: () => source };
  }
  const facts = await validateSource(spec, options);
  const description = describeSource(spec, facts.devices, facts.media);
  const feed = spec.kind === 'browser' ? await options.browserFeed?.(spec.id) : undefined;
  const command = (canvas: Canvas) => captureCommand(spec, { ...contextFor(canvas, facts, options), feed });
  command(SOME_CANVAS);
  return {
    ...description,
    source: (canvas) => ({
      ...mixerSource(spec, description),
      input: { kind: 'capture', command: command(canvas) },
    }),
  };
}

function contextFor(canvas: Canvas, facts: SourceFacts, options: PrepareSourceOptions) {
  return {
    platform: options.platform,
    canvas,
    binary: options.binary,
    environment: options.environment,
    ...facts,
  };
}

function mixerSource({ id, kind }: SourceSpec, { label, hasVideo, hasAudio }: SourceDescription) {
  const isFeed = kind === 'browser' ? { feed: true } : {};
  return { id, kind, label, hasVideo, hasAudio, rejectBlack: GRABBED.includes(kind), ...isFeed };
}

/** Where black from the beginning means that the system hides the picture: Wayland, another graphics card, no permission. A camera may be covered. */
const GRABBED: readonly SourceSpec['kind'][] = ['screen', 'window'];
