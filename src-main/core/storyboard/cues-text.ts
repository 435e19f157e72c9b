/** A stretch of time and the picture that stands for it. */
export type PictureCue = {
  /** From the beginning, in whole ms; the end is later. */
  readonly startMs: number;
  readonly endMs: number;
  /** Relative to the file. */
  readonly url: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

/**
 * A storyboard as players read it: WebVTT (W3C WebVTT §4.1) whose cues have addresses in the place of text, each with the part of the picture
 * (W3C Media Fragments §4.2.2). What stands in its header is passed over by whoever does not know it.
 */
export function writePictureCues(beginUtcMs: number, cues: readonly PictureCue[]): string {
  // As HLS says it (8216bis §4.4.4.6): UTC of the time 0 of the cues, which a player needs whose own times begin elsewhere.
  const header = `WEBVTT\nX-PROGRAM-DATE-TIME:${new Date(beginUtcMs).toISOString()}\n`;
  const blocks = cues.map(
    ({ startMs, endMs, url, x, y, width, height }) =>
      `\n${clockTime(startMs)} --> ${clockTime(endMs)}\n${url}#xywh=${x},${y},${width},${height}\n`,
  );
  return header + blocks.join('');
}

function clockTime(ms: number): string {
  const part = (value: number, digits = 2): string => String(Math.floor(value)).padStart(digits, '0');
  return `${part(ms / 3_600_000)}:${part((ms / 60_000) % 60)}:${part((ms / 1000) % 60)}.${part(ms % 1000, 3)}`;
}
