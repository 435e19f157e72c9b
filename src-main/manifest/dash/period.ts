import { compact } from '../compact.ts';
import { type AdaptationSet, parseAdaptationSet, writeAdaptationSet } from './adaptation-set.ts';
import { type BaseUrl, parseBaseUrl, writeBaseUrl } from './base-url.ts';
import { type Descriptor, parseDescriptor, writeDescriptor, writeDescriptors } from './descriptor.ts';
import { duration, type ElementReader, text } from './element-reader.ts';
import { type EventStream, parseEventStream, writeEventStream } from './events.ts';
import { formatDuration } from './values.ts';
import { xml, xmlEach } from './xml.ts';

/** Period, ISO/IEC 23009-1 §5.3.2. */
export type Period = {
  /** Always there in a dynamic MPD, and the same in all updates. */
  readonly id?: string | undefined;
  /** From `availabilityStartTime`. Left out: the end of the Period before it, or 0. */
  readonly startSeconds?: number | undefined;
  /** Left out: up to the next Period, or without end. */
  readonly durationSeconds?: number | undefined;
  readonly baseUrls?: readonly BaseUrl[] | undefined;
  readonly assetIdentifier?: Descriptor | undefined;
  readonly eventStreams?: readonly EventStream[] | undefined;
  readonly adaptationSets: readonly AdaptationSet[];
  readonly supplementalProperties?: readonly Descriptor[] | undefined;
};

/** `Period@value` of these names the Period before, in a SupplementalProperty of each adaptation set (§5.3.2.4). */
export const PERIOD_CONNECTIVITY = 'urn:mpeg:dash:period-connectivity:2015';
export const PERIOD_CONTINUITY = 'urn:mpeg:dash:period-continuity:2015';

export function writePeriod(period: Period): string {
  const { id, startSeconds, durationSeconds, assetIdentifier } = period;
  const attributes = { id, start: formatDuration(startSeconds), duration: formatDuration(durationSeconds) };
  const content = [
    xmlEach(period.baseUrls, writeBaseUrl),
    assetIdentifier === undefined ? '' : writeDescriptor('AssetIdentifier', assetIdentifier),
    xmlEach(period.eventStreams, writeEventStream),
    xmlEach(period.adaptationSets, writeAdaptationSet),
    writeDescriptors('SupplementalProperty', period.supplementalProperties),
  ];
  return xml('Period', attributes, content.join(''));
}

export function parsePeriod(reader: ElementReader): Period {
  return compact({
    id: reader.optional('id', text),
    startSeconds: reader.optional('start', duration),
    durationSeconds: reader.optional('duration', duration),
    baseUrls: reader.all('BaseURL', parseBaseUrl),
    assetIdentifier: reader.one('AssetIdentifier', parseDescriptor),
    eventStreams: reader.all('EventStream', parseEventStream),
    adaptationSets: reader.all('AdaptationSet', parseAdaptationSet) ?? [],
    supplementalProperties: reader.all('SupplementalProperty', parseDescriptor),
  });
}
