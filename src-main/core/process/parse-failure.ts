import type { FfmpegFailure, FfmpegFailureReason, ReadFfmpegFailure } from '../ports/process.ts';

/**
 * What ffmpeg, from version 4 to 8 on three systems, says when something fails. The first row that matches any of the lines wins, so the rows
 * go from what can mean one thing only to what many failures end with: `Input/output error` closes nearly all of them.
 *
 * On Windows, where FFmpeg has no texts for network errors, they come as numbers: those of errno.h (107) and of Winsock (10061).
 */
const FAILURES: readonly (readonly [reason: FfmpegFailureReason, pattern: RegExp])[] = [
  ['already-publishing', /Server error: .*already (?:publishing|exists|in use|live)/i],
  ['already-publishing', /NetStream\.Publish\.(?:BadName|Denied).*already/i],
  // A server that does not know a courtesy call of ours says so too, and goes on.
  ['publish-refused', /Server error: (?!call to function)/],
  [
    'publish-refused',
    /NetConnection\.Connect\.(?:Rejected|InvalidApp|Failed)|NetStream\.Publish\.(?:BadName|Denied|Rejected)/,
  ],
  ['publish-refused', /AccessManager\.Reject/],
  ['unauthorized', /Server returned 40[13]|HTTP error 40[13]/],
  ['unauthorized', /REJECT reported from HS processing: Incorrect passphrase/],
  // Of libsrt: the listener was there and did not want this stream.
  ['publish-closed', /REJECT reported from HS processing/],
  ['not-found', /Server returned 404|HTTP error 404/],
  ['server-error', /Server returned [45]|HTTP error [45]\d\d/],

  ['host-not-found', /Failed to resolve hostname|Name or service not known|nodename nor servname/],
  ['connection-refused', /Connection refused|Error number -(?:107|10061) occurred/],
  [
    'unreachable',
    /Network is unreachable|No route to host|Network is down|Host is down|Error number -(?:110|118|10050|10051|10065) occurred/,
  ],
  [
    'tls',
    /\[(?:tls|https|rtmps) @ [^\]]*\] (?:.*certificate|.*TLS|.*handshake failed|error:|Creating security context)/i,
  ],
  ['tls', /The certificate|certificate verif(?:y|ication) failed|Peer certificate failed/i],

  ['no-display', /Cannot open display|Failed to query xcb pointer|Can't open display/],
  ['no-sound-server', /: No such process$/],
  ['permission-denied', /Permission denied|not authorized|Operation not permitted|Access is denied/i],
  [
    'device-busy',
    /Device or resource busy|already in use by (?:another|other) application|Could not lock device|Resource busy/i,
  ],
  [
    'no-such-device',
    /No such device|Cannot open video device|cannot open audio device|(?:Video|Audio) device not found|Could not find (?:video|audio)(?: only)? device|Can't find window|Invalid device index|Inappropriate ioctl for device/i,
  ],
  // The bandwidth of its USB bus is used up by another camera; the kernel has no other word for it.
  ['device-busy', /VIDIOC_\w+\): No space left on device/],
  ['disk-full', /No space left on device|Disk quota exceeded|File too large/],
  ['no-such-file', /No such file or directory/],

  ['unknown-encoder', /Unknown encoder|Automatic encoder selection failed|Encoder not found/],
  [
    'encoder-unavailable',
    /Error while opening encoder|Cannot load (?:lib\S*|nvcuda\.dll|amfrt\S*)|No (?:capable devices|VA display) found|Error initializing an internal MFX session|No device available for encoder|Device creation failed|Could not open encoder before EOF/i,
  ],
  [
    'bad-arguments',
    /Unrecognized option|Option not found|Unknown (?:input|output) format|Requested output format .* is not|No such filter|Filter not found|Protocol not found|Error parsing options|Unable to (?:choose|find a suitable) (?:an )?output format|matches no streams|outside the screen size|Unable to parse option value/,
  ],

  // libsrt has one word for everything; who does not answer is the rest.
  ['timeout', /Connection to srt:\S+ failed/],
  ['timeout', /timed out|Error number -(?:138|10060) occurred/i],
  [
    'connection-lost',
    /Broken pipe|Connection reset by peer|Cannot read RTMP handshake response|Software caused connection abort|Error number -(?:106|108|10053|10054) occurred/,
  ],
  ['publish-closed', /rtmp\w*:\/\/\S*: (?:Input\/output error|I\/O error|End of file|Unknown error)/],
  [
    'invalid-data',
    /Invalid data found when processing input|moov atom not found|could not find codec parameters|does not contain any stream|Invalid NAL unit size/,
  ],
  ['io-error', /Input\/output error|I\/O error|Generic error in an external library|End of file/],
];

export const readFfmpegFailure: ReadFfmpegFailure = (lines): FfmpegFailure | undefined => {
  for (const [reason, pattern] of FAILURES) {
    // Of several, the last: what it failed on in the end, not what it had got over before.
    const line = lines.findLast((text) => pattern.test(text));
    if (line !== undefined) {
      return { reason, line };
    }
  }
  return undefined;
};
