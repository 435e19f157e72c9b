import { createEmitter, type EventSource } from '../../base/emitter.ts';
import type { MeterReading } from '../../shared/api/studio.ts';
import type { MixerCommand, MixerData, MixerEvent } from '../ports/mixer.ts';
import type { PreviewPicture } from '../ports/services.ts';

type Sink = {
  readonly picture: (picture: PreviewPicture) => void;
  readonly meters: (wallMs: number, readings: readonly MeterReading[]) => void;
};

/** Shares the mixer's one preview among whoever looks: the largest size and rate that somebody asks for, nothing while nobody does. */
export type PreviewHub = {
  subscribe(options: { readonly width: number; readonly frameRate: number }, sink: Sink): Disposable;
  /** `command` gives something else now. */
  readonly changed: EventSource<undefined>;
  /** What the mixer should be doing. */
  command(): MixerCommand;
  onMixerData(data: MixerData): void;
  onMixerEvent(event: MixerEvent): void;
};

export function createPreviewHub(): PreviewHub {
  const changed = createEmitter<undefined>();
  const subscribers = new Map<Sink, { readonly width: number; readonly frameRate: number }>();
  return {
    changed,
    subscribe(options, sink) {
      subscribers.set(sink, options);
      changed.emit(undefined);
      return {
        [Symbol.dispose]() {
          if (subscribers.delete(sink)) {
            changed.emit(undefined);
          }
        },
      };
    },
    command() {
      if (subscribers.size === 0) {
        return { type: 'preview', on: false };
      }
      const wanted = [...subscribers.values()];
      return {
        type: 'preview',
        on: true,
        width: Math.max(...wanted.map(({ width }) => width)),
        frameRate: Math.max(...wanted.map(({ frameRate }) => frameRate)),
      };
    },
    onMixerData(data) {
      if (data.type === 'picture') {
        for (const sink of subscribers.keys()) {
          sink.picture(data);
        }
      }
    },
    onMixerEvent(event) {
      if (event.type === 'meters') {
        for (const sink of subscribers.keys()) {
          sink.meters(event.wallMs, event.readings);
        }
      }
    },
  };
}
