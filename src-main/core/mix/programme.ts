import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../ports/logger.ts';
import {
  type Canvas,
  type DrillFault,
  type EncoderCommand,
  MIXER_CHANNELS,
  MIXER_SAMPLE_RATE,
  type MixerCommand,
  type MixerEvent,
  type MixerLayer,
  type MixerScene,
  type MixerSource,
  type SeparateTrack,
} from '../ports/mixer.ts';
import type { Processes } from '../ports/process.ts';
import type { CaptureWords } from './capture-source.ts';
import { createCompositor } from './compose.ts';
import type { EchoRole } from './echo-watch.ts';
import { createEncoding, type Encoding } from './encoding.ts';
import { createHistory } from './history.ts';
import type { ImageStore } from './image-store.ts';
import { LIMITER_DELAY } from './limiter.ts';
import { createPicturePool, type Picture, type PooledPicture, pictureBytes } from './picture.ts';
import {
  createDownscaler,
  createPreview,
  type Preview,
  type PreviewSettings,
  type SendPicture,
} from './preview.ts';
import { createFrameGrid, createProgrammeClock } from './programme-clock.ts';
import { createSceneDrawer, type SceneDrawer, type Shot } from './scene-drawer.ts';
import { createSeparateTracks } from './separate-tracks.ts';
import { drawSketch } from './sketch.ts';
import { createSlate } from './slate.ts';
import { createSoundMixer } from './sound.ts';
import type { InputLevel } from './sound-strip.ts';
import { createSourceList } from './source-list.ts';

/** Buffers kept for the ordinary course of things: the history and a few in write queues. */
const SPARE_PICTURES = 4;

/** Drawn one a frame, so that they never make one late by much; who asks for more does not read the answers. */
const MOST_SKETCHES = 8;

const SOURCES_EVERY_MS = 100;
const METERS_EVERY_MS = 100;
/** With nobody looking, the levels still serve the warnings about silence and mute. */
const IDLE_METERS_EVERY_MS = 1000;
const ENCODERS_EVERY_MS = 500;
const CLOCK_EVERY_MS = 5000;

export type ProgrammeOptions = {
  readonly canvas: Canvas;
  /** UTC at this moment. */
  readonly wallNowMs: number;
  readonly processes: Pick<Processes, 'spawn' | 'supervise'>;
  readonly words: CaptureWords;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What layers name. */
  readonly images: ImageStore;
  readonly nextRun: () => number;
  readonly onEvent: (event: MixerEvent) => void;
  readonly onEncoded: (run: number, track: number, bytes: Uint8Array) => void;
  readonly onPicture: SendPicture;
};

/** The running programme of one canvas: a tick for every frame, which waits for nobody. */
export type Programme = AsyncDisposable & {
  setSources(sources: readonly MixerSource[]): void;
  /** From the next frame on, with what lies on it. */
  setScene(scene: MixerScene, overlays: readonly MixerLayer[]): void;
  /** Draws a scene that is not on air with one of the next frames. */
  sketch(command: Extract<MixerCommand, { type: 'sketch' }>): void;
  /** I420 of the canvas size in place of the stock picture; undefined for that. Another size changes nothing. */
  setSlate(bytes: Buffer | undefined): void;
  setLevel(id: string, level: InputLevel): void;
  setLoudnessTarget(lufs: number | undefined): void;
  /** The sound inputs that are encoded by themselves. */
  setSeparate(tracks: readonly SeparateTrack[]): void;
  /** The slate and silence, from the next frame on, whatever is asked for besides; says which frame that is. */
  setCut(on: boolean): void;
  setPreview(settings: PreviewSettings | undefined): void;
  retrySource(id: string, always?: boolean): void;
  /** Fire drill, in rehearsals only: a fault made on purpose, until `none`. */
  drill(fault: DrillFault): void;
  /** The picture that a source has now, made smaller; undefined when it has none. */
  lookAt(id: string, width: number): Extract<MixerEvent, { type: 'source-look' }>['picture'];
  startEncoding(id: string, command: EncoderCommand): void;
  replaceEncoder(id: string, command: EncoderCommand): void;
  stopEncoding(id: string): void;
  /** Stops all encodings and resolves when everything they had has been told. */
  finish(): Promise<void>;
  /** Frame-sized buffers that exist. */
  pictures(): number;
};

