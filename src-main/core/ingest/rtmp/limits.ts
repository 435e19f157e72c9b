/** What the receiver puts up with. Data, so that tests need not wait for minutes. */
export type RtmpLimits = {
  /** Connections at a time, and how many of them may not be publishing yet: strangers never keep encoders out. */
  readonly connections: number;
  readonly strangers: number;
  /** From the first byte of TCP to a stream that is let in, with TLS and all handshakes. */
  readonly publishWithinMs: number;
  /** Without picture, sound or data for so long a connection is ended. */
  readonly idleMs: number;
  /** Media of one connection that the service has not taken yet; beyond it the encoder is not read from. */
  readonly queuedBytes: number;
  /** Held up for so long, a connection is ended. */
  readonly heldUpMs: number;
  /** How long a peer that was turned away may take to read why. */
  readonly farewellMs: number;
};

export const DEFAULT_RTMP_LIMITS: RtmpLimits = {
  connections: 64,
  strangers: 24,
  publishWithinMs: 10_000,
  idleMs: 30_000,
  queuedBytes: 2 * 1024 * 1024,
  heldUpMs: 10_000,
  farewellMs: 2000,
};
