import type { Settings } from '../../shared/api/settings.ts';

/** Where encoders are listened for; 0 is any free port. */
export type IngestPorts = {
  readonly rtmp: number;
  readonly rtmpSecondary: number;
  readonly rtmps: number;
  readonly rtmpsSecondary: number;
  readonly ingest: number;
  readonly ingestTls: number;
  readonly srt: number;
};

/** Ports that a host gives in the place of those of the settings. */
export type GivenIngestPorts = {
  readonly rtmpPort?: number | undefined;
  readonly rtmpsPort?: number | undefined;
  readonly ingestPort?: number | undefined;
  readonly srtPort?: number | undefined;
};

/**
 * A port that is given stands for its pair: the second of RTMP and RTMPS, and the one with TLS of the fMP4 push, is the next number, as it is
 * among the defaults. Of 0 both are any free one.
 */
export function ingestPorts(network: Settings['network'], given: GivenIngestPorts): IngestPorts {
  const [rtmp, rtmpSecondary] = pair(given.rtmpPort, network.rtmpPort, network.rtmpSecondaryPort);
  const [rtmps, rtmpsSecondary] = pair(given.rtmpsPort, network.rtmpsPort, network.rtmpsSecondaryPort);
  const [ingest, ingestTls] = pair(given.ingestPort, network.ingestPort, network.ingestTlsPort);
  return { rtmp, rtmpSecondary, rtmps, rtmpsSecondary, ingest, ingestTls, srt: given.srtPort ?? network.srtPort };
}

function pair(given: number | undefined, first: number, second: number): readonly [first: number, second: number] {
  if (given === undefined) {
    return [first, second];
  }
  return [given, given === 0 || given === 65_535 ? 0 : given + 1];
}
