import type { Clock } from '../../../base/clock.ts';
import { createEmitter, type EventSource } from '../../../base/emitter.ts';
import { createSerial } from '../../../base/serial.ts';
import type { SceneImage, SceneItem, SceneSpec, ScenesState, StoredScenes } from '../../../shared/api/scenes.ts';
import type { Scene } from '../../../shared/api/studio.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { Canvas, Mixer, MixerCommand, MixerEvent } from '../../ports/mixer.ts';
import type { SceneService } from '../../ports/services.ts';
import {
  type CompileContext,
  type CompiledLayers,
  compileOverlays,
  compileScene,
  type PictureFacts,
  type StillSpec,
  stillId,
} from './compile-scene.ts';
import type { KeptImage, SceneImages } from './scene-images.ts';
import { FIRST_SCENES, type SceneShelf } from './scene-shelf.ts';
import type { StillCache } from './still-cache.ts';
import { writePng } from './write-png.ts';

/** The scenes as the control API and the studio see them. */
export type SceneDesk = SceneService & {
  /** Takes up what was kept; the pictures are looked for in any case. */
  restore(stored: StoredScenes | undefined): Promise<void>;
  stored(): StoredScenes;
  /** What `state` gives is another. */
  readonly changed: EventSource<undefined>;
  /** Brings what is on air to the mixer, with everything in it drawn before. */
  show(): Promise<void>;
  /** What a mixer with that canvas has to know; what has not been drawn yet follows by itself. */
  commands(canvas: Canvas): readonly MixerCommand[];
  onMixerEvent(event: MixerEvent): void;
};

export type SceneDeskOptions = {
  readonly shelf: SceneShelf;
  readonly images: SceneImages;
  readonly stills: StillCache;
  /** What is on air. */
  readonly scene: () => Scene;
  readonly pictures: () => readonly PictureFacts[];
  readonly canvas: () => Canvas;
  /** Starts it when it does not run. */
  readonly mixer: () => Promise<Mixer>;
  readonly isMixerRunning: () => boolean;
  readonly clock: Clock;
};

const SKETCH_MS = 5000;
/** A mixer that begins on a busy computer takes some seconds. */
const START_MS = 20_000;
const SKETCH_WIDTH = 320;
const NO_OVERLAYS: CompiledLayers = { layers: [], stills: [] };

