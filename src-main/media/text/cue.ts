/** A piece of text that is shown for a while, whatever format it came in. */
export type TextCue = {
  /** Milliseconds from the beginning of what the text belongs to; `endMs` is later. */
  readonly startMs: number;
  readonly endMs: number;
  /** Of WebVTT; may be empty. */
  readonly id: string;
  /** WebVTT cue settings as they stand behind the times; may be empty. */
  readonly settings: string;
  /** WebVTT cue text: lines without an empty one among them, `<`, `>` and `&` escaped but for its own tags. */
  readonly text: string;
};

/** The text of a track. */
export type TimedText = {
  /** BCP 47, when the file says it. */
  readonly language: string | undefined;
  /** STYLE and REGION blocks of WebVTT, each without empty lines. */
  readonly blocks: readonly string[];
  /** By start time. */
  readonly cues: readonly TextCue[];
};
