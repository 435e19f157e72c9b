import type { Clock } from '../../base/clock.ts';
import type { Problem } from '../../shared/api/common.ts';
import type {
  AudioInput,
  AudioInputPatch,
  MeterReading,
  Scene,
  SourceSpec,
  SourceStatus,
} from '../../shared/api/studio.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import { problemOf } from '../../shared/problem.ts';
import type { Canvas, MixerCommand, MixerEvent, MixerSource } from '../ports/mixer.ts';

/** A source that was checked and is ready to run. */
export type PreparedSource = {
  readonly label: string;
  readonly hasVideo: boolean;
  readonly hasAudio: boolean;
  /** The picture's own size, when it is known before it runs. */
  readonly nativeSize: { readonly width: number; readonly height: number } | undefined;
  /** What the mixer runs, for a canvas. */
  readonly source: (canvas: Canvas) => MixerSource;
};

/** Checks a source and finds out what it gives. Throws `capture/…`, naming the cure. */
export type PrepareSource = (spec: SourceSpec) => Promise<PreparedSource>;

/** The sources of the studio: which there are, how each is doing, how loud each is, and which is on air. */
export type SourceBoard = {
  /** All or nothing: a source that is not right leaves everything as it was. Those that stay the same keep running. */
  set(specs: readonly SourceSpec[]): Promise<void>;
  specs(): readonly SourceSpec[];
  statuses(): readonly SourceStatus[];
  scene(): Scene;
  setScene(scene: Scene): void;
  audio(): readonly AudioInput[];
  setAudio(id: string, patch: AudioInputPatch): AudioInput;
  /** The largest picture that any source has; undefined when none says. */
  nativeSize(): { readonly width: number; readonly height: number } | undefined;
  hasPicture(): boolean;
  onMixerEvent(event: MixerEvent): void;
  /** Sound inputs that have been silent for ten seconds. */
  silent(): ReadonlySet<string>;
  /** Everything the mixer has to know of the sources. */
  commands(canvas: Canvas): readonly MixerCommand[];
  onAir(): ReadonlySet<string>;
};

/** Quieter than this is no signal: the noise of a connected microphone is above it. */
const SIGNAL_DB = -70;
const NO_SIGNAL_MS = 10_000;

type Entry = {
  readonly spec: SourceSpec;
  readonly prepared: PreparedSource;
  status: Extract<MixerEvent, { type: 'source' }> | undefined;
};

