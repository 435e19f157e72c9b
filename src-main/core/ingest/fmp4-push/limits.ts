const MEBIBYTE = 1024 * 1024;

/** What bounds the way in. Every number is there because somebody could otherwise fill memory, sockets or time. */
export type PushLimits = {
  /** Of all callers, and of one: two encoders with ten qualities each, every quality on connections of its own. */
  readonly connections: number;
  readonly connectionsPerAddress: number;
  /** How long a caller may take for the head of a request, and for the TLS handshake. */
  readonly headersTimeoutMs: number;
  /** How often those are looked at. */
  readonly checkIntervalMs: number;
  /** How long a connection stays open between two requests. */
  readonly keepAliveMs: number;
  /** A body from which nothing comes for so long is given up (spec 2.17: `MPE_RTMP_SESSION_IDLE_TIMEOUT`). */
  readonly bodyIdleMs: number;
  /** So is one that drips: from fragment to fragment. Three times the longest there is (spec 2.7). */
  readonly progressMs: number;
  /** Both, for a stream that has nothing but events. */
  readonly sparseIdleMs: number;
  /** `bodyIdleMs` of a segment when the next one is waiting behind it. */
  readonly overtakenIdleMs: number;
  /** A quality of which no segment came for so long has ended. */
  readonly sessionIdleMs: number;
  /** For so long its header is remembered: encoders send it once. */
  readonly headerKeptMs: number;
  readonly sessions: number;
  /** Segments of one quality that wait for the one before. */
  readonly waitingSegments: number;
  /** The largest box, and what all connections together hold of boxes that are not complete. */
  readonly boxBytes: number;
  readonly heldBytes: number;
  /** A manifest that is read and forgotten. */
  readonly ignoredBytes: number;
  /** Spec 2.13. */
  readonly eventDataBytes: number;
  readonly eventDataPerSecond: number;
  readonly eventDataMs: number;
  /** How long a refused body is still read, so that the caller gets to see the refusal instead of a broken connection. */
  readonly drainMs: number;
  /** How long answers may go on after the end was asked for. */
  readonly closeGraceMs: number;
};

export const DEFAULT_LIMITS: PushLimits = {
  connections: 256,
  connectionsPerAddress: 128,
  headersTimeoutMs: 10_000,
  checkIntervalMs: 1000,
  keepAliveMs: 15_000,
  bodyIdleMs: 30_000,
  progressMs: 60_000,
  sparseIdleMs: 600_000,
  overtakenIdleMs: 5000,
  sessionIdleMs: 10_000,
  headerKeptMs: 600_000,
  sessions: 256,
  waitingSegments: 8,
  boxBytes: 32 * MEBIBYTE,
  heldBytes: 256 * MEBIBYTE,
  ignoredBytes: 4 * MEBIBYTE,
  eventDataBytes: 256 * 1024,
  eventDataPerSecond: 2,
  eventDataMs: 10_000,
  drainMs: 2000,
  closeGraceMs: 1000,
};