export function openProgramme(options: ProgrammeOptions): Programme {
  const { canvas, clock, logger, onEvent } = options;
  const openedMs = clock.monotonicMs();
  const grid = createFrameGrid(canvas.frameRate);
  const pool = createPicturePool(canvas.width, canvas.height, SPARE_PICTURES);
  const stockSlate = createSlate(canvas.width, canvas.height);
  const compositor = createCompositor(pool);
  // Behind what takes time to draw: the first frame is not late.
  const nowMs = clock.monotonicMs();
  const ticks = createProgrammeClock(grid, nowMs, options.wallNowMs + nowMs - openedMs);
  const history = createHistory(grid.periodMs, ticks.next(), grid.sampleOf(ticks.next()));
  const mostSamples = Math.ceil((grid.periodMs * MIXER_SAMPLE_RATE) / 1000) + 1;
  const sound = createSoundMixer(mostSamples);
  const mixed = new Int16Array(mostSamples * MIXER_CHANNELS);
  const sources = createSourceList({ ...options, supervise: options.processes.supervise });
  const encodings = new Map<string, Encoding>();
  const separate = createSeparateTracks({ ...options, spawn: options.processes.spawn, mostSamples });
  const drawSlate = createSceneDrawer(canvas, { kind: 'slate' }, [], options.images);
  let drawScene: SceneDrawer = drawSlate;
  /** What is shown as text: the same again is not worked out anew. */
  let shownText = '';
  let isCut = false;
  const sketches: Extract<MixerCommand, { type: 'sketch' }>[] = [];
  let slate: Picture = stockSlate;
  let slateChanges = 0;
  let preview: Preview | undefined;
  let previewSettings: PreviewSettings | undefined;
  let isClosed = false;
  let timer: Disposable | undefined;
  let onIdle: (() => void) | undefined;

  const reports = [
    every(SOURCES_EVERY_MS, () => sources.report()),
    every(() => (preview === undefined ? IDLE_METERS_EVERY_MS : METERS_EVERY_MS), reportMeters),
    every(ENCODERS_EVERY_MS, () => {
      for (const encoding of encodings.values()) {
        onEvent(encoding.status());
      }
    }),
    every(CLOCK_EVERY_MS, () => {
      const late = ticks.lateness();
      if (late !== undefined) {
        onEvent({ type: 'clock', lateMsP95: late.p95Ms, lateMsMax: late.maxMs });
      }
    }),
  ];

  function reportMeters(wallMs: number): void {
    const echoes = sound.echoes();
    const readings = sound.takeReadings();
    onEvent({ type: 'meters', wallMs, readings, ...(echoes.length === 0 ? {} : { echoes }) });
  }

  function tick(): void {
    const { first, count, skipped } = ticks.take(clock.monotonicMs());
    if (skipped > 0) {
      jump(first, skipped);
    }
    for (let frame = first; frame < first + count; frame += 1) {
      makeFrame(frame);
    }
    schedule();
  }

  function schedule(): void {
    if (!isClosed) {
      // Timers count whole milliseconds and may come early by a fraction: rounded up they are late by half of one on average.
      const waitMs = Math.ceil(ticks.dueMs(ticks.next()) - clock.monotonicMs());
      timer = clock.after(Math.max(0, waitMs), tick);
    }
  }

  function makeFrame(frame: number): void {
    const dueMs = ticks.dueMs(frame);
    const wallMs = grid.wallMsOf(frame);
    const shot: Shot = {
      pictureOf: (id) => sources.get(id)?.pictureAt(frame, dueMs, wallMs),
      slate,
      slateVersion: `slate:${slateChanges}`,
      wallMs,
    };
    const picture = composed(shot);
    history.pushFrame(picture);
    // Before anything of the frame comes out encoded: captions are put into it then.
    sources.reportPictures();
    mixUntil(frame, dueMs);
    for (const encoding of encodings.values()) {
      encoding.feed();
    }
    preview?.show(frame, wallMs, picture);
    for (const report of reports) {
      report(wallMs);
    }
    const asked = sketches.shift();
    if (asked !== undefined) {
      onEvent(drawSketch(asked, { canvas, shot, images: options.images, pool, logger }));
    }
  }

  /** A scene that cannot be drawn is our mistake, and must not cost viewers the programme. */
  function composed(shot: Shot): PooledPicture {
    try {
      return compositor.compose((isCut ? drawSlate : drawScene)(shot));
    } catch (error) {
      logger.error({ error }, 'a scene could not be drawn; the slate is shown in its place');
      drawScene = drawSlate;
      return compositor.compose(drawSlate(shot));
    }
  }

  /** The sound of the frame before: its time is over now, so that it had a whole frame longer to come in. */
  function mixUntil(frame: number, dueMs: number): void {
    const from = history.nextSample();
    const count = grid.sampleOf(frame) - from;
    if (count === 0) {
      return;
    }
    const playMs = dueMs + ((LIMITER_DELAY - count) * 1000) / MIXER_SAMPLE_RATE;
    sound.mix(
      mixed,
      count,
      (id, out, wanted) => sources.get(id)?.readSound(out, wanted, playMs, from + LIMITER_DELAY) ?? false,
    );
    if (isCut) {
      mixed.fill(0, 0, count * MIXER_CHANNELS);
    }
    history.pushSound(mixed, count);
    separate.advance(from, from + count, isCut);
  }

  function jump(frame: number, skipped: number): void {
    logger.warn({ skipped }, 'the mixer did not run for a while; the programme goes on behind a gap');
    for (const encoding of encodings.values()) {
      encoding.breakOff();
    }
    separate.breakOff();
    separate.jump(grid.sampleOf(frame));
    history.jump(frame, grid.sampleOf(frame));
    for (const encoding of encodings.values()) {
      encoding.resume();
    }
  }

  function ended(id: string): void {
    encodings.delete(id);
    if (encodings.size === 0) {
      onIdle?.();
    }
  }

  async function finish(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    onIdle = () => resolve(undefined);
    if (encodings.size === 0) {
      onIdle();
    }
    for (const encoding of encodings.values()) {
      encoding.stop();
    }
    sound.setTaps(new Map());
    await Promise.all([promise, separate.finish()]);
  }

  schedule();

  return {
    setSources(definitions) {
      sources.set(definitions);
      const heard = definitions.filter(({ hasAudio }) => hasAudio);
      sound.setInputs(heard.map(({ id }) => id));
      sound.setEchoRoles(heard.flatMap(echoRole));
      sources.report();
    },
    setScene(scene, overlays) {
      const text = JSON.stringify([scene, overlays]);
      if (text !== shownText) {
        shownText = text;
        drawScene = createSceneDrawer(canvas, scene, overlays, options.images);
      }
    },
    sketch(command) {
      if (sketches.length < MOST_SKETCHES) {
        sketches.push(command);
      }
    },
    setSlate(bytes) {
      if (bytes !== undefined && bytes.length !== pictureBytes(canvas.width, canvas.height)) {
        logger.error({ bytes: bytes.length }, 'a slate has another size than the programme and is left out');
        return;
      }
      slate = bytes === undefined ? stockSlate : { bytes, width: canvas.width, height: canvas.height };
      slateChanges += 1;
    },
    setLevel: (id, level) => sound.setLevel(id, level),
    setLoudnessTarget: (lufs) => sound.setLoudnessTarget(lufs),
    setSeparate(tracks) {
      separate.set(tracks, history.nextSample());
      sound.setTaps(separate.taps());
    },
    setCut(on) {
      isCut = on;
      onEvent({ type: 'cut', on, fromMs: grid.wallMsOf(ticks.next()) });
    },
    setPreview(settings) {
      if (settings?.width === previewSettings?.width && settings?.frameRate === previewSettings?.frameRate) {
        return;
      }
      previewSettings = settings;
      preview =
        settings === undefined ? undefined : createPreview(canvas, grid.periodMs, settings, options.onPicture);
    },
    retrySource: (id, always) => sources.get(id)?.retry(always),
    drill(fault) {
      sources.freeze(fault.kind === 'freeze' ? fault.source : undefined);
      if (fault.kind === 'crash-encoder') {
        for (const encoding of encodings.values()) {
          encoding.crash();
        }
      }
    },
    lookAt(id, width) {
      const nowMs = clock.monotonicMs();
      const frame = ticks.next();
      const shown = sources.get(id)?.pictureAt(frame, nowMs, grid.wallMsOf(frame));
      if (shown === undefined) {
        return undefined;
      }
      const scaler = createDownscaler(shown.picture.width, shown.picture.height, width);
      const small = Buffer.alloc(scaler.bytes);
      scaler.scale(shown.picture, small);
      return { width: scaler.width, height: scaler.height, bytes: small.toString('base64') };
    },

    startEncoding(id, command) {
      if (encodings.has(id)) {
        logger.warn({ encoding: id }, 'an encoding of that name runs already');
        return;
      }
      const encoding = createEncoding({
        id,
        command,
        spawn: options.processes.spawn,
        clock,
        logger,
        grid,
        history,
        nextRun: options.nextRun,
        onEvent,
        onEncoded: options.onEncoded,
        onEnded: () => ended(id),
      });
      encodings.set(id, encoding);
      encoding.resume();
    },
    replaceEncoder: (id, command) => encodings.get(id)?.replace(command),
    stopEncoding: (id) => encodings.get(id)?.stop(),

    finish,

    pictures: () => pool.size(),

    async [Symbol.asyncDispose]() {
      isClosed = true;
      timer?.[Symbol.dispose]();
      for (const encoding of encodings.values()) {
        encoding.abandon();
      }
      separate.kill();
      await Promise.all([finish(), sources[Symbol.asyncDispose]()]);
      compositor[Symbol.dispose]();
    },
  };
}

/** What plays a file does so only for viewers: no microphone can hear it. */
function echoRole({ id, kind, hasVideo }: MixerSource): { readonly id: string; readonly role: EchoRole }[] {
  if (kind === 'system-audio') {
    return [{ id, role: 'loudspeaker' }];
  }
  return kind === 'microphone' || (kind === undefined && !hasVideo) ? [{ id, role: 'microphone' }] : [];
}

/** Calls `report` with the first frame of each period of UTC. */
function every(periodMs: number | (() => number), report: (wallMs: number) => void): (wallMs: number) => void {
  let lastMs = -Infinity;
  return (wallMs) => {
    const period = typeof periodMs === 'number' ? periodMs : periodMs();
    if (Math.floor(wallMs / period) !== Math.floor(lastMs / period)) {
      lastMs = wallMs;
      report(wallMs);
    }
  };
}
