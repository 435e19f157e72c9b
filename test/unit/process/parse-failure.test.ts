import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FFMPEG_FAILURES, type FfmpegFailureReason } from '../../../src-main/core/ports/process.ts';
import { readFfmpegFailure } from '../../../src-main/core/process/parse-failure.ts';

/** What FFmpeg really said: 5.1.9 and 7.1 on Linux where nothing else is told. The first line given is the one that tells. */
const captured: readonly (readonly [what: string, reason: FfmpegFailureReason, ...lines: readonly string[]])[] = [
  [
    'nothing listens on the port (RTMP)',
    'connection-refused',
    'rtmp://127.0.0.1:39171/live/[secret]: Connection refused',
    '[tcp @ 0x556fc60e8480] Connection to tcp://127.0.0.1:39171?tcp_nodelay=0 failed: Connection refused',
    '[rtmp @ 0x556fc60ea100] Cannot open connection tcp://127.0.0.1:39171?tcp_nodelay=0',
  ],
  [
    'nothing listens on the port (version 7)',
    'connection-refused',
    'Error opening input files: Connection refused',
    '[tcp @ 0x5614b5a3cc40] Connection to tcp://127.0.0.1:39171 failed: Connection refused',
    '[in#0 @ 0x5614b5a39180] Error opening input: Connection refused',
  ],
  [
    'nothing listens on the port (Windows)',
    'connection-refused',
    'rtmp://127.0.0.1/live: Error number -10061 occurred',
  ],
  [
    'the name is not known',
    'host-not-found',
    '[tcp @ 0x55b091402540] Failed to resolve hostname no-such-host.invalid: Name or service not known',
    '[rtmp @ 0x55b091401100] Cannot open connection tcp://no-such-host.invalid:1935?tcp_nodelay=0',
    'rtmp://no-such-host.invalid/live/[secret]: Input/output error',
  ],
  [
    'the name is not known (macOS)',
    'host-not-found',
    '[tcp @ 0x7f8] Failed to resolve hostname x.invalid: nodename nor servname provided, or not known',
  ],
  ['there is no way to the network', 'unreachable', 'rtmp://10.0.0.1/live/[secret]: Network is unreachable'],
  [
    'there is no way to the host',
    'unreachable',
    '[tcp @ 0x1] Connection to tcp://10.0.0.1:1935 failed: No route to host',
  ],
  [
    'the stream is being published already (nginx-rtmp)',
    'already-publishing',
    '[rtmp @ 0x55a3124b1100] Server error: Already publishing',
    'rtmp://127.0.0.1:39181/live/dup: Operation not permitted',
  ],
  [
    'the server says no to the key',
    'publish-refused',
    '[rtmp @ 0x55a3124b1100] Server error: Authorization required.',
    'rtmp://127.0.0.1/live/[secret]: Operation not permitted',
  ],
  [
    'the server rejects the connection',
    'publish-refused',
    '[rtmp @ 0x1] Server error: [ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ',
    'rtmp://127.0.0.1/live/[secret]: Unknown error occurred',
  ],
  ['the server rejects the application', 'publish-refused', 'NetConnection.Connect.Rejected'],
  ['the server rejects the name', 'publish-refused', 'NetStream.Publish.BadName'],
  [
    'the server closes the connection on publish (nginx-rtmp with on_publish)',
    'publish-closed',
    'rtmp://127.0.0.1:39181/guarded/[secret]: Input/output error',
  ],
  [
    'the server closes the connection on publish (version 7)',
    'publish-closed',
    '[out#0/flv @ 0x1] Error opening output rtmp://127.0.0.1/live/[secret]: Input/output error',
    'Error opening output file rtmp://127.0.0.1/live/[secret].',
    'Error opening output files: Input/output error',
  ],
  [
    'a courtesy call that the server does not know, before the real failure',
    'connection-lost',
    'av_interleaved_write_frame(): Broken pipe',
    '[rtmp @ 0x1] Server error: call to function releaseStream failed',
  ],
  [
    'the server answers with another protocol',
    'connection-lost',
    '[rtmp @ 0x55c74f2d8100] Cannot read RTMP handshake response',
    'rtmp://127.0.0.1:39182/live/[secret]: End of file',
  ],
  [
    'the server does not answer',
    'timeout',
    'rtmp://127.0.0.1:39191/live/[secret]: Connection timed out',
    '[rtmp @ 0x564884d6bd80] Cannot read RTMP handshake response',
  ],
  [
    'the server resets the connection',
    'connection-lost',
    'rtmp://127.0.0.1:39193/live/[secret]: Connection reset by peer',
    '[rtmp @ 0x564a5e338100] Cannot read RTMP handshake response',
  ],
  [
    'the server dies',
    'connection-lost',
    'Error closing file rtmp://127.0.0.1:39181/live/[secret]: Broken pipe',
    'av_interleaved_write_frame(): Broken pipe',
    '    Last message repeated 47 times',
    '[flv @ 0x559a69ee5e80] Failed to update header with correct duration.',
    'Error writing trailer of rtmp://127.0.0.1:39181/live/[secret]: Broken pipe',
  ],
  [
    'the reader of a pipe has gone',
    'connection-lost',
    'Error closing file pipe:: Broken pipe',
    'Conversion failed!',
  ],
  [
    'HTTP 404',
    'not-found',
    'http://127.0.0.1/missing: Server returned 404 Not Found',
    '[http @ 0x560964f880c0] HTTP error 404 Not Found',
  ],
  [
    'HTTP 403',
    'unauthorized',
    'http://127.0.0.1/no: Server returned 403 Forbidden (access denied)',
    '[http @ 0x55b41e1840c0] HTTP error 403 Forbidden',
  ],
  ['HTTP 401', 'unauthorized', 'http://127.0.0.1/401: Server returned 401 Unauthorized (authorization failed)'],
  [
    'HTTP 500',
    'server-error',
    'http://127.0.0.1/500: Server returned 5XX Server Error reply',
    '[http @ 0x56478a6a70c0] HTTP error 500 Internal Server Error',
  ],
  [
    'the certificate is not trusted (GnuTLS)',
    'tls',
    '[tls @ 0x56507115a600] Peer certificate failed verification',
    '[rtmps @ 0x56507115ed80] Cannot open connection tls://127.0.0.1:39183',
    'rtmps://127.0.0.1:39183/live/[secret]: Input/output error',
  ],
  [
    'the certificate is for another name (GnuTLS)',
    'tls',
    "[tls @ 0x56488f6060c0] The certificate's owner does not match hostname 127.0.0.1",
    'https://127.0.0.1:39183/: Input/output error',
  ],
  [
    'the certificate is not trusted (OpenSSL)',
    'tls',
    '[tls @ 0x1] error:0A000086:SSL routines::certificate verify failed',
    'rtmps://x/live/[secret]: Input/output error',
  ],
  [
    'the other side does not speak TLS',
    'tls',
    '[tls @ 0x56054a877f40] An unexpected TLS packet was received.',
    'https://127.0.0.1:39182/: Input/output error',
  ],
  [
    'there is no such display',
    'no-display',
    '[x11grab @ 0x55e40fb038c0] Cannot open display :97, error 1.',
    ':97: Input/output error',
  ],
  [
    'the display goes away',
    'no-display',
    '[x11grab @ 0x5652e19e6980] Failed to query xcb pointer',
    ':96: Generic error in an external library',
  ],
  [
    'the region is larger than the screen',
    'bad-arguments',
    '[x11grab @ 0x55f5ec24d980] Capture area 1920x1080 at position 0.0 outside the screen size 320x240',
    ':96: Invalid argument',
  ],
  ['no sound server answers', 'no-sound-server', 'default: No such process'],
  ['the sound server has no such source, or has gone', 'io-error', 'nosuch: Input/output error'],
  [
    'there is no such sound card',
    'no-such-device',
    '[alsa @ 0x56229def38c0] cannot open audio device hw:9 (No such file or directory)',
    'ALSA lib confmisc.c:165:(snd_config_get_card) Cannot get card index for 9',
    'hw:9: Input/output error',
  ],
  [
    'the sound card is taken',
    'device-busy',
    '[alsa @ 0x1] cannot open audio device hw:0 (Device or resource busy)',
    'hw:0: Input/output error',
  ],
  [
    'there is no such camera',
    'no-such-device',
    '[video4linux2,v4l2 @ 0x557ce9cdb8c0] Cannot open video device /dev/video9: No such file or directory',
    '/dev/video9: No such file or directory',
  ],
  [
    'it is no camera',
    'no-such-device',
    '/dev/null: Inappropriate ioctl for device',
    '[video4linux2,v4l2 @ 0x55f4565c98c0] ioctl(VIDIOC_QUERYCAP): Inappropriate ioctl for device',
  ],
  [
    'the camera is taken',
    'device-busy',
    '/dev/video0: Device or resource busy',
    '[video4linux2,v4l2 @ 0x1] ioctl(VIDIOC_STREAMON): Device or resource busy',
  ],
  [
    'another camera uses up the USB bus',
    'device-busy',
    '[video4linux2,v4l2 @ 0x1] ioctl(VIDIOC_STREAMON): No space left on device',
    '/dev/video1: No space left on device',
  ],
  ['the camera is unplugged', 'no-such-device', '[video4linux2,v4l2 @ 0x1] ioctl(VIDIOC_DQBUF): No such device'],
  [
    'the camera may not be opened',
    'permission-denied',
    '/dev/video0: Permission denied',
    '[video4linux2,v4l2 @ 0x56192276d8c0] Cannot open video device /dev/video0: Permission denied',
  ],
  [
    'there is no such camera (macOS)',
    'no-such-device',
    '[avfoundation @ 0x1] Video device not found',
    'x: Input/output error',
  ],
  [
    'there is no such camera (Windows)',
    'no-such-device',
    '[dshow @ 0x1] Could not find video device with name [Cam] among source devices of type video.',
    'video=Cam: I/O error',
  ],
  [
    'the camera is taken (Windows)',
    'device-busy',
    '[dshow @ 0x1] Could not run graph (sometimes caused by a device already in use by other application)',
    'video=Cam: I/O error',
  ],
  [
    'there is no such window (Windows)',
    'no-such-device',
    "[gdigrab @ 0x1] Can't find window 'Slides', aborting.",
    'title=Slides: I/O error',
  ],
  ['there is no such file', 'no-such-file', '/tmp/none.mp4: No such file or directory'],
  [
    'the file is no media',
    'invalid-data',
    'junk.mp4: Invalid data found when processing input',
    '[mov,mp4,m4a,3gp,3g2,mj2 @ 0x556736d35880] Format mov,mp4,m4a,3gp,3g2,mj2 detected only with low score of 1, misdetection possible!',
    '[mov,mp4,m4a,3gp,3g2,mj2 @ 0x556736d35880] moov atom not found',
  ],
  ['the file may not be read', 'permission-denied', '/etc/shadow: Permission denied'],
  [
    'the disk is full',
    'disk-full',
    'Error closing file small/a.mp4: No space left on device',
    'Error writing trailer of small/a.mp4: No space left on device',
  ],
  ['the encoder is not in this build', 'unknown-encoder', "Unknown encoder 'h264_nope'"],
  [
    'there is no NVIDIA card',
    'encoder-unavailable',
    'Error initializing output stream 0:0 -- Error while opening encoder for output stream #0:0 - maybe incorrect parameters such as bit_rate, rate, width or height',
    '[h264_nvenc @ 0x55e53273b500] Cannot load libcuda.so.1',
  ],
  [
    'there is no VA-API device',
    'encoder-unavailable',
    'Device creation failed: -22.',
    '[AVHWDeviceContext @ 0x56026eed9a40] No VA display found for device /dev/dri/renderD128.',
    "Failed to set value '/dev/dri/renderD128' for option 'vaapi_device': Invalid argument",
    'Error parsing global options: Invalid argument',
  ],
  [
    'there is no Intel media engine',
    'encoder-unavailable',
    '[h264_qsv @ 0x563cdea60500] Error initializing an internal MFX session: unsupported (-3)',
  ],
  [
    'the filter is not in this build',
    'bad-arguments',
    "[AVFilterGraph @ 0x556cdd732f80] No such filter: 'nope'",
    'Error reinitializing filters!',
    'Failed to inject frame into filter network: Invalid argument',
  ],
  ['the format is not in this build', 'bad-arguments', "Unknown input format: 'nope'"],
  [
    'the option is not in this build',
    'bad-arguments',
    'Error splitting the argument list: Option not found',
    "Unrecognized option 'nope'.",
  ],
  [
    'the protocol is not in this build',
    'bad-arguments',
    'foo://x: Protocol not found',
    'Did you mean file:foo://x?',
  ],
];

