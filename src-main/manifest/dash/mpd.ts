import { compact } from '../compact.ts';
import { formatDateTime } from '../date-time.ts';
import { malformed } from '../malformed.ts';
import { type BaseUrl, parseBaseUrl, writeBaseUrl } from './base-url.ts';
import { PROTECTION_DECLARATIONS } from './content-protection.ts';
import { type Descriptor, parseDescriptor, writeDescriptors } from './descriptor.ts';
import { commaSeparated, dateTime, duration, oneOf, readElement, text } from './element-reader.ts';
import {
  type LeapSecondInformation,
  parseLeapSecondInformation,
  writeLeapSecondInformation,
} from './leap-second-information.ts';
import { MPD_NAMESPACE } from './namespaces.ts';
import { type Period, parsePeriod, writePeriod } from './period.ts';
import {
  type ProgramInformation,
  parseProgramInformation,
  writeProgramInformation,
} from './program-information.ts';
import {
  parseServiceDescription,
  type ServiceDescription,
  writeServiceDescription,
} from './service-description.ts';
import { formatDuration } from './values.ts';
import { xml, xmlEach, xmlText } from './xml.ts';
import { readXml, XML_LIMITS } from './xml-reader.ts';

/** A media presentation description, ISO/IEC 23009-1 §5.3.1. Times are UTC in ms since 1970. */
export type Mpd = {
  readonly id?: string | undefined;
  readonly profiles: readonly string[];
  /** `dynamic`: segments become available as time goes by, and the MPD may change. */
  readonly type: 'static' | 'dynamic';
  /** Zero of the MPD timeline. Never changes. */
  readonly availabilityStartTimeMs?: number | undefined;
  readonly availabilityEndTimeMs?: number | undefined;
  /** When this version was made. */
  readonly publishTimeMs?: number | undefined;
  readonly mediaPresentationDurationSeconds?: number | undefined;
  /** For how long this version holds once it is fetched. Left out: for ever. */
  readonly minimumUpdatePeriodSeconds?: number | undefined;
  readonly minBufferTimeSeconds: number;
  readonly timeShiftBufferDepthSeconds?: number | undefined;
  readonly suggestedPresentationDelaySeconds?: number | undefined;
  readonly maxSegmentDurationSeconds?: number | undefined;
  readonly programInformation?: readonly ProgramInformation[] | undefined;
  readonly baseUrls?: readonly BaseUrl[] | undefined;
  readonly locations?: readonly string[] | undefined;
  readonly serviceDescriptions?: readonly ServiceDescription[] | undefined;
  readonly periods: readonly Period[];
  readonly essentialProperties?: readonly Descriptor[] | undefined;
  readonly supplementalProperties?: readonly Descriptor[] | undefined;
  /** In the order of preference. */
  readonly utcTimings?: readonly Descriptor[] | undefined;
  readonly leapSecondInformation?: LeapSecondInformation | undefined;
};

export function writeMpd(mpd: Mpd): string {
  const attributes = {
    xmlns: MPD_NAMESPACE,
    ...(isProtected(mpd) ? PROTECTION_DECLARATIONS : {}),
    id: mpd.id,
    profiles: mpd.profiles.join(','),
    type: mpd.type,
    availabilityStartTime: formatOptionalDate(mpd.availabilityStartTimeMs),
    availabilityEndTime: formatOptionalDate(mpd.availabilityEndTimeMs),
    publishTime: formatOptionalDate(mpd.publishTimeMs),
    mediaPresentationDuration: formatDuration(mpd.mediaPresentationDurationSeconds),
    minimumUpdatePeriod: formatDuration(mpd.minimumUpdatePeriodSeconds),
    minBufferTime: formatDuration(mpd.minBufferTimeSeconds),
    timeShiftBufferDepth: formatDuration(mpd.timeShiftBufferDepthSeconds),
    suggestedPresentationDelay: formatDuration(mpd.suggestedPresentationDelaySeconds),
    maxSegmentDuration: formatDuration(mpd.maxSegmentDurationSeconds),
  };
  const { leapSecondInformation } = mpd;
  const content = [
    xmlEach(mpd.programInformation, writeProgramInformation),
    xmlEach(mpd.baseUrls, writeBaseUrl),
    xmlEach(mpd.locations, (location) => xmlText('Location', {}, location)),
    xmlEach(mpd.serviceDescriptions, writeServiceDescription),
    xmlEach(mpd.periods, writePeriod),
    writeDescriptors('EssentialProperty', mpd.essentialProperties),
    writeDescriptors('SupplementalProperty', mpd.supplementalProperties),
    writeDescriptors('UTCTiming', mpd.utcTimings),
    leapSecondInformation === undefined ? '' : writeLeapSecondInformation(leapSecondInformation),
  ];
  return `<?xml version="1.0" encoding="UTF-8"?>\n${xml('MPD', attributes, content.join(''))}`;
}

function formatOptionalDate(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : formatDateTime(ms);
}

function isProtected({ periods }: Mpd): boolean {
  return periods.some(({ adaptationSets }) =>
    adaptationSets.some((set) =>
      [set, ...set.representations].some(({ contentProtections }) => contentProtections !== undefined),
    ),
  );
}

/**
 * Reads an MPD. What is understood has to be right, or it throws `media/malformed`; elements and attributes that are not known here are
 * passed over (§5.2.3: clients have to), among them SegmentBase, SegmentList and templates of a whole Period. Remote elements (XLink) are
 * not fetched.
 */
export function parseMpd(document: string, limits = XML_LIMITS): Mpd {
  const root = readXml(document, limits);
  if (root.name !== 'MPD' || root.namespace !== MPD_NAMESPACE) {
    throw malformed('MPD', 'the document element is not an MPD');
  }
  const reader = readElement(root);
  const { optional, required, all } = reader;
  return compact({
    id: optional('id', text),
    profiles: required('profiles', commaSeparated),
    type: optional('type', oneOf('static', 'dynamic')) ?? 'static',
    availabilityStartTimeMs: optional('availabilityStartTime', dateTime),
    availabilityEndTimeMs: optional('availabilityEndTime', dateTime),
    publishTimeMs: optional('publishTime', dateTime),
    mediaPresentationDurationSeconds: optional('mediaPresentationDuration', duration),
    minimumUpdatePeriodSeconds: optional('minimumUpdatePeriod', duration),
    minBufferTimeSeconds: required('minBufferTime', duration),
    timeShiftBufferDepthSeconds: optional('timeShiftBufferDepth', duration),
    suggestedPresentationDelaySeconds: optional('suggestedPresentationDelay', duration),
    maxSegmentDurationSeconds: optional('maxSegmentDuration', duration),
    programInformation: all('ProgramInformation', parseProgramInformation),
    baseUrls: all('BaseURL', parseBaseUrl),
    locations: all('Location', (location) => location.text().trim()),
    serviceDescriptions: all('ServiceDescription', parseServiceDescription),
    periods: all('Period', parsePeriod) ?? [],
    essentialProperties: all('EssentialProperty', parseDescriptor),
    supplementalProperties: all('SupplementalProperty', parseDescriptor),
    utcTimings: all('UTCTiming', parseDescriptor),
    leapSecondInformation: reader.one('LeapSecondInformation', parseLeapSecondInformation),
  });
}