export function createSourceBoard(options: {
  readonly prepare: PrepareSource;
  readonly clock: Clock;
}): SourceBoard {
  const { clock } = options;
  let entries: readonly Entry[] = [];
  let scene: Scene = { kind: 'slate' };
  /** Whoever puts the slate on wants to be hidden; without that it is only there because there was nothing else. */
  let isSlateChosen = false;
  const levels = new Map<string, { readonly gainDb: number; readonly muted: boolean }>();
  const heardAtMs = new Map<string, number>();

  const levelOf = (id: string) => levels.get(id) ?? { gainDb: 0, muted: false };

  function audio(): readonly AudioInput[] {
    return entries
      .filter(({ prepared }) => prepared.hasAudio)
      .map(({ spec, prepared }) => ({ id: spec.id, label: prepared.label, ...levelOf(spec.id) }));
  }

  function noteLevels(readings: readonly MeterReading[]): void {
    for (const { id, peakDb } of readings) {
      if (peakDb > SIGNAL_DB) {
        heardAtMs.set(id, clock.monotonicMs());
      }
    }
  }

  /** What is shown when the scene's source is gone: the first picture there is. */
  function repairScene(): void {
    if (isSlateChosen) {
      return;
    }
    const shown = scene.kind === 'single' ? scene.source : undefined;
    if (shown !== undefined && entries.some(({ spec, prepared }) => spec.id === shown && prepared.hasVideo)) {
      return;
    }
    const first = entries.find(({ prepared }) => prepared.hasVideo);
    scene = first === undefined ? { kind: 'slate' } : { kind: 'single', source: first.spec.id };
  }

  return {
    async set(specs) {
      const twice = specs.find(({ id }, index) => specs.findIndex((other) => other.id === id) !== index);
      if (twice !== undefined) {
        throw new AppError(
          'request/invalid',
          `There are two sources with the id ${twice.id}. Nothing was changed.`,
          {
            details: { field: 'sources', id: twice.id },
          },
        );
      }
      entries = await Promise.all(
        specs.map(async (spec): Promise<Entry> => {
          const same = entries.find((entry) => JSON.stringify(entry.spec) === JSON.stringify(spec));
          return same ?? { spec, prepared: await options.prepare(spec), status: undefined };
        }),
      );
      for (const { spec } of entries) {
        // Silence is counted from when a source came, not from the beginning of time.
        heardAtMs.set(spec.id, heardAtMs.get(spec.id) ?? clock.monotonicMs());
      }
      repairScene();
    },
    specs: () => entries.map(({ spec }) => spec),
    statuses: () =>
      entries.map(({ spec, prepared, status }) => ({
        spec,
        label: prepared.label,
        hasVideo: prepared.hasVideo,
        hasAudio: prepared.hasAudio,
        state: status?.state ?? 'starting',
        restarts: status?.restarts ?? 0,
        ...(status?.frameRate === undefined ? {} : { frameRate: status.frameRate }),
        ...(status?.fault === undefined ? {} : { error: faultOf(status.fault) }),
      })),
    scene: () => scene,
    setScene(next) {
      if (
        next.kind === 'single' &&
        !entries.some(({ spec, prepared }) => spec.id === next.source && prepared.hasVideo)
      ) {
        throw new AppError(
          'request/invalid',
          `There is no source ${next.source} with a picture. Nothing was changed.`,
          {
            details: { field: 'source', id: next.source },
          },
        );
      }
      scene = next;
      isSlateChosen = next.kind === 'slate';
    },
    audio,
    setAudio(id, patch) {
      const input = audio().find((candidate) => candidate.id === id);
      if (input === undefined) {
        throw new AppError('resource/not-found', `There is no sound input ${id}.`, { details: { input: id } });
      }
      levels.set(id, { gainDb: patch.gainDb ?? input.gainDb, muted: patch.muted ?? input.muted });
      return { ...input, ...levelOf(id) };
    },
    nativeSize() {
      const sizes = entries.flatMap(({ prepared }) => (prepared.hasVideo ? [prepared.nativeSize] : []));
      const known = sizes.filter((size) => size !== undefined);
      // One source of unknown size may be larger than all others.
      if (known.length === 0 || known.length < sizes.length) {
        return undefined;
      }
      return known.reduce((largest, size) =>
        size.width * size.height > largest.width * largest.height ? size : largest,
      );
    },
    hasPicture: () => entries.some(({ prepared }) => prepared.hasVideo),
    onMixerEvent(event) {
      if (event.type === 'source') {
        const entry = entries.find(({ spec }) => spec.id === event.id);
        if (entry !== undefined) {
          entry.status = event;
        }
      } else if (event.type === 'meters') {
        noteLevels(event.readings);
      }
    },
    silent() {
      const now = clock.monotonicMs();
      const quiet = audio().filter(({ id, muted }) => !muted && now - (heardAtMs.get(id) ?? now) > NO_SIGNAL_MS);
      return new Set(quiet.map(({ id }) => id));
    },
    commands: (canvas) => [
      { type: 'sources', sources: entries.map(({ prepared }) => prepared.source(canvas)) },
      { type: 'scene', scene },
      ...audio().map(({ id, gainDb, muted }): MixerCommand => ({ type: 'audio', id, gainDb, muted })),
    ],
    onAir: () =>
      new Set([
        ...(scene.kind === 'single' ? [scene.source] : []),
        ...entries.filter(({ prepared }) => !prepared.hasVideo).map(({ spec }) => spec.id),
      ]),
  };
}

function faultOf(fault: { readonly code: AppError['code']; readonly message: string }): Problem {
  return problemOf(toAppError(new AppError(fault.code, fault.message)));
}
