import type { Level, Rule } from '../ledger.ts';

/** The rules of draft-pantos-hls-rfc8216bis that only a running stream shows. What playlists say is in `src-main/manifest/hls/check`. */

const rule = (level: Level, clause: string, title: string): Rule => ({
  level,
  clause: `8216bis ${clause}`,
  title,
});

export const RULES = {
  answers: rule('must', '6.2.1', 'playlists can be had'),
  type: rule('must', '4', 'playlists are known by Content-Type or name'),
  wellFormed: rule('must', '4.1', 'playlists are UTF-8 without a mark and can be read'),
  gzip: rule('should', '6.2.1', 'playlists are packed with gzip for who takes it'),
  lowLatency: rule('must', 'B.1', 'the stream has partial segments'),
  http2: rule('remark', 'B.1', 'HTTP/2 is offered'),
  crossOrigin: rule('remark', 'Fetch', 'pages of other sites may read it (CORS)'),
  cachesBlocking: rule(
    'should',
    'B.1',
    'answers to blocking requests may be kept, for up to six target durations',
  ),
  cachesPlain: rule('should', 'B.1', 'other answers may be kept for half a target duration at most'),
  cachesMissing: rule('should', 'B.1', 'a 404 is not kept for longer than a target duration'),
  cachesMedia: rule('should', 'B.1', 'media may be kept'),

  blocks: rule('must', '6.2.5.2', 'an answer waits for the part that is asked for'),
  blocksSegment: rule('must', '6.2.5.2', 'an answer waits for the segment that is asked for'),
  prompt: rule('should', '6.2.5.2', 'an answer comes as soon as the part is there'),
  within: rule('should', '6.2.5.2', 'after three target durations there is an answer'),
  partAlone: rule('must', '6.2.5.2', '_HLS_part without _HLS_msn is a bad request (400)'),
  farSegment: rule('should', '6.2.5.2', 'a segment too far ahead is a bad request (400) at once'),
  farPart: rule('should', '6.2.5.2', 'a part too far ahead is a bad request (400) at once'),
  past: rule('must', '6.2.5.2', 'who asks for what has left gets the playlist at once'),
  nextSegment: rule('must', '6.2.5.2', 'a part behind the last one is the first of the next segment'),
  ignoredAtEnd: rule('must', '6.2.5.2', 'directives are ignored once there is EXT-X-ENDLIST'),

  skips: rule('must', '6.2.5.1', '_HLS_skip is answered with a delta update where something can be skipped'),
  notAsked: rule('must', '6.2.5.1', 'EXT-X-SKIP only for who asked for it'),
  skipIgnored: rule('must', '6.2.5.1', '_HLS_skip is ignored where it is not offered'),

  segmentCadence: rule('must', '6.2.1', 'a segment comes within 1.5 target durations'),
  partCadence: rule('must', '6.2.1', 'a part comes within a part target duration'),

  hintHeld: rule('must', '6.2.6', 'a hinted part can be asked for, and comes'),
  hintWhole: rule('must', '6.2.6', 'a hinted part comes in one go'),
  hintSame: rule('must', '4.4.5.3', 'what was hinted is the part that is listed'),
  missing: rule('should', '6.2.6', 'what is neither there nor hinted is not found (404)'),

  reportKnown: rule('must', '4.4.5.4', 'a rendition report is of a rendition of this stream'),
  reportThere: rule('must', '4.4.5.4', 'what a rendition report tells of can be had'),
  reportFresh: rule('should', '4.4.5.4', 'a rendition report is as new as its playlist'),

  initialization: rule('must', '4.4.4.5', 'EXT-X-MAP leads to an initialization section'),
  media: rule('must', '6.2.1', 'parts and segments can be had as soon as they are listed'),
  mediaType: rule('should', '3', 'media have the Content-Type of media'),
  range: rule('must', '4.4.4.2', 'byte ranges are answered with their bytes (206)'),
  fragmented: rule('must', '3.1.2', 'fragmented MP4 has moof and mdat'),
  decodeTime: rule('must', '3.1.2', 'each traf has a tfdt'),
  transportStream: rule('must', '3.1.1', 'a transport stream segment begins with PAT and PMT'),
  continuity: rule('must', '4.4.4.3', 'times go on from piece to piece where no discontinuity is said'),
  partDuration: rule('must', '4.4.4.9', 'EXT-X-PART DURATION is that of its samples'),
  independent: rule('must', '4.4.4.9', 'INDEPENDENT=YES stands where a key frame is first'),
  saysIndependent: rule('should', '4.4.4.9', 'a part that begins with a key frame says INDEPENDENT=YES'),
  segmentDuration: rule('must', '4.4.4.1', 'EXTINF is the duration of the samples'),
  sameBytes: rule('must', '3.2', 'the parts of a segment are its bytes'),
  date: rule('must', '6.2.1', 'EXT-X-PROGRAM-DATE-TIME keeps its distance to the media times'),
  sameDates: rule('must', '6.2.4', 'dates and media times go together in the same way in all renditions'),
  sameTarget: rule('must', '6.2.4', 'all renditions have the same target duration'),
  sameControl: rule('must', '6.2.4', 'all renditions have the same EXT-X-SERVER-CONTROL'),
  sameDiscontinuity: rule('must', '6.2.4', 'matching content has the same discontinuity sequence number'),
  together: rule('should', '6.2.4', 'renditions are not apart by more than a target duration'),
  bandwidth: rule('should', '4.4.6.2', 'no segment is above the BANDWIDTH of its variant'),
  segmentStays: rule('must', '6.2.2', 'a segment that left the playlist can still be had'),
  partStays: rule('must', '6.2.2', 'a part that is not listed any more can still be had'),
} as const satisfies Record<string, Rule>;

/** What the checkers of playlists look at, by clause. */
export const TITLES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '3.2': 'parts add up to their segment',
    '4.4.2.3': 'EXT-X-DEFINE',
    '4.4.3.1': 'EXT-X-TARGETDURATION',
    '4.4.3.4': 'EXT-X-ENDLIST',
    '4.4.3.7': 'EXT-X-PART-INF',
    '4.4.3.8': 'EXT-X-SERVER-CONTROL',
    '4.4.4.4': 'EXT-X-KEY',
    '4.4.4.5': 'EXT-X-MAP',
    '4.4.4.9': 'EXT-X-PART',
    '4.4.5.1': 'EXT-X-DATERANGE',
    '4.4.5.3': 'EXT-X-PRELOAD-HINT',
    '4.4.5.4': 'EXT-X-RENDITION-REPORT',
    '4.4.6.1': 'EXT-X-MEDIA',
    '4.4.6.1.1': 'groups of renditions',
    '4.4.6.2': 'EXT-X-STREAM-INF',
    '4.4.6.4': 'EXT-X-SESSION-DATA',
    '4.4.6.5': 'EXT-X-SESSION-KEY',
    '6.2.1': 'what a playlist may have, and an update may change',
    '6.2.2': 'what may leave a live playlist',
    '6.2.5.1': 'delta updates skip what they may',
    '6.2.6': 'one hint of each type',
    '6.3.7': 'delta updates can be merged',
    '8': 'EXT-X-VERSION',
    'B.1': 'low-latency profile: what playlists have',
  }).map(([clause, title]) => [`8216bis ${clause}`, title]),
);
