/** What the origin gives to viewers at most, so that no crowd and no single caller can take it away from the others. */
export type OriginLimits = {
  /** Open connections. */
  readonly connections: number;
  /** Of one client address; generous, because a proxy or a network behind NAT has one. */
  readonly connectionsPerAddress: number;
  /** Requests that wait for media which is not there yet. A low-latency viewer has up to four. */
  readonly heldRequests: number;
  readonly heldPerAddress: number;
  /** Distinct bytes of media that answers in progress keep in memory. */
  readonly inFlightBytes: number;
  /** An answer that takes longer than this may be cut when `inFlightBytes` is reached. */
  readonly slowAfterMs: number;
  /** A connection on which nothing was taken off for so long is cut. */
  readonly stallMs: number;
  /** A segment in progress that does not grow for so long is given up. */
  readonly growthMs: number;
  /** Downloads at the same time: each has a file open and a buffer. */
  readonly downloads: number;
  /** How long a caller may take to send the head of a request. */
  readonly headersTimeoutMs: number;
  /** How often that is looked at. */
  readonly checkIntervalMs: number;
  /** How long a connection stays open between requests: longer than the longest usual segment. */
  readonly keepAliveMs: number;
};

export const DEFAULT_LIMITS: OriginLimits = {
  connections: 8192,
  connectionsPerAddress: 4096,
  heldRequests: 8192,
  heldPerAddress: 4096,
  inFlightBytes: 256 * 1024 * 1024,
  slowAfterMs: 5000,
  stallMs: 15_000,
  growthMs: 30_000,
  downloads: 64,
  headersTimeoutMs: 10_000,
  checkIntervalMs: 1000,
  keepAliveMs: 30_000,
};
