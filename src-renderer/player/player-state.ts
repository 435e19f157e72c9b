export type PlayerState = {
  readonly isReady: boolean;
  readonly isPaused: boolean;
  readonly isWaiting: boolean;
  readonly isMuted: boolean;
  readonly hasFailed: boolean;
  /** On the player's own clock. */
  readonly seconds: number;
  /** UTC of the picture shown, by EXT-X-PROGRAM-DATE-TIME; undefined while the playlist does not say. */
  readonly wallMs: number | undefined;
  /** This device's clock when the state was told. */
  readonly toldAtMs: number;
};

export const INITIAL_PLAYER_STATE: PlayerState = {
  isReady: false,
  isPaused: true,
  isWaiting: true,
  isMuted: false,
  hasFailed: false,
  seconds: 0,
  wallMs: undefined,
  toldAtMs: 0,
};
