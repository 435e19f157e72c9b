import type { Clock } from '../../base/clock.ts';
import { createEmitter, type EventSource } from '../../base/emitter.ts';
import type { Problem } from '../../shared/api/common.ts';
import type { LoudnessTargetChoice, ProgrammeSound } from '../../shared/api/sound.ts';
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
import { refsOf, resolveSource } from '../../shared/scene-sources.ts';
import type { Canvas, MixerCommand, MixerEvent, MixerSource } from '../ports/mixer.ts';
import type { PictureFacts } from './scenes/compile-scene.ts';
import type { SceneShelf } from './scenes/scene-shelf.ts';
import { createSoundBoard, warnedOf } from './sound-board.ts';

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
export type PrepareSource = (
  spec: SourceSpec,
  options?: {
    /** A device that is not there now is waited for, where the system lets it be named all the same. */
    readonly mayBeAway: boolean;
  },
) => Promise<PreparedSource>;

/** The sources of the studio: which there are, how each is doing, how loud each is, and which is on air. */
export type SourceBoard = {
  /** All or nothing: a source that is not right leaves everything as it was. Those that stay the same keep running. */
  set(specs: readonly SourceSpec[]): Promise<void>;
  /** Takes up those of the last time, as far as they can be; tells why the others cannot. */
  restore(specs: readonly SourceSpec[]): Promise<readonly AppError[]>;
  specs(): readonly SourceSpec[];
  statuses(): readonly SourceStatus[];
  scene(): Scene;
  setScene(scene: Scene): void;
  audio(): readonly AudioInput[];
  setAudio(id: string, patch: AudioInputPatch): AudioInput;
  /** Inputs have come or gone, or something was set of one. */
  readonly audioChanged: EventSource<undefined>;
  /** Sound as a whole. */
  sound(): ProgrammeSound;
  setLoudnessTarget(target: LoudnessTargetChoice): void;
  /** The newest levels of the inputs and, last, of the programme. */
  readings(): readonly MeterReading[];
  /** The largest picture that any source has; undefined when none says. */
  nativeSize(): { readonly width: number; readonly height: number } | undefined;
  hasPicture(): boolean;
  /** The sources that have a picture. */
  pictures(): readonly PictureFacts[];
  /** Whether there is something else to warn of than before. */
  onMixerEvent(event: MixerEvent): boolean;
  /** Sound inputs that have been silent for ten seconds. */
  silent(): ReadonlySet<string>;
  /** Everything the mixer has to know of the sources. */
  commands(canvas: Canvas): readonly MixerCommand[];
  onAir(): ReadonlySet<string>;
};

type Entry = {
  readonly spec: SourceSpec;
  readonly prepared: PreparedSource;
  status: Extract<MixerEvent, { type: 'source' }> | undefined;
};

export function createSourceBoard(options: {
  readonly prepare: PrepareSource;
  readonly clock: Clock;
  /** What `scene` of kind `scene` may name. */
  readonly scenes: Pick<SceneShelf, 'has' | 'get'>;
}): SourceBoard {
  const sound = createSoundBoard(options.clock);
  const audioChanged = createEmitter<undefined>();
  let entries: readonly Entry[] = [];
  let scene: Scene = { kind: 'slate' };
  /** Whoever puts the slate on wants to be hidden; without that it is only there because there was nothing else. */
  let isSlateChosen = false;

  function audio(): readonly AudioInput[] {
    return entries
      .filter(({ prepared }) => prepared.hasAudio)
      .map(({ spec, prepared }) => ({ id: spec.id, label: prepared.label, ...sound.settingsOf(spec.id) }));
  }

  function pictures(): readonly PictureFacts[] {
    return entries
      .filter(({ prepared }) => prepared.hasVideo)
      .map(({ spec: { id, kind }, prepared: { nativeSize } }) => ({ id, kind, nativeSize }));
  }

  function shownSources(): readonly string[] {
    if (scene.kind === 'scene' && options.scenes.has(scene.scene)) {
      const { spec } = options.scenes.get(scene.scene);
      return refsOf(spec).flatMap((ref) => resolveSource(ref, pictures())?.id ?? []);
    }
    return scene.kind === 'single' ? [scene.source] : [];
  }

  /** What is shown when the scene's source is gone: the first picture there is. */
  function repairScene(): void {
    // A scene that was made says itself what is in it, and what is seen while that is gone.
    if (isSlateChosen || scene.kind === 'scene') {
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
      sound.follow(audio().map(({ id }) => id));
      repairScene();
      audioChanged.emit(undefined);
    },
    async restore(specs) {
      const failures: AppError[] = [];
      const taken = await Promise.all(
        specs.map(async (spec): Promise<readonly Entry[]> => {
          try {
            return [{ spec, prepared: await options.prepare(spec, { mayBeAway: true }), status: undefined }];
          } catch (error) {
            failures.push(toAppError(error));
            return [];
          }
        }),
      );
      entries = taken.flat();
      sound.follow(audio().map(({ id }) => id));
      repairScene();
      audioChanged.emit(undefined);
      return failures;
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
        ...(status?.sync === undefined ? {} : { sync: status.sync }),
        ...(status?.fault === undefined ? {} : { error: faultOf(status.fault) }),
      })),
    scene: () => scene,
    setScene(next) {
      if (next.kind === 'scene') {
        options.scenes.get(next.scene);
      }
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
      const changed = { ...input, ...sound.change(id, patch) };
      audioChanged.emit(undefined);
      return changed;
    },
    audioChanged,
    sound: () => sound.state(audio()),
    setLoudnessTarget: (target) => sound.setLoudnessTarget(target),
    readings: () => sound.readings(),
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
    pictures,
    onMixerEvent(event) {
      if (event.type === 'source') {
        const entry = entries.find(({ spec }) => spec.id === event.id);
        if (entry !== undefined) {
          entry.status = event;
        }
      }
      return event.type === 'meters' && sound.hear(event, audio());
    },
    silent: () => warnedOf(sound.state(audio()).warnings, 'silent'),
    commands: (canvas) => [
      { type: 'sources', sources: entries.map(({ prepared }) => prepared.source(canvas)) },
      // One that was made follows with everything in it; see `SceneDesk.commands`.
      ...(scene.kind === 'scene' ? [] : [{ type: 'scene', scene } as const]),
      ...sound.commands(audio()),
    ],
    onAir: () =>
      new Set([
        ...shownSources(),
        ...entries.filter(({ prepared }) => !prepared.hasVideo).map(({ spec }) => spec.id),
      ]),
  };
}

function faultOf(fault: { readonly code: AppError['code']; readonly message: string }): Problem {
  return problemOf(toAppError(new AppError(fault.code, fault.message)));
}
