import type { Clock } from '../../base/clock.ts';
import { createEmitter, type EventSource } from '../../base/emitter.ts';
import type { StudioState } from '../../shared/api/studio.ts';
import type { Canvas, Mixer, MixerCommand, MixerEvent } from '../ports/mixer.ts';
import type { PreviewHub } from './preview-hub.ts';
import type { SceneDesk } from './scenes/scene-desk.ts';
import type { SourceBoard } from './source-board.ts';

/** The mixer process as the studio uses it: started at the first need, and told what the studio wants of it. */
export type MixerDesk = AsyncDisposable & {
  use(): Promise<Mixer>;
  /** Brings canvas, sources, scene, levels and preview over; does not start a mixer that nobody needs yet. */
  sync(): Promise<void>;
  send(command: MixerCommand): Promise<void>;
  phase(): StudioState['mixer'];
  /** It has been started. */
  isRunning(): boolean;
  /** Something that the presenter sees has changed. */
  readonly changed: EventSource<undefined>;
  /** What the mixer says, over all its restarts. */
  readonly events: EventSource<MixerEvent>;
};

export function createMixerDesk(options: {
  readonly open: () => Promise<Mixer>;
  readonly board: SourceBoard;
  readonly preview: PreviewHub;
  readonly scenes: Pick<SceneDesk, 'commands' | 'onMixerEvent'>;
  readonly canvas: () => Canvas;
  readonly clock: Clock;
}): MixerDesk {
  const { board, preview } = options;
  const changed = createEmitter<undefined>();
  const events = createEmitter<MixerEvent>();
  let opening: Promise<Mixer> | undefined;
  let mixer: Mixer | undefined;

  async function open(): Promise<Mixer> {
    const opened = await options.open();
    opened.events.on((event) => {
      events.emit(event);
      const hasOtherWarnings = board.onMixerEvent(event);
      preview.onMixerEvent(event);
      options.scenes.onMixerEvent(event);
      if (
        hasOtherWarnings ||
        event.type === 'source' ||
        event.type === 'encoder-status' ||
        event.type === 'encoder-ended'
      ) {
        changed.emit(undefined);
      }
    });
    opened.data.on((data) => preview.onMixerData(data));
    opened.phaseChanged.on(() => changed.emit(undefined));
    configure(opened);
    mixer = opened;
    return opened;
  }

  function configure(target: Mixer): void {
    const canvas = options.canvas();
    target.send({ type: 'configure', canvas, wallNowMs: options.clock.wallMs() });
    for (const command of [...board.commands(canvas), ...options.scenes.commands(canvas)]) {
      target.send(command);
    }
    target.send(preview.command());
  }

  async function use(): Promise<Mixer> {
    opening ??= open();
    try {
      return await opening;
    } catch (error) {
      // The next one who needs it tries again.
      opening = undefined;
      throw error;
    }
  }

  async function send(command: MixerCommand): Promise<void> {
    (await use()).send(command);
  }

  preview.changed.on(() => void send(preview.command()));

  return {
    use,
    changed,
    events,
    async sync() {
      if (mixer === undefined && board.specs().length === 0) {
        return;
      }
      configure(await use());
    },
    send,
    phase: () => mixer?.phase() ?? 'starting',
    isRunning: () => mixer !== undefined,
    async [Symbol.asyncDispose]() {
      await mixer?.[Symbol.asyncDispose]();
    },
  };
}
