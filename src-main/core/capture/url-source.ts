import type { FfmpegOption } from '../ports/ffmpeg-options.ts';
import type { CaptureCommand } from '../ports/mixer.ts';
import type { FfmpegBinary } from '../ports/process.ts';
import { assembleCapture, QUEUED_SOUND } from './assemble-capture.ts';
import type { CaptureContext, SpecOf } from './capture-context.ts';
import { captureError } from './capture-errors.ts';
import { coloursOf, mediaStreams } from './media-streams.ts';
import { fitToCanvas } from './picture-filters.ts';

/** A connection that gives nothing for so long is given up; the mixer opens it again. */
const TIMEOUT_US = 5_000_000;

/** What a list from the network may lead to: more of the network, never a file. */
const NETWORK_PROTOCOLS =
  'pipe,http,https,httpproxy,tcp,tls,udp,rtp,srtp,rtmp,rtmps,rtmpt,rtmpts,rtmpe,ffrtmphttp,ffrtmpcrypt,rtsp,srt,crypto,data';

type Scheme = {
  /** The protocol that ffmpeg must have been built with. */
  readonly needs: string;
  readonly options: (binary: FfmpegBinary) => readonly FfmpegOption[];
};

const RECONNECTING: readonly FfmpegOption[] = [
  ['reconnect', 1],
  ['reconnect_streamed', 1],
  ['reconnect_delay_max', 2],
  ['rw_timeout', TIMEOUT_US],
];
const TIMED: readonly FfmpegOption[] = [['rw_timeout', TIMEOUT_US]];

/** The options by which each kind of address is opened, written as in an ffconcat list. */
const SCHEMES: Readonly<Record<string, Scheme>> = {
  http: { needs: 'http', options: () => RECONNECTING },
  https: { needs: 'https', options: () => RECONNECTING },
  rtmp: { needs: 'rtmp', options: () => TIMED },
  rtmps: { needs: 'rtmps', options: () => TIMED },
  rtsp: { needs: 'tcp', options: rtspOptions },
  rtsps: { needs: 'tls', options: rtspOptions },
  srt: { needs: 'srt', options: () => TIMED },
  udp: { needs: 'udp', options: () => [['timeout', TIMEOUT_US]] },
};

/** Over TCP: cameras behind Wi-Fi lose UDP packets, and each loss is visible until the next key frame. */
function rtspOptions({ major }: FfmpegBinary): readonly FfmpegOption[] {
  return [
    ['rtsp_transport', 'tcp'],
    // Before version 5 `timeout` meant waiting for somebody to call.
    [major < 5 ? 'stimeout' : 'timeout', TIMEOUT_US],
  ];
}

/**
 * A stream from the network. Its address goes in on standard input, as an ffconcat list of one entry, and not as an argument: it may hold a
 * user's password, a token or a stream key, and the process list is public. That costs no delay (measured with RTMP: the same frames arrive
 * at the same time) and works from ffmpeg 4.4 on.
 */
export function urlCommand(spec: SpecOf<'url'>, context: CaptureContext): CaptureCommand {
  const { binary, canvas } = context;
  const { url, scheme } = parseStreamUrl(spec.url, binary);
  const { video, audio } = mediaStreams(context.media, spec);
  // With a length it is a recording, which would come as fast as the network is. It is begun again by the mixer at its end, because
  // `-stream_loop` hangs where a server knows no ranges, and gives up with HLS.
  const isRecording = context.media?.durationSeconds !== undefined;
  return assembleCapture(context, {
    input: [
      QUEUED_SOUND,
      ['-protocol_whitelist', NETWORK_PROTOCOLS],
      // What was read while it was looked into comes at once and late; the mixer goes to the newest by itself.
      ...(isRecording ? [['-re'] as const] : []),
      // One thread holds no frames back, two manage 1080p60.
      ['-threads', 2],
      ['-safe', 0],
      ['-f', 'concat'],
      ['-i', 'pipe:0'],
    ],
    ...(video === undefined
      ? {}
      : {
          picture: {
            stream: `0:${video.index}`,
            filters: fitToCanvas(canvas, { colours: coloursOf(video), sharpness: 'motion' }),
          },
        }),
    ...(audio === undefined ? {} : { sound: { stream: `0:${audio.index}` } }),
    isRecording,
    stdin: concatList(url, scheme.options(binary)),
    secrets: secretsIn(url),
  });
}

/** Throws `capture/unsupported` for what is no stream, or not for this ffmpeg. */
export function parseStreamUrl(
  text: string,
  binary: FfmpegBinary,
): { readonly url: URL; readonly scheme: Scheme } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const name = url?.protocol.slice(0, -1) ?? '';
  const scheme = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined;
  if (url === undefined || scheme === undefined) {
    throw captureError(
      'capture/unsupported',
      `That address is no stream that can be shown. Use one that begins with ${Object.keys(SCHEMES).join(', ')}; for a file, add a file.`,
      { kind: 'url', field: 'url' },
    );
  }
  if (!binary.inputProtocols.has(scheme.needs)) {
    throw captureError(
      'capture/unsupported',
      `This ffmpeg cannot open ${name} addresses: it was built without ${scheme.needs}. Name another ffmpeg in the settings.`,
      { kind: 'url', field: 'url' },
    );
  }
  return { url, scheme };
}

/**
 * The grammar of ffconcat: a quoted word has no escapes, so a quote is written outside of the quotes. Line breaks, which would begin a
 * directive of their own, are not left in a parsed URL.
 */
export function concatList({ href }: URL, options: readonly FfmpegOption[]): string {
  return [
    'ffconcat version 1.0',
    `file '${href.replaceAll("'", String.raw`'\''`)}'`,
    ...options.map(([name, value]) => `option ${name} ${value ?? ''}`),
    '',
  ].join('\n');
}

/** Stream keys are in the path, tokens in the query, passwords before the host. Short parts of a path are words such as `live`. */
const SHORTEST_KEY = 8;

function secretsIn(url: URL): readonly string[] {
  const { username, password, pathname, search, href } = url;
  const values = [...new URLSearchParams(search).values()];
  const keys = pathname.split('/').filter((part) => part.length >= SHORTEST_KEY);
  return [
    href,
    password,
    username === '' ? '' : `${username}:${password}`,
    search.slice(1),
    ...values,
    ...keys,
  ].filter((part) => part.length >= 4);
}