describe('a failure is recognised when', () => {
  for (const [what, reason, line = '', ...others] of captured) {
    test(what, () => {
      // The telling line last, and with the others after it in either order: what counts is what is said, not where.
      assert.deepEqual(readFfmpegFailure([...others, line])?.reason, reason);
      assert.deepEqual(readFfmpegFailure([line, ...others])?.reason, reason);
      assert.ok([line, ...others].includes(readFfmpegFailure([...others, line])?.line ?? ''));
    });
  }
});

test('every reason has been seen', () => {
  const seen = new Set<string>(captured.map(([, reason]) => reason));

  assert.deepEqual(
    FFMPEG_FAILURES.filter((reason) => !seen.has(reason)),
    [],
  );
});

test('the line that tells is the last of those that do', () => {
  const lines = ['a: Connection refused', 'b: Connection refused', 'Conversion failed!'];

  assert.deepEqual(readFfmpegFailure(lines), { reason: 'connection-refused', line: 'b: Connection refused' });
});

test('what it always says, and what it says when it is asked to stop, is no failure', () => {
  const lines = [
    "Input #0, lavfi, from 'testsrc':",
    '  Stream #0:0: Video: wrapped_avframe, rgb24(progressive), 320x240 [SAR 1:1 DAR 4:3], q=2-31, 200 kb/s, 25 fps, 25 tbn',
    '[mp4 @ 0x55] Non-monotonous DTS in output stream 0:0; previous: 5, current: 4; changing to 6.',
    '[swscaler @ 0x55] deprecated pixel format used, make sure you did set range correctly',
    'video:11kB audio:0kB subtitle:0kB other streams:0kB global headers:0kB muxing overhead: unknown',
    'Exiting normally, received signal 15.',
  ];

  assert.equal(readFfmpegFailure(lines), undefined);
  assert.equal(readFfmpegFailure([]), undefined);
});
