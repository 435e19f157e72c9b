import type { Level, Rule } from '../ledger.ts';

/**
 * The rules of ISO/IEC 23009-1, the DASH-IF timing model and low-latency DASH that only a running stream shows. What MPDs say is in
 * `src-main/manifest/dash/check`.
 */

const rule = (level: Level, clause: string, title: string): Rule => ({ level, clause, title });
const TIMING = 'DASH-IF timing model: ';

export const RULES = {
  answers: rule('must', '23009-1 5.4.1', 'the MPD can be had'),
  type: rule('must', '23009-1 Annex C', 'the MPD comes as application/dash+xml'),
  wellFormed: rule('must', '23009-1 5.2.1', 'the MPD can be read'),
  gzip: rule('should', 'RFC 9110 8.4', 'the MPD is packed with gzip for who takes it'),
  crossOrigin: rule('remark', 'Fetch', 'pages of other sites may read it (CORS)'),
  validator: rule('should', `${TIMING}MPD updates`, 'the MPD has an ETag or a Last-Modified'),
  conditional: rule('should', `${TIMING}MPD updates`, 'an MPD that has not changed is answered with 304'),
  cached: rule(
    'should',
    `${TIMING}MPD updates`,
    'no cache keeps the MPD for longer than a minimumUpdatePeriod and a segment',
  ),
  goesOn: rule('must', `${TIMING}Necessary segment references`, 'the live edge goes on'),

  clock: rule('must', `${TIMING}Clock synchronization`, 'each UTCTiming gives a time'),
  sameClock: rule('must', `${TIMING}Clock synchronization`, 'all UTCTimings give the same time'),
  ownClock: rule('remark', `${TIMING}Clock synchronization`, 'the clock of this computer is that of the stream'),

  initialization: rule('must', '23009-1 5.3.9.4', 'the initialization segment can be had and read'),
  timescale: rule('must', `${TIMING}Representation timing`, 'timescale is that of the media'),
  keyId: rule('must', '23001-7 11.1', 'cenc:default_KID is that of the media'),
  connected: rule(
    'must',
    `${TIMING}Period connectivity`,
    'connected Periods have the same initialization segment',
  ),

  available: rule('must', `${TIMING}Segment availability`, 'a segment can be had when its time has come'),
  buffer: rule('must', `${TIMING}Time shift buffer`, 'all segments inside the time-shift buffer can be had'),
  early: rule('must', `${TIMING}Segment availability`, 'a segment far ahead is refused'),
  mediaType: rule('should', '23009-1 5.3.7.2', 'segments have the Content-Type of their mimeType'),
  fragmented: rule('must', '23009-1 6.3.4.2', 'a segment has moof and mdat'),
  decodeTime: rule('must', '23009-1 6.3.4.2', 'each traf has a tfdt'),
  startTime: rule('must', '23009-1 5.3.9.6', 'a segment begins at its S@t'),
  nominalTime: rule('must', '23009-1 7.2.1', 'a segment begins within half a duration of where @duration puts it'),
  duration: rule('must', '23009-1 5.3.9.6', 'a segment is as long as its S@d'),
  continuity: rule('must', '23000-19 7.3.2.2', 'a segment begins where the one before it ends'),
  startsWithKey: rule('must', '23009-1 5.3.7.2', 'segments with startWithSAP 1 or 2 begin with a key frame'),

  growing: rule('must', 'DASH-IF IOP 9.X.4.5', 'a chunked segment can be had while it is made'),
  chunks: rule('must', 'DASH-IF IOP 9.X.4.5', 'a chunked segment is several chunks'),

  declared: rule('must', '23009-1 5.10.3.3', 'an emsg is of a stream that InbandEventStream declares'),
  beforeMedia: rule('must', '23009-1 5.10.3.3', 'an emsg stands before the moof'),
} as const satisfies Record<string, Rule>;

/** What the checkers of MPDs look at, by clause. */
export const TITLES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '23009-1 Annex B': 'the MPD is valid by the schema',
    '23009-1 5.3.1.2': 'MPD attributes',
    '23009-1 5.3.2.1': 'starts of Periods',
    '23009-1 5.3.2.2': 'Period@id',
    '23009-1 5.3.3.2': 'AdaptationSet attributes',
    '23009-1 5.3.5.2': 'Representation@id',
    '23009-1 5.3.9.4': 'SegmentTemplate',
    '23009-1 5.3.9.6': 'SegmentTimeline has neither gaps nor overlaps',
    '23009-1 5.4.1': 'what an update may change',
    [`${TIMING}Clock synchronization`]: 'UTCTiming',
    [`${TIMING}Leap seconds`]: 'LeapSecondInformation',
    [`${TIMING}MPD updates`]: 'what stays the same in updates',
    [`${TIMING}End of live content`]: 'how a broadcast ends',
    [`${TIMING}Necessary segment references`]: 'Periods are covered by segments',
    [`${TIMING}Periods`]: 'Periods follow one another',
    [`${TIMING}Representation timing`]: '@timescale is there',
    [`${TIMING}Period connectivity`]: 'period-connectivity',
    [`${TIMING}Period continuity`]: 'period-continuity',
    [`${TIMING}Clock drift is forbidden`]: 'the live edge follows the clock',
    [`${TIMING}Explicit addressing`]: 'updates of a SegmentTimeline',
    [`${TIMING}Removing content from the MPD`]: 'only what has expired is removed',
    [`${TIMING}Adding content to the MPD`]: 'content is added at the end',
    'DASH-IF IOP 9.X.4.2': 'ServiceDescription and clocks',
    'DASH-IF IOP 9.X.4.3': 'ProducerReferenceTime',
    'DASH-IF IOP 9.X.4.4': 'length of whole segments',
    'DASH-IF IOP 9.X.4.5': 'attributes of chunked segments',
  }),
);
