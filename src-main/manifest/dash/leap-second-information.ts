import { compact } from '../compact.ts';
import { formatDateTime } from '../date-time.ts';
import { dateTime, type ElementReader, integer } from './element-reader.ts';
import { xml } from './xml.ts';

/** LeapSecondInformation, ISO/IEC 23009-1 §5.13: what keeps availability times right across leap seconds. */
export type LeapSecondInformation = {
  /** Seconds that a player takes off `availabilityStartTime` to reckon on without leap seconds; 0 when that is done already. */
  readonly availabilityStartLeapOffset: number;
  /** The same from the next leap second on; both left out while that is not known. */
  readonly nextAvailabilityStartLeapOffset?: number | undefined;
  readonly nextLeapChangeTimeMs?: number | undefined;
};

export function writeLeapSecondInformation(leap: LeapSecondInformation): string {
  const { availabilityStartLeapOffset, nextAvailabilityStartLeapOffset, nextLeapChangeTimeMs } = leap;
  return xml('LeapSecondInformation', {
    availabilityStartLeapOffset,
    nextAvailabilityStartLeapOffset,
    nextLeapChangeTime: nextLeapChangeTimeMs === undefined ? undefined : formatDateTime(nextLeapChangeTimeMs),
  });
}

export function parseLeapSecondInformation(reader: ElementReader): LeapSecondInformation {
  return compact({
    availabilityStartLeapOffset: reader.required('availabilityStartLeapOffset', integer),
    nextAvailabilityStartLeapOffset: reader.optional('nextAvailabilityStartLeapOffset', integer),
    nextLeapChangeTimeMs: reader.optional('nextLeapChangeTime', dateTime),
  });
}
