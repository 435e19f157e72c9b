/** One segment of a playlist as the player lays it out. */
export type MappedSegment = {
  /** Where it begins on the player's own clock, once that is known. */
  readonly startSeconds: number | undefined;
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

export function createTimeMap(
  segments: readonly MappedSegment[],
  options: { readonly isComplete: boolean },
): TimeMap {
  const pieces = piecesOf(segments, options.isComplete);

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

function piecesOf(segments: readonly MappedSegment[], isComplete: boolean): readonly Piece[] {
  const starts = startsOf(segments, isComplete);
  return segments.flatMap((segment, index) => {
    const player = starts[index];
    return player === undefined || segment.wallMs === undefined
      ? []
      : [{ player, wallMs: segment.wallMs, duration: segment.durationSeconds }];
  });
}

/** Each segment's start: the player's own figure where it has one, else counted from the nearest that has; a complete list begins at 0. */
function startsOf(segments: readonly MappedSegment[], isComplete: boolean): readonly (number | undefined)[] {
  const starts: (number | undefined)[] = segments.map((segment) => segment.startSeconds);
  if (isComplete && starts[0] === undefined && starts.length > 0) {
    starts[0] = 0;
  }
  for (let index = 1; index < starts.length; index += 1) {
    const before = starts[index - 1];
    if (starts[index] === undefined && before !== undefined) {
      starts[index] = before + (segments[index - 1]?.durationSeconds ?? 0);
    }
  }
  for (let index = starts.length - 2; index >= 0; index -= 1) {
    const after = starts[index + 1];
    if (starts[index] === undefined && after !== undefined) {
      starts[index] = after - (segments[index]?.durationSeconds ?? 0);
    }
  }
  return starts;
}
