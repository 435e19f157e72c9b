/** How the player fares, as it can be known when it asks for something. */
export type PlayerFacts = {
  /** Tells sessions apart in the viewer count. */
  readonly session: string;
  readonly isLive: boolean;
  /** Media that it has before it; undefined: not known. */
  readonly bufferSeconds: number | undefined;
  /** Bits per second, as it has measured. */
  readonly measuredBitrate: number | undefined;
  /** Bits per second of the quality that it plays. */
  readonly bitrate: number | undefined;
  /** It ran dry since it asked last. */
  readonly hasStarved: boolean;
  /** Nothing has been played yet, or not again since it ran dry. */
  readonly isStarting: boolean;
  readonly playbackRate: number;
};

/** CTA-5004 version 1: keys in the order of the alphabet, each in the header of its kind. */
export function cmcdHeaders(facts: PlayerFacts): Readonly<Record<string, string>> {
  const { session, isLive, bufferSeconds, measuredBitrate, bitrate, playbackRate } = facts;
  const groups = {
    'CMCD-Object': [known('br', bitrate, (value) => Math.round(value / 1000))],
    'CMCD-Request': [
      known('bl', bufferSeconds, (value) => 100 * Math.round(10 * value)),
      known('mtp', measuredBitrate, (value) => 100 * Math.round(value / 100_000)),
      facts.isStarting ? 'su' : undefined,
    ],
    // Only what is out of the ordinary is said of the speed.
    'CMCD-Session': [
      playbackRate === 1 ? undefined : `pr=${Number(playbackRate.toFixed(2))}`,
      'sf=h',
      `sid="${session}"`,
      `st=${isLive ? 'l' : 'v'}`,
    ],
    'CMCD-Status': [facts.hasStarved ? 'bs' : undefined],
  };
  return Object.fromEntries(
    Object.entries(groups).flatMap(([name, pairs]) => {
      const said = pairs.filter((pair) => pair !== undefined);
      return said.length === 0 ? [] : [[name, said.join(',')]];
    }),
  );
}

function known(key: string, value: number | undefined, toWhole: (value: number) => number): string | undefined {
  return value === undefined || !Number.isFinite(value) || value < 0 ? undefined : `${key}=${toWhole(value)}`;
}
