import type { EventSource } from '../../base/emitter.ts';
import type { TextCue } from '../../media/text/cue.ts';
import type { LiveEvent } from '../../shared/api/live-events.ts';
import type { LiveText } from './presentation.ts';
import type { TimelineInput } from './timeline.ts';

/** What makes text of the sound of one run of a live event. Whatever becomes of it, the run goes on as if it were not there. */
export type Transcription = {
  /** Listens to what passes on its way to the timeline. */
  listen(input: TimelineInput): TimelineInput;
  /** One for each language that was asked for. */
  readonly texts: readonly LiveText[];
  /** Goes up, and is told, when there is more of a text, or when more of it has become final. */
  revision(): number;
  readonly changed: EventSource<undefined>;
  /** Text as it came, for recordings: all of it, also what came too late to be shown. Times are media time in ms. */
  readonly spoken: EventSource<Spoken>;
  /** Resolves when the text up to a media time in ms is there, or is waited for no longer. */
  settled(untilMs: number): Promise<void>;
  /** Nothing is known of [fromMs, toMs) of media time any more, and nothing that comes for it later is taken. */
  remove(fromMs: number, toMs: number): void;
  /** No more sound comes: what is still to be said of it is waited for, for as long as text may be late. Idempotent; never rejects. */
  end(): Promise<void>;
};

export type Spoken = { readonly text: LiveText; readonly cues: readonly TextCue[] };

/** Undefined when the event asks for none, or when it cannot be had, which has been told then. */
export type OpenTranscription = (event: LiveEvent) => Transcription | undefined;
