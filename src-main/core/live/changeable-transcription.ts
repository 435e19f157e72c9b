import { isDeepStrictEqual } from 'node:util';
import { createEmitter } from '../../base/emitter.ts';
import type { LiveEvent } from '../../shared/api/live-events.ts';
import type { LiveText } from '../ports/presentation.ts';
import type { Spoken, Transcription } from '../ports/transcription.ts';
import { immutable } from './event-resource.ts';

/** What an event asks for of its text can be changed while it runs, until the first track is known (spec 2.3). */
export type ChangeableTranscription = Transcription & {
  /** False when it is too late: then nothing is changed. */
  change(next: Transcription | undefined): boolean;
};

/**
 * Has text made as a changed event asks for it, where that is other text than before. Throws `resource/immutable` when its run cannot do so any more.
 */
export function transcribeAnew(
  run: { readonly transcribe: (event: LiveEvent) => boolean } | undefined,
  before: LiveEvent,
  now: LiveEvent,
): void {
  const isOther = !isDeepStrictEqual(before.transcriptions, now.transcriptions);
  if (isOther && run?.transcribe(now) === false) {
    throw immutable(
      before,
      'transcriptions',
      'can be changed only while it is Stopped or StandBy, or until its media comes',
    );
  }
}

const NO_TEXTS: readonly LiveText[] = [];

export function createChangeableTranscription(first: Transcription | undefined): ChangeableTranscription {
  const changed = createEmitter<undefined>();
  const spoken = createEmitter<Spoken>();
  let current = first;
  let following = follow(first);
  let isFixed = false;
  let changes = 0;

  function follow(transcription: Transcription | undefined): Disposable {
    const stack = new DisposableStack();
    if (transcription !== undefined) {
      stack.use(transcription.changed.on(() => changed.emit(undefined)));
      stack.use(transcription.spoken.on((words) => spoken.emit(words)));
    }
    return stack;
  }

  return {
    changed,
    spoken,
    get texts() {
      return current?.texts ?? NO_TEXTS;
    },
    revision: () => changes + (current?.revision() ?? 0),
    listen(input) {
      let heard = input;
      return {
        open(tracks) {
          if (!isFixed) {
            isFixed = true;
            heard = current?.listen(input) ?? input;
          }
          heard.open(tracks);
        },
        push: (trackId, samples) => heard.push(trackId, samples),
      };
    },
    change(next) {
      if (isFixed) {
        return false;
      }
      following[Symbol.dispose]();
      void current?.end();
      current = next;
      following = follow(next);
      changes += 1;
      changed.emit(undefined);
      return true;
    },
    async settled(untilMs) {
      await current?.settled(untilMs);
    },
    remove: (fromMs, toMs) => current?.remove(fromMs, toMs),
    async end() {
      await current?.end();
    },
  };
}
