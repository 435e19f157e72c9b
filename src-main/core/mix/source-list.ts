import type { Clock } from '../../base/clock.ts';
import type { Canvas, MixerEvent, MixerSource } from '../ports/mixer.ts';
import type { Supervise } from '../ports/process.ts';
import { type CaptureWords, openCaptureSource } from './capture-source.ts';
import { freezeSource } from './frozen-source.ts';
import { openTestSource, type ShownPicture, type Source, type SourceStatus } from './source.ts';

export type SourceListOptions = {
  readonly canvas: Canvas;
  readonly supervise: Supervise;
  readonly words: CaptureWords;
  readonly clock: Clock;
  readonly onEvent: (event: MixerEvent) => void;
};

/** The sources of the programme. */
export type SourceList = AsyncDisposable & {
  /** Opens and closes what it takes; a source whose definition is the same goes on undisturbed. */
  set(definitions: readonly MixerSource[]): void;
  get(id: string): Source | undefined;
  /** Fire drill: the picture of this source stands still until another one, or none, is named. */
  freeze(id: string | undefined): void;
  /** Tells the states that have changed. To be called a few times a second. */
  report(): void;
  /** Tells of the feeds that show another picture than before, which. To be called with every frame. */
  reportPictures(): void;
};

/** A frame rate that moves by less is the same, and so is an offset in ms and a drift in parts per million. */
const RATE_STEP = 1;
const OFFSET_STEP = 3;
const DRIFT_STEP = 20;

type Entry = {
  readonly source: Source;
  readonly definition: string;
  told: SourceStatus | undefined;
  toldPicture: ShownPicture | undefined;
};

export function createSourceList(options: SourceListOptions): SourceList {
  const { canvas, clock } = options;
  const entries = new Map<string, Entry>();
  let frozen: { readonly id: string; readonly source: Source } | undefined;
  /** Sources that are being closed, by id. */
  const closing = new Map<string, Promise<void>>();

  function open(definition: MixerSource): Source {
    const { input, id } = definition;
    return input.kind === 'test'
      ? openTestSource(definition, canvas)
      : openCaptureSource({ ...options, definition, command: input.command, after: closing.get(id) });
  }

  function get(id: string): Source | undefined {
    return frozen?.id === id ? frozen.source : entries.get(id)?.source;
  }

  async function close(id: string, source: Source): Promise<void> {
    const before = closing.get(id);
    await source[Symbol.asyncDispose]();
    await before;
  }

  async function forget(id: string, closed: Promise<void>): Promise<void> {
    await closed;
    if (closing.get(id) === closed) {
      closing.delete(id);
    }
  }

  function remove(id: string, { source }: Entry): void {
    entries.delete(id);
    frozen = frozen?.id === id ? undefined : frozen;
    const closed = close(id, source);
    closing.set(id, closed);
    void forget(id, closed);
  }

  return {
    set(definitions) {
      const wanted = new Map(definitions.map((definition) => [definition.id, definition]));
      for (const [id, entry] of entries) {
        const definition = wanted.get(id);
        if (definition === undefined || JSON.stringify(definition) !== entry.definition) {
          remove(id, entry);
        }
      }
      for (const [id, definition] of wanted) {
        if (!entries.has(id)) {
          entries.set(id, {
            source: open(definition),
            definition: JSON.stringify(definition),
            told: undefined,
            toldPicture: undefined,
          });
        }
      }
    },

    get,

    freeze(id) {
      const source = id === undefined ? undefined : entries.get(id)?.source;
      frozen =
        source === undefined ? undefined : { id: id ?? '', source: freezeSource(source, clock.monotonicMs()) };
    },

    report() {
      const nowMs = clock.monotonicMs();
      for (const [id, entry] of entries) {
        const status = get(id)?.status(nowMs) ?? entry.source.status(nowMs);
        if (entry.told === undefined || isDifferent(entry.told, status)) {
          entry.told = status;
          options.onEvent({ type: 'source', id, ...status });
        }
      }
    },

    reportPictures() {
      for (const [id, entry] of entries) {
        const shown = entry.source.shown?.();
        const before = entry.toldPicture;
        if (shown !== undefined && (shown.pid !== before?.pid || shown.index !== before.index)) {
          entry.toldPicture = shown;
          options.onEvent({ type: 'source-picture', id, ...shown });
        }
      }
    },

    async [Symbol.asyncDispose]() {
      for (const [id, entry] of entries) {
        remove(id, entry);
      }
      await Promise.all(closing.values());
    },
  };
}

function isDifferent(told: SourceStatus, now: SourceStatus): boolean {
  return (
    told.state !== now.state ||
    told.restarts !== now.restarts ||
    told.fault?.code !== now.fault?.code ||
    told.fault?.message !== now.fault?.message ||
    Math.abs((told.frameRate ?? 0) - (now.frameRate ?? 0)) >= RATE_STEP ||
    (told.sync === undefined) !== (now.sync === undefined) ||
    Math.abs((told.sync?.offsetMs ?? 0) - (now.sync?.offsetMs ?? 0)) >= OFFSET_STEP ||
    Math.abs((told.sync?.driftPpm ?? 0) - (now.sync?.driftPpm ?? 0)) >= DRIFT_STEP
  );
}
