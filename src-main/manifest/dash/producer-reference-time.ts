import type { Ticks } from '../../media/time.ts';
import { compact } from '../compact.ts';
import { formatDateTime } from '../date-time.ts';
import { type Descriptor, parseDescriptor, writeDescriptor } from './descriptor.ts';
import { boolean, dateTime, type ElementReader, oneOf, text, unsigned, unsignedTicks } from './element-reader.ts';
import { xml } from './xml.ts';

/** ProducerReferenceTime, ISO/IEC 23009-1 §5.12: which wall-clock time a presentation time had where the media was made. */
export type ProducerReferenceTime = {
  readonly id: number;
  /** There are `prft` boxes in the segments too. */
  readonly inband?: boolean | undefined;
  /** `encoder` when left out: the time at which the encoder gave it out; `captured`: at which the camera saw it. */
  readonly type?: (typeof TYPES)[number] | undefined;
  readonly applicationScheme?: string | undefined;
  /** UTC in ms since 1970. */
  readonly wallClockTimeMs: number;
  /** In ticks of the representation. */
  readonly presentationTime: Ticks;
  /** The clock that was used; the same as the MPD's. */
  readonly utcTiming?: Descriptor | undefined;
};

const TYPES = ['encoder', 'captured', 'application'] as const;

export function writeProducerReferenceTime(reference: ProducerReferenceTime): string {
  const { id, inband, type, applicationScheme, presentationTime, utcTiming } = reference;
  const wallClockTime = formatDateTime(reference.wallClockTimeMs);
  return xml(
    'ProducerReferenceTime',
    { id, inband, type, applicationScheme, wallClockTime, presentationTime },
    utcTiming === undefined ? '' : writeDescriptor('UTCTiming', utcTiming),
  );
}

export function parseProducerReferenceTime(reader: ElementReader): ProducerReferenceTime {
  return compact({
    id: reader.required('id', unsigned),
    inband: reader.optional('inband', boolean),
    type: reader.optional('type', oneOf(...TYPES)),
    applicationScheme: reader.optional('applicationScheme', text),
    wallClockTimeMs: reader.required('wallClockTime', dateTime),
    presentationTime: reader.required('presentationTime', unsignedTicks),
    utcTiming: reader.one('UTCTiming', parseDescriptor),
  });
}