export function createSceneDesk(options: SceneDeskOptions): SceneDesk {
  const { shelf, images, stills, clock } = options;
  const changed = createEmitter<undefined>();
  const showing = createSerial();
  const sketching = createSerial();
  const waiting = new Map<number, (event: Extract<MixerEvent, { type: 'sketch' }>) => void>();
  let requests = 0;
  /** Stills that the mixer has. */
  const sent = new Set<string>();
  let sketched: readonly StillSpec[] = [];
  /** The scene that is on air, and since when: its minutes begin there. */
  let taken: { readonly id: string | undefined; readonly atMs: number } = { id: undefined, atMs: 0 };

  function contextOf(canvas: Canvas, takenMs: number): CompileContext {
    return { canvas, pictures: options.pictures(), imageOf: (id) => images.get(id), takenMs };
  }

  function overlaysOn(spec: SceneSpec | undefined, context: CompileContext): CompiledLayers {
    return spec?.kind === 'slate' ? NO_OVERLAYS : compileOverlays(shelf.overlays(), context);
  }

  function compileOnAir(canvas: Canvas) {
    const scene = options.scene();
    const id = scene.kind === 'scene' && shelf.has(scene.scene) ? scene.scene : undefined;
    if (id !== taken.id) {
      taken = { id, atMs: clock.wallMs() };
    }
    const context = contextOf(canvas, taken.atMs);
    const spec = id === undefined ? undefined : shelf.get(id).spec;
    const overlays = overlaysOn(spec, context);
    const compiled = spec === undefined ? undefined : compileScene(spec, context);
    return {
      // A scene that is gone cannot be told from one that was never there.
      scene: compiled?.scene ?? (scene.kind === 'scene' ? ({ kind: 'slate' } as const) : scene),
      overlays: overlays.layers,
      stills: [...(compiled?.stills ?? []), ...overlays.stills],
    };
  }

  /** Those of all scenes: drawn ahead, so that none of them has to wait when it goes on air. */
  function allStills(canvas: Canvas): readonly StillSpec[] {
    const context = contextOf(canvas, clock.wallMs());
    return [
      ...compileOnAir(canvas).stills,
      ...shelf.list().flatMap(({ spec }) => compileScene(spec, context).stills),
      ...compileOverlays(everythingOn(), context).stills,
      ...sketched,
    ];
  }

  function everythingOn() {
    const { logo, lowerThird } = shelf.overlays();
    return { logo: { ...logo, on: true }, lowerThird: { ...lowerThird, on: true } };
  }

  function imageCommands(wanted: readonly StillSpec[]): readonly MixerCommand[] {
    return wanted.flatMap((still): readonly MixerCommand[] => {
      const id = stillId(still);
      const image = stills.get(still);
      if (image === undefined || sent.has(id)) {
        return [];
      }
      sent.add(id);
      return [{ type: 'image', id, image }];
    });
  }

  /** What neither is on air nor was looked at last: they are megabytes each. */
  function forgetCommands(wanted: readonly StillSpec[]): readonly MixerCommand[] {
    const kept = new Set([...wanted, ...sketched].map(stillId));
    const gone = [...sent].filter((id) => !kept.has(id));
    for (const id of gone) {
      sent.delete(id);
    }
    return gone.map((id) => ({ type: 'image', id }));
  }

  function commands(canvas: Canvas): readonly MixerCommand[] {
    const { scene, overlays, stills: wanted } = compileOnAir(canvas);
    return [...imageCommands(wanted), { type: 'scene', scene, overlays }, ...forgetCommands(wanted)];
  }

  async function drawAhead(): Promise<void> {
    const all = allStills(options.canvas());
    stills.keep(all);
    await stills.ready(all);
  }

  async function show(): Promise<void> {
    await showing.run(async () => {
      await stills.ready(compileOnAir(options.canvas()).stills);
      const mixer = await options.mixer();
      for (const command of commands(options.canvas())) {
        mixer.send(command);
      }
    });
  }

  /** After something that may be on air has changed. A mixer that nobody needs yet is told when it starts. */
  async function update(): Promise<void> {
    changed.emit(undefined);
    if (options.isMixerRunning()) {
      await show();
    }
    void drawAhead();
  }

  function checkImages(spec: SceneSpec): void {
    const missing = imagesOf(spec).find((id) => images.get(id) === undefined);
    if (missing !== undefined) {
      throw new AppError('request/invalid', `There is no picture ${missing}. Nothing was changed.`, {
        details: { field: 'image', image: missing },
      });
    }
  }

  /** A process that begins has been told what is on air by then, and answers. */
  async function running(mixer: Mixer): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    using _changed = mixer.phaseChanged.on(look);
    using _late = clock.after(START_MS, () => reject(noAnswer()));
    function look(): void {
      if (mixer.phase() === 'running') {
        resolve(undefined);
      }
    }
    look();
    await promise;
  }

  async function sketch(spec: SceneSpec, takenMs: number, width: number): Promise<Uint8Array> {
    const context = contextOf(options.canvas(), takenMs);
    const compiled = compileScene(spec, context);
    const overlays = overlaysOn(spec, context);
    const wanted = [...compiled.stills, ...overlays.stills];
    sketched = wanted;
    await stills.ready(wanted);
    const mixer = await options.mixer();
    await running(mixer);
    for (const command of imageCommands(wanted)) {
      mixer.send(command);
    }
    const { promise, resolve, reject } = Promise.withResolvers<Extract<MixerEvent, { type: 'sketch' }>>();
    const request = ++requests;
    waiting.set(request, resolve);
    using _late = clock.after(SKETCH_MS, () => reject(noAnswer()));
    mixer.send({ type: 'sketch', request, scene: compiled.scene, overlays: overlays.layers, width });
    try {
      const drawn = await promise;
      return writePng(Buffer.from(drawn.picture, 'base64'), drawn.width, drawn.height);
    } finally {
      waiting.delete(request);
    }
  }

  /** What viewers see does not go because another collection is looked into. */
  function insistOnAir(scenes: readonly SceneItem[], collection: string): void {
    const onAir = options.scene();
    if (onAir.kind === 'scene' && shelf.has(onAir.scene) && !scenes.some(({ id }) => id === onAir.scene)) {
      const { name } = shelf.get(onAir.scene).spec;
      throw new AppError(
        'resource/in-use',
        `The scene ${name} is on air and not in the collection ${collection}. Take another one first.`,
        { details: { scene: onAir.scene, collection } },
      );
    }
  }

  function insistUnused(id: string): void {
    const all = shelf.everything();
    const user = all.flatMap(({ scenes }) => scenes).find(({ spec }) => imagesOf(spec).includes(id));
    const isLogo = all.some(({ overlays }) => overlays.logo.image === id);
    const what = user === undefined ? (isLogo ? 'a logo' : undefined) : user.spec.name;
    if (what !== undefined) {
      throw new AppError('resource/in-use', `The picture ${id} is used by ${what}. Nothing was changed.`, {
        details: { image: id, by: user?.id ?? 'logo' },
      });
    }
  }

  function state(): ScenesState {
    return {
      collection: shelf.collection(),
      collections: [...shelf.collections()],
      scenes: [...shelf.list()],
      overlays: shelf.overlays(),
      images: images.list().map(shown),
    };
  }

  return {
    changed,
    show,
    commands,
    stored: () => shelf.stored(),
    async restore(stored) {
      if (stored !== undefined) {
        shelf.restore(stored);
      }
      await images.load();
      void drawAhead();
    },
    onMixerEvent(event) {
      if (event.type === 'sketch') {
        waiting.get(event.request)?.(event);
      }
    },

    state,
    async create(spec) {
      checkImages(spec);
      const scene = shelf.add(spec);
      await update();
      return scene;
    },
    async change(id, spec) {
      checkImages(spec);
      const scene = shelf.change(id, spec);
      await update();
      return scene;
    },
    async remove(id) {
      const { spec } = shelf.get(id);
      const onAir = options.scene();
      if (onAir.kind === 'scene' && onAir.scene === id) {
        throw new AppError('resource/in-use', `The scene ${spec.name} is on air. Take another one first.`, {
          details: { scene: id },
        });
      }
      shelf.remove(id);
      await update();
    },
    async order(ids) {
      shelf.order(ids);
      await update();
    },
    async createCollection(create) {
      insistOnAir(create.from === 'first' ? FIRST_SCENES : shelf.list(), create.name);
      shelf.addCollection(create);
      await update();
      return state();
    },
    async useCollection(name) {
      insistOnAir(shelf.inCollection(name).scenes, name);
      shelf.useCollection(name);
      await update();
      return state();
    },
    async removeCollection(name) {
      shelf.removeCollection(name);
      await update();
    },
    async setOverlays(patch) {
      const { image } = patch.logo ?? {};
      if (typeof image === 'string' && images.get(image) === undefined) {
        throw new AppError('request/invalid', `There is no picture ${image}. Nothing was changed.`, {
          details: { field: 'logo.image', image },
        });
      }
      const set = shelf.setOverlays(patch);
      await update();
      return set;
    },
    async putImage(id, bytes) {
      const image = await images.put(id, bytes);
      await update();
      return shown(image);
    },
    async removeImage(id) {
      insistUnused(id);
      await images.remove(id);
      await update();
    },
    image: (id) => images.read(id),
    picture: (id, width = SKETCH_WIDTH) => {
      const { spec } = shelf.get(id);
      return sketching.run(() => sketch(spec, taken.id === id ? taken.atMs : clock.wallMs(), width));
    },
    async sketch(spec, width = SKETCH_WIDTH) {
      checkImages(spec);
      return await sketching.run(() => sketch(spec, clock.wallMs(), width));
    },
  };
}

function noAnswer(): AppError {
  return new AppError('capture/mixer-down', 'The mixer did not draw the scene. Try again.');
}

function shown({ id, width, height }: KeptImage): SceneImage {
  return { id, width, height };
}

function imagesOf(spec: SceneSpec): readonly string[] {
  switch (spec.kind) {
    case 'slate':
      return spec.image === undefined ? [] : [spec.image];
    case 'custom':
      return spec.elements.flatMap((element) => (element.kind === 'image' ? [element.image] : []));
    case 'picture-in-picture':
    case 'side-by-side':
      return [];
  }
}
