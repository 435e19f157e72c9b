import type { Ticks } from '../../media/time.ts';
import { ticks } from '../../media/time.ts';
import { compact } from '../compact.ts';
import { unsigned, unsignedTicks } from '../dash/element-reader.ts';
import { xml, xmlEach } from '../dash/xml.ts';
import { readXml, XML_LIMITS } from '../dash/xml-reader.ts';
import { malformed } from '../malformed.ts';
import { type ProtectionHeader, parseProtection, writeProtection } from './protection.ts';
import { smoothReader, truth, writeTruth } from './smooth-reader.ts';
import { parseStreamIndex, type StreamIndex, writeStreamIndex } from './stream-index.ts';

/** A client manifest of Smooth Streaming, MS-SSTR §2.2.2. All times count in its timescale, unless a stream has its own. */
export type SmoothManifest = {
  /** Version 2.0 knows no `r`. */
  readonly minorVersion: number;
  readonly timescale: number;
  /** 0 while it is live. */
  readonly duration: Ticks;
  /** Undefined: a recording. */
  readonly live?: LiveSettings | undefined;
  readonly protections?: readonly ProtectionHeader[] | undefined;
  readonly streams: readonly StreamIndex[];
};

export type LiveSettings = {
  /** How many fragments each fragment tells of that follow it. */
  readonly lookAheadFragments: number;
  /** How far back clients may go; 0: to the beginning. */
  readonly windowDuration: Ticks;
  readonly canSeek: boolean;
  readonly canPause: boolean;
};

const MAJOR_VERSION = 2;
const DEFAULT_TIMESCALE = 10_000_000;

export function writeSmoothManifest(manifest: SmoothManifest): string {
  const { live } = manifest;
  const attributes = {
    MajorVersion: MAJOR_VERSION,
    MinorVersion: manifest.minorVersion,
    TimeScale: manifest.timescale,
    Duration: manifest.duration,
    IsLive: live && writeTruth(true),
    LookAheadFragmentCount: live?.lookAheadFragments,
    DVRWindowLength: live?.windowDuration,
    CanSeek: live && writeTruth(live.canSeek),
    CanPause: live && writeTruth(live.canPause),
  };
  const content = `${writeProtection(manifest.protections)}${xmlEach(manifest.streams, writeStreamIndex)}`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${xml('SmoothStreamingMedia', attributes, content)}`;
}

/** What is understood has to be right, or it throws `media/malformed`; all else is passed over. */
export function parseSmoothManifest(document: string, limits = XML_LIMITS): SmoothManifest {
  const root = readXml(document, limits);
  if (root.name !== 'SmoothStreamingMedia' || root.namespace !== '') {
    throw malformed('Smooth Streaming manifest', 'the document element is not SmoothStreamingMedia');
  }
  const reader = smoothReader(root);
  const { optional, required } = reader;
  if (required('MajorVersion', unsigned) !== MAJOR_VERSION) {
    throw reader.broken('only version 2 is known');
  }
  return compact({
    minorVersion: optional('MinorVersion', unsigned) ?? 0,
    timescale: optional('TimeScale', unsigned) ?? DEFAULT_TIMESCALE,
    duration: required('Duration', unsignedTicks),
    live:
      optional('IsLive', truth) === true
        ? {
            lookAheadFragments: optional('LookAheadFragmentCount', unsigned) ?? 0,
            windowDuration: optional('DVRWindowLength', unsignedTicks) ?? ticks(0n),
            canSeek: optional('CanSeek', truth) ?? false,
            canPause: optional('CanPause', truth) ?? false,
          }
        : undefined,
    protections: parseProtection(reader),
    streams: reader.all('StreamIndex')?.map(parseStreamIndex) ?? [],
  });
}
