/** One segment of a playlist as the player lays it out. */
export type MappedSegment = {
  /** Where it begins on the player's own clock. */
  readonly startSeconds: number;
  readonly durationSeconds: number;
  /** EXT-X-PROGRAM-DATE-TIME, in milliseconds since 1970. */
  readonly wallMs: number | undefined;
};

/** Translates between the player's clock and UTC, piece by piece, because a recording may have gaps that the player closes. */
export type TimeMap = {
  readonly toWallMs: (playerSeconds: number) => number | undefined;
  readonly toPlayerSeconds: (wallMs: number) => number | undefined;
};

type Piece = { readonly player: number; readonly wallMs: number; readonly duration: number };

export function createTimeMap(segments: readonly MappedSegment[]): TimeMap {
  const pieces = segments.flatMap(({ startSeconds, durationSeconds, wallMs }): readonly Piece[] =>
    wallMs === undefined ? [] : [{ player: startSeconds, wallMs, duration: durationSeconds }],
  );

  return {
    toWallMs(playerSeconds) {
      const piece = pieces.findLast(({ player }) => player <= playerSeconds) ?? pieces[0];
      return piece === undefined ? undefined : piece.wallMs + (playerSeconds - piece.player) * 1000;
    },
    toPlayerSeconds(wallMs) {
      const piece = pieces.findLast((candidate) => candidate.wallMs <= wallMs) ?? pieces[0];
      if (piece === undefined) {
        return undefined;
      }
      // A time inside of a gap is where the gap ends, which is where the piece before it ends.
      const into = Math.min(Math.max(0, (wallMs - piece.wallMs) / 1000), piece.duration);
      return piece.player + into;
    },
  };
}
