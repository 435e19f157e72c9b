import { assertNever } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Canvas, MixerCommand, MixerEvent, MixerLayer, MixerScene, SeparateTrack } from '../ports/mixer.ts';
import type { Processes } from '../ports/process.ts';
import type { CaptureWords } from './capture-source.ts';
import { createImageStore } from './image-store.ts';
import type { PreviewSettings, SendPicture } from './preview.ts';
import { openProgramme, type Programme } from './programme.ts';
import type { InputLevel } from './sound-strip.ts';

/** How long an orderly end waits for encoders to give what they have. */
const FINISH_MS = 3000;

export type MixerCoreOptions = {
  readonly processes: Pick<Processes, 'spawn' | 'supervise'>;
  readonly words: CaptureWords;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onEvent: (event: MixerEvent) => void;
  /** Bytes of one track of one run, in order. */
  readonly onEncoded: (run: number, track: number, bytes: Uint8Array) => void;
  readonly onPicture: SendPicture;
};

/** The mixer without its socket: commands in, events, media and pictures out. */
export type MixerCore = AsyncDisposable & {
  handle(command: MixerCommand): void;
  /** Ends all encodings in order, so that nothing encoded is lost, then closes. */
  shutDown(): Promise<void>;
};

export function createMixerCore(options: MixerCoreOptions): MixerCore {
  const { clock, logger } = options;
  let runs = 0;
  let canvas: Canvas | undefined;
  let programme: Programme | undefined;
  // What stays when the canvas changes. Sources and the slate do not: they have its size.
  const images = createImageStore();
  let scene: MixerScene = { kind: 'slate' };
  let overlays: readonly MixerLayer[] = [];
  let preview: PreviewSettings | undefined;
  let isCut = false;
  let separate: readonly SeparateTrack[] = [];
  const levels = new Map<string, InputLevel>();
  let loudnessTarget: number | undefined;
  const closing = new Set<Promise<void>>();
  let closed: Promise<void> | undefined;

  function configure(next: Canvas, wallNowMs: number): void {
    if (programme !== undefined && JSON.stringify(next) === JSON.stringify(canvas)) {
      // The timeline that runs is kept: a second anchor would move it.
      return;
    }
    if (programme !== undefined) {
      void close(programme);
      // Places and sizes were those of the old canvas; whoever asks for another sends them anew.
      scene = scene.kind === 'composed' ? { kind: 'slate' } : scene;
      overlays = [];
    }
    canvas = next;
    const opened = openProgramme({
      ...options,
      images,
      canvas: next,
      wallNowMs,
      nextRun: () => (runs += 1),
    });
    programme = opened;
    if (isCut) {
      opened.setCut(true);
    }
    opened.setScene(scene, overlays);
    opened.setPreview(preview);
    opened.setLoudnessTarget(loudnessTarget);
    for (const [id, level] of levels) {
      opened.setLevel(id, level);
    }
    opened.setSeparate(separate);
  }

  async function close(old: Programme): Promise<void> {
    const ended = Promise.resolve(old[Symbol.asyncDispose]());
    closing.add(ended);
    await ended;
    closing.delete(ended);
  }

  function handle(command: MixerCommand): void {
    switch (command.type) {
      case 'configure':
        configure(command.canvas, command.wallNowMs);
        break;
      case 'sources':
        programme?.setSources(command.sources);
        break;
      case 'scene':
        scene = command.scene;
        overlays = command.overlays ?? overlays;
        programme?.setScene(scene, overlays);
        break;
      case 'image':
        if (!images.set(command.id, command.image)) {
          logger.error({ image: command.id }, 'an image has not the bytes of its size and is left out');
        }
        break;
      case 'sketch':
        programme?.sketch(command);
        break;
      case 'slate':
        programme?.setSlate(command.picture === undefined ? undefined : Buffer.from(command.picture, 'base64'));
        break;
      case 'audio': {
        const level = { gainDb: command.gainDb, muted: command.muted, treatment: command.treatment };
        levels.set(command.id, level);
        programme?.setLevel(command.id, level);
        break;
      }
      case 'loudness':
        loudnessTarget = command.target;
        programme?.setLoudnessTarget(loudnessTarget);
        break;
      case 'cut':
        isCut = command.on;
        programme?.setCut(isCut);
        break;
      case 'retry-source':
        programme?.retrySource(command.id, command.always);
        break;
      case 'look-at-source':
        options.onEvent({
          type: 'source-look',
          request: command.request,
          picture: programme?.lookAt(command.id, command.width),
        });
        break;
      case 'drill':
        programme?.drill(command.fault);
        break;
      case 'start-encoder':
        if (programme === undefined) {
          logger.warn({ encoding: command.encoding }, 'there is no programme to encode yet');
          const message = 'The mixer has not been configured, so there is nothing to encode.';
          options.onEvent({
            type: 'encoder-ended',
            encoding: command.encoding,
            fault: { code: 'resource/wrong-state', message },
          });
        }
        programme?.startEncoding(command.encoding, command.command);
        break;
      case 'replace-encoder':
        programme?.replaceEncoder(command.encoding, command.command);
        break;
      case 'stop-encoder':
        programme?.stopEncoding(command.encoding);
        break;
      case 'separate':
        separate = command.tracks;
        programme?.setSeparate(separate);
        break;
      case 'preview':
        preview = command.on ? { width: command.width, frameRate: command.frameRate } : undefined;
        programme?.setPreview(preview);
        break;
      case 'shutdown':
        // Whoever owns the process ends it; see `shutDown`.
        break;
      default:
        assertNever(command, 'mixer command');
    }
  }

  async function dispose(): Promise<void> {
    await Promise.all([...closing, programme?.[Symbol.asyncDispose]()]);
  }

  return {
    handle(command) {
      if (closed === undefined) {
        handle(command);
      }
    },
    async shutDown() {
      const { promise: late, resolve } = Promise.withResolvers<undefined>();
      using _timer = clock.after(FINISH_MS, () => resolve(undefined));
      await Promise.race([programme?.finish(), late]);
      await (closed ??= dispose());
    },
    [Symbol.asyncDispose]: () => (closed ??= dispose()),
  };
}
