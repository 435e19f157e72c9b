/**
 * Every failure the product can report. Codes are permanent: retire one by moving it to `RETIRED_CODES`, never by giving its name a new
 * meaning, because logs, scripts and archived events keep them. Codes that Azure Media Services had keep its spelling (`MPE_…`).
 *
 * `severity` says what the owner does: `retry` by itself, `degrade` and go on, `stop` and ask a person.
 * `status` is the HTTP status when the error answers a request. `title` is the same for every occurrence (RFC 9457 §3.1.3).
 */
export type Severity = 'retry' | 'degrade' | 'stop';

type CodeEntry = { readonly severity: Severity; readonly status: number; readonly title: string };

export const ERROR_CODES = {
  // Requests
  'request/invalid': { severity: 'stop', status: 400, title: 'The request has a field that is not right' },
  'request/unknown-field': { severity: 'stop', status: 400, title: 'The request has a field that does not exist' },
  'request/not-json': { severity: 'stop', status: 400, title: 'The request body is not JSON' },
  'request/too-large': { severity: 'stop', status: 413, title: 'The request body is too large' },
  'request/unauthorized': { severity: 'stop', status: 401, title: 'The control token is missing or wrong' },
  'request/forbidden-origin': { severity: 'stop', status: 403, title: 'This page may not call the control API' },
  'request/method-not-allowed': {
    severity: 'stop',
    status: 405,
    title: 'This resource does not have that method',
  },
  'resource/not-found': { severity: 'stop', status: 404, title: 'There is nothing of that name' },
  'resource/exists': { severity: 'stop', status: 409, title: 'The name is taken' },
  'resource/in-use': { severity: 'stop', status: 409, title: 'Something still uses it' },
  'resource/wrong-state': { severity: 'stop', status: 409, title: 'This cannot be done in the present state' },
  'resource/busy': { severity: 'retry', status: 409, title: 'Another operation on it is still running' },
  'resource/immutable': { severity: 'stop', status: 400, title: 'This property cannot be changed any more' },
  'resource/quota': { severity: 'stop', status: 403, title: 'The quota is used up' },
  'service/internal': { severity: 'stop', status: 500, title: 'Lectern made a mistake' },
  'service/closing': { severity: 'retry', status: 503, title: 'The service is closing' },
  'service/port-taken': { severity: 'stop', status: 409, title: 'A port is already in use' },
  'service/port-refused': { severity: 'stop', status: 409, title: 'The operating system refuses that port' },
  'service/data-folder-locked': { severity: 'stop', status: 409, title: 'Another Lectern uses this data folder' },
  'service/data-folder-unusable': { severity: 'stop', status: 500, title: 'The data folder cannot be used' },
  'service/not-running': { severity: 'stop', status: 409, title: 'No Lectern is running' },

  // Settings
  'settings/invalid': { severity: 'stop', status: 400, title: 'A setting is not right' },
  'settings/unreadable': { severity: 'degrade', status: 500, title: 'The settings file cannot be read' },

  // Stream keys
  'secrets/unavailable': { severity: 'stop', status: 409, title: 'The key store cannot be used' },

  // Child processes and the binaries they run
  'process/not-found': { severity: 'stop', status: 409, title: 'A program that is needed was not found' },
  'process/unusable': { severity: 'stop', status: 409, title: 'A program was found but cannot do the job' },
  'process/exited': { severity: 'retry', status: 500, title: 'A child process ended unasked' },
  'process/stalled': { severity: 'retry', status: 500, title: 'A child process makes no progress' },
  'process/gave-up': { severity: 'stop', status: 500, title: 'A child process keeps failing' },

  // Capture
  'capture/permission-denied': { severity: 'stop', status: 409, title: 'The operating system refused access' },
  'capture/device-not-found': { severity: 'stop', status: 409, title: 'The device is not there' },
  'capture/device-busy': { severity: 'retry', status: 409, title: 'Another program uses the device' },
  'capture/no-frames': { severity: 'retry', status: 409, title: 'The source gives no picture' },
  'capture/black-frames': { severity: 'degrade', status: 409, title: 'The source gives only black' },
  'capture/no-sound': { severity: 'degrade', status: 409, title: 'The source gives no sound' },
  'browser/unknown-link': { severity: 'stop', status: 401, title: 'The link lets nobody in' },
  'browser/replaced': { severity: 'stop', status: 409, title: 'Another page sends in its place' },
  'browser/no-stream': { severity: 'retry', status: 409, title: 'There is no such stream any more' },
  'browser/bad-stream': { severity: 'stop', status: 400, title: 'The stream is described wrongly' },
  'browser/bad-piece': { severity: 'stop', status: 400, title: 'A piece of a capture is not right' },
  'capture/wayland': { severity: 'stop', status: 409, title: 'This session is Wayland' },
  'capture/no-display': { severity: 'stop', status: 409, title: 'There is no display to capture' },
  'capture/file-unreadable': { severity: 'stop', status: 409, title: 'The media file cannot be played' },
  'capture/unsupported': { severity: 'stop', status: 409, title: 'This source is not available here' },
  'capture/mixer-down': { severity: 'retry', status: 503, title: 'The mixer is restarting' },

  // Encoding
  'encode/no-encoder': { severity: 'stop', status: 409, title: 'No H.264 encoder works here' },
  'encode/ladder-invalid': { severity: 'stop', status: 400, title: 'The ladder is not right' },
  'encode/overloaded': { severity: 'degrade', status: 409, title: 'The computer is too slow for this ladder' },

  // Live
  'live/no-source': { severity: 'stop', status: 409, title: 'No source is chosen' },
  'live/already-live': { severity: 'stop', status: 409, title: 'A broadcast is already running' },
  'live/not-live': { severity: 'stop', status: 409, title: 'Nothing is live' },
  'live/not-rehearsing': { severity: 'stop', status: 409, title: 'No rehearsal is running' },
  'live/no-picture': { severity: 'retry', status: 404, title: 'No picture has come in yet' },
  'live/nothing-to-undo': { severity: 'stop', status: 409, title: 'There is no end to undo' },
  'live/encoder-no-output': { severity: 'retry', status: 500, title: 'The encoder gives no output' },

  // Archive
  'archive/disk-full': { severity: 'stop', status: 507, title: 'The disk is full' },
  'archive/disk-low': { severity: 'degrade', status: 507, title: 'The disk is nearly full' },
  'archive/write-failed': { severity: 'retry', status: 500, title: 'The recording cannot be written' },
  'archive/damaged': { severity: 'degrade', status: 500, title: 'A recording is damaged' },
  'archive/empty': { severity: 'stop', status: 409, title: 'The recording has no media yet' },

  // Export
  'export/target-exists': { severity: 'stop', status: 409, title: 'The file is already there' },
  'export/target-unwritable': { severity: 'stop', status: 409, title: 'The file cannot be written there' },
  'export/range-empty': { severity: 'stop', status: 400, title: 'There is nothing in that range' },
  'export/quality-not-found': { severity: 'stop', status: 400, title: 'The recording has no such quality' },
  'export/check-failed': { severity: 'stop', status: 500, title: 'The exported file failed its check' },
  'export/cancelled': { severity: 'stop', status: 409, title: 'The export was cancelled' },

  // Destinations
  'publish/refused': { severity: 'stop', status: 409, title: 'The destination refused the stream key' },
  'publish/unreachable': { severity: 'retry', status: 502, title: 'The destination cannot be reached' },
  'publish/dns': { severity: 'retry', status: 502, title: 'The destination’s name is not known' },
  'publish/tls': { severity: 'retry', status: 502, title: 'The destination’s certificate is not good' },
  'publish/connection-lost': {
    severity: 'retry',
    status: 502,
    title: 'The connection to the destination was lost',
  },
  'publish/too-slow': { severity: 'degrade', status: 502, title: 'The network to the destination is too slow' },
  'publish/protocol': { severity: 'stop', status: 400, title: 'That kind of address cannot be pushed to' },

  // Hostile or damaged media
  'media/malformed': { severity: 'stop', status: 400, title: 'The media data is malformed' },
  'media/unsupported': {
    severity: 'stop',
    status: 415,
    title: 'The media data is of a kind that is not supported',
  },

  // Outside encoders, with the names Azure Media Services gave them (spec 2.17). The status answers an fMP4 push.
  MPE_RTMP_APPID_AUTH_FAILURE: {
    severity: 'stop',
    status: 403,
    title: 'The access token is of no running live event',
  },
  MPE_INGEST_ENCODER_CONNECTION_DENIED: {
    severity: 'stop',
    status: 403,
    title: 'Encoders of that address are not let in',
  },
  MPE_INGEST_RTMP_SETDATAFRAME_NOT_RECEIVED: {
    severity: 'stop',
    status: 400,
    title: 'The encoder does not say its bitrates',
  },
  MPE_INGEST_CODEC_NOT_SUPPORTED: { severity: 'stop', status: 415, title: 'The codec is not taken in this way' },
  MPE_INGEST_DESCRIPTION_INFO_NOT_RECEIVED: {
    severity: 'stop',
    status: 400,
    title: 'The stream does not begin with its description',
  },
  MPE_INGEST_MEDIA_QUALITIES_EXCEEDED: {
    severity: 'stop',
    status: 409,
    title: 'The live event has as many tracks as it takes',
  },
  MPE_INGEST_BITRATE_AGGREGATED_EXCEEDED: {
    severity: 'stop',
    status: 409,
    title: 'The live event takes no more bits per second',
  },
  MPE_INGEST_FRAMERATE_EXCEEDED: {
    severity: 'stop',
    status: 409,
    title: 'The frame rate is higher than the live event takes',
  },
  MPE_INGEST_VIDEO_RESOLUTION_NOT_SUPPORTED: {
    severity: 'stop',
    status: 409,
    title: 'The picture is larger than the live event takes',
  },
  MPE_INGEST_RTMP_TOO_LARGE_UNPROCESSED_FLV: {
    severity: 'stop',
    status: 413,
    title: 'Too much came without a key frame',
  },
  MPE_RTMP_SESSION_IDLE_TIMEOUT: {
    severity: 'retry',
    status: 408,
    title: 'The encoder sent nothing for too long',
  },
  MPE_CAPACITY_LIMIT_REACHED: { severity: 'retry', status: 503, title: 'More came than can be taken in' },
  MPE_INGEST_DISCONTINUITY: { severity: 'degrade', status: 409, title: 'The stream was interrupted' },
  ERROR_END_OF_MEDIA: { severity: 'degrade', status: 400, title: 'The stream ended in the middle of a fragment' },
  'ingest/timed-metadata-invalid': { severity: 'stop', status: 400, title: 'The timed metadata is not right' },
  'ingest/timed-metadata-rate': { severity: 'retry', status: 429, title: 'Timed metadata came too fast' },
  'ingest/negative-time': { severity: 'stop', status: 400, title: 'The stream begins before time zero' },
  'ingest/key-frames-too-rare': {
    severity: 'degrade',
    status: 409,
    title: 'The encoder’s key frames are too rare',
  },
  'ingest/cue-invalid': { severity: 'degrade', status: 400, title: 'A cue message cannot be understood' },
  'ingest/address-list-invalid': {
    severity: 'stop',
    status: 400,
    title: 'An address of an allow list is not right',
  },
  'ingest/certificate': { severity: 'stop', status: 409, title: 'The certificate cannot be used' },
  'live/slate-invalid': { severity: 'stop', status: 400, title: 'The slate picture is not right' },
  'live/not-transcribed': { severity: 'degrade', status: 409, title: 'Speech is not made into text' },
  'live/not-encoding': { severity: 'stop', status: 409, title: 'Only an encoding live event can do that' },

  // What viewers get, and the remote
  'air/not-seen': { severity: 'degrade', status: 502, title: 'Viewers do not get the stream there' },
  'remote/off': { severity: 'stop', status: 409, title: 'The remote is switched off' },
  'remote/pairing-refused': { severity: 'stop', status: 403, title: 'The code does not let a device in' },
  'remote/unknown-device': { severity: 'stop', status: 401, title: 'The device is not let in' },
  'remote/no-such-action': { severity: 'stop', status: 409, title: 'The remote cannot do that now' },
  'remote/slow-down': { severity: 'retry', status: 429, title: 'That was asked for too often' },

  // Webhooks
  'webhook/unreachable': { severity: 'retry', status: 502, title: 'The webhook does not answer' },

  // Mirrors in object storage
  'upload/unreachable': { severity: 'retry', status: 502, title: 'The object storage does not answer' },
  'upload/slow-down': { severity: 'retry', status: 503, title: 'The object storage asks to be sent less' },
  'upload/denied': { severity: 'stop', status: 403, title: 'The object storage refuses the key' },
  'upload/clock-skew': { severity: 'stop', status: 409, title: 'The clock of this computer is wrong' },
  'upload/no-container': { severity: 'stop', status: 404, title: 'There is no such bucket or container' },
  'upload/refused': { severity: 'stop', status: 502, title: 'The object storage refuses what it is sent' },
  'upload/keys-unreachable': { severity: 'stop', status: 409, title: 'Viewers elsewhere could not get the keys' },
  'upload/too-slow': { severity: 'degrade', status: 409, title: 'The network is too slow for the mirror' },

  // Content keys
  'keys/not-found': { severity: 'stop', status: 404, title: 'There is no such key' },
  'keys/token-missing': { severity: 'stop', status: 401, title: 'The key is given out for a token only' },
  'keys/token-invalid': { severity: 'stop', status: 403, title: 'The token is not right' },
  'keys/token-expired': { severity: 'stop', status: 403, title: 'The token has expired' },
  'keys/token-used-up': { severity: 'stop', status: 403, title: 'The token has been used as often as it may be' },
  'keys/not-given-out': { severity: 'stop', status: 403, title: 'The key is not given out here' },
  'keys/address-denied': { severity: 'stop', status: 403, title: 'Keys are not given to that address' },
  'keys/issuer-unreachable': {
    severity: 'retry',
    status: 503,
    title: 'The issuer of the tokens does not tell its keys',
  },

  // The origin, with the names Azure Media Services gave them
  MPE_BAD_URL_SYNTAX: { severity: 'stop', status: 400, title: 'The address is not a streaming address' },
  MPE_ENC_ENCRYPTION_NOT_SPECIFIED_IN_URL: {
    severity: 'stop',
    status: 400,
    title: 'The address names no encryption',
  },
  MPE_ENC_ENCRYPTION_REQUIRED: {
    severity: 'stop',
    status: 403,
    title: 'The stream is only to be had encrypted',
  },
  MPE_ENC_ENCRYPTION_NOT_SET_IN_DELIVERY_POLICY: {
    severity: 'stop',
    status: 403,
    title: 'The stream is not encrypted in that way',
  },
  MPE_OUTPUT_FORMAT_BLOCKED: { severity: 'stop', status: 403, title: 'The policy does not allow this format' },
  MPE_RESOURCE_NOT_FOUND: { severity: 'stop', status: 404, title: 'There is no such stream' },
  MPE_EGRESS_TRACK_NOT_FOUND: { severity: 'stop', status: 404, title: 'There is no such track' },
  MPE_EGRESS_FILTER_NOT_FOUND: { severity: 'stop', status: 404, title: 'There is no such filter' },
  MPE_FILTER_FORCE_END_LEFT_EDGE_CROSSED_DVR_WINDOW: {
    severity: 'stop',
    status: 410,
    title: 'What the filter shows has left the window',
  },
  MPE_FILTER_REMOVED_ALL_STREAMS: { severity: 'stop', status: 415, title: 'The filters leave no track' },
  MPE_FILTER_LIVE_BACKOFF_OVER_PRESENTATION_WINDOW: {
    severity: 'stop',
    status: 415,
    title: 'The filters leave no window',
  },
  MPE_FILTER_COMPOSITION_FILTER_COUNT_OVER_LIMIT: {
    severity: 'stop',
    status: 415,
    title: 'Too many filters are asked for',
  },
  MPE_FILTER_COMPOSITION_MULTIPLE_FIRST_QUALITY_OPERATOR_NOT_ALLOWED: {
    severity: 'stop',
    status: 415,
    title: 'Two filters name a first quality',
  },
  MPE_FRAGMENT_TIMESTAMP_NOT_FOUND: { severity: 'stop', status: 404, title: 'There is no fragment at that time' },
  MPE_FRAGMENT_NOT_READY: { severity: 'retry', status: 412, title: 'The fragment is not there yet' },
  MPE_FORMAT_NOT_SUPPORTED: { severity: 'stop', status: 415, title: 'This format is not offered' },
  MPE_HLS_SEGMENT_TOO_LARGE: {
    severity: 'stop',
    status: 415,
    title: 'HLS segments are too long for the window',
  },
  MPE_STORAGE_INVALID_RANGE: { severity: 'stop', status: 416, title: 'The range lies outside of the media' },
  'origin/address-denied': { severity: 'stop', status: 403, title: 'Viewers of that address are not let in' },
  'origin/misdirected': {
    severity: 'stop',
    status: 421,
    title: 'The host name is that of another streaming endpoint',
  },
  'origin/signature-missing': { severity: 'stop', status: 403, title: 'The request is not signed' },
  'origin/signature-invalid': { severity: 'stop', status: 403, title: 'The signature is not right' },
  'origin/signature-expired': { severity: 'stop', status: 403, title: 'The signature or its key has expired' },
  'origin/certificate': { severity: 'stop', status: 400, title: 'The certificate cannot be used' },
  'origin/certificate-expired': { severity: 'degrade', status: 409, title: 'The certificate is not valid now' },
  'origin/not-updated': { severity: 'retry', status: 503, title: 'Nothing new comes at the moment' },
  'origin/too-many-held': { severity: 'retry', status: 503, title: 'Too many requests are waiting' },
  'origin/busy': { severity: 'retry', status: 503, title: 'Too much is being sent at once' },
  'storyboard/busy': { severity: 'retry', status: 503, title: 'No pictures are made at the moment' },
  'storyboard/not-made': { severity: 'degrade', status: 503, title: 'The pictures cannot be made' },
  'origin/stopped': { severity: 'retry', status: 503, title: 'The streaming endpoint is stopped' },
} as const satisfies Record<string, CodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Codes that were used once. Never to be used again. */
export const RETIRED_CODES: readonly string[] = [];

export function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(ERROR_CODES, value);
}
