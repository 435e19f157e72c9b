import type { LiveEvent } from '../../../src-main/shared/api/live-events.ts';
import { parseIsoDuration } from '../../../src-main/shared/iso-duration.ts';

/** How to point one encoder at an event: fields to fill in, or a command to run. Complete, so that it works as it is pasted. */
export type Recipe =
  | {
      readonly kind: 'obs' | 'vmix';
      readonly server: string;
      /** Absent where the address says it all. */
      readonly streamKey: string | undefined;
    }
  | {
      /** What devices ask for, by the names that most of them have for it. */
      readonly kind: 'hardware' | 'hardware-smooth' | 'hardware-ts';
      readonly fields: readonly { readonly name: HardwareField; readonly text: string }[];
    }
  | {
      readonly kind:
        | 'ffmpeg'
        | 'ffmpeg-qualities'
        | 'ffmpeg-both'
        | 'ffmpeg-smooth'
        | 'ffmpeg-srt'
        | 'ffmpeg-srt-encrypted'
        | 'ffmpeg-udp';
      readonly command: string;
    };

type HardwareField =
  | 'address'
  | 'backup'
  | 'secure'
  | 'streamName'
  | 'publishingPoint'
  | 'streamId'
  | 'passphrase';

const FRAME_RATE = 30;

/** Best first. */
const QUALITIES = [
  { name: '720p', width: 1280, height: 720, kbps: 2500 },
  { name: '540p', width: 960, height: 540, kbps: 1000 },
  { name: '360p', width: 640, height: 360, kbps: 400 },
] as const;

type Quality = (typeof QUALITIES)[number];

/** What encoders that people have need to send to this event. Empty for one that the studio of this computer feeds. */
export function recipesOf(event: Pick<LiveEvent, 'name' | 'input' | 'encoding'>): readonly Recipe[] {
  const { streamingProtocol, endpoints } = event.input;
  const base = (scheme: string): string | undefined =>
    endpoints.find(({ url }) => url.startsWith(`${scheme}:`))?.url;
  switch (streamingProtocol) {
    case 'Studio':
      return [];
    case 'RTMP': {
      const server = base('rtmp') ?? base('rtmps');
      return server === undefined ? [] : rtmpRecipes(event, server);
    }
    case 'FragmentedMP4': {
      const url = base('http') ?? base('https');
      return url === undefined ? [] : smoothRecipes(event, url);
    }
    case 'TransportStream': {
      const url = base('srt');
      return url === undefined ? [] : srtRecipes(event, url);
    }
  }
}

function rtmpRecipes(
  event: Pick<LiveEvent, 'name' | 'input' | 'encoding'>,
  endpoint: string,
): readonly [Recipe, ...Recipe[]] {
  const server = endpoint.replace(/\/+$/, '');
  const single: readonly [Recipe, Recipe] = [
    { kind: 'obs', server, streamKey: event.name },
    { kind: 'ffmpeg', command: singleCommand(event, '-f flv', `${server}/${event.name}`) },
  ];
  const [secondary, secure] = [urlsOf(event, 'rtmp')[1], urlsOf(event, 'rtmps')[0]];
  return [
    ...single,
    // An encoding event makes the qualities itself, of one.
    ...(isEncoding(event)
      ? []
      : [{ kind: 'ffmpeg-qualities' as const, command: qualitiesCommand(event, server) }]),
    ...(secondary === undefined
      ? []
      : [{ kind: 'ffmpeg-both' as const, command: bothCommand(event, [server, secondary]) }]),
    { kind: 'vmix', server, streamKey: event.name },
    {
      kind: 'hardware',
      fields: [
        { name: 'address', text: server },
        ...(secondary === undefined ? [] : [{ name: 'backup' as const, text: secondary }]),
        ...(secure === undefined ? [] : [{ name: 'secure' as const, text: secure }]),
        { name: 'streamName', text: event.name },
      ],
    },
  ];
}

function urlsOf({ input }: Pick<LiveEvent, 'input'>, scheme: string): readonly string[] {
  return input.endpoints.map(({ url }) => url).filter((url) => url.startsWith(`${scheme}:`));
}

function smoothRecipes(event: Pick<LiveEvent, 'name' | 'input' | 'encoding'>, url: string): readonly Recipe[] {
  return [
    { kind: 'ffmpeg-smooth', command: smoothCommand(event, url) },
    { kind: 'hardware-smooth', fields: [{ name: 'publishingPoint', text: publishingPoint(url) }] },
  ];
}

function srtRecipes(event: Pick<LiveEvent, 'name' | 'input' | 'encoding'>, endpoint: string): readonly Recipe[] {
  const url = srtAddress(endpoint, event.input.accessToken, event.name);
  const encrypted = urlsOf(event, 'srt').find(isEncryptedSrt);
  const [udp] = urlsOf(event, 'udp');
  const [address = '', query = ''] = url.split('?');
  const streamId = new URLSearchParams(query).get('streamid') ?? '';
  return [
    { kind: 'obs', server: url, streamKey: undefined },
    { kind: 'ffmpeg-srt', command: singleCommand(event, '-f mpegts', url) },
    ...(encrypted === undefined
      ? []
      : [{ kind: 'ffmpeg-srt-encrypted' as const, command: singleCommand(event, '-f mpegts', encrypted) }]),
    ...(udp === undefined
      ? []
      : [{ kind: 'ffmpeg-udp' as const, command: singleCommand(event, '-f mpegts', udp) }]),
    {
      kind: 'hardware-ts',
      fields: [
        { name: 'address', text: address },
        { name: 'streamId', text: streamId },
        ...(udp === undefined ? [] : [{ name: 'backup' as const, text: udp.replace(/\?.*$/, '') }]),
      ],
    },
  ];
}

/** Two SRT addresses of an event differ in this: one has the token as its passphrase, and nothing of it on the network. */
export function isEncryptedSrt(url: string): boolean {
  return /^srt:.*[?&]passphrase=/.test(url);
}

/** Encodes once and sends it twice; one way in that is lost does not stop the other. */
function bothCommand(
  event: Pick<LiveEvent, 'name' | 'input' | 'encoding'>,
  servers: readonly [string, string],
): string {
  const outputs = servers.map((server) => `[f=flv:onfail=ignore]${server.replace(/\/+$/, '')}/${event.name}`);
  return singleCommand(event, '-flags +global_header -map 0:v -map 0:a -f tee', outputs.join('|'));
}

/** One command line without breaks: it means the same in every shell of every system. */
function singleCommand(event: Pick<LiveEvent, 'input' | 'encoding'>, format: string, url: string): string {
  return `${INPUT} ${videoArgs(QUALITIES[0], groupOf(event))} ${AUDIO} ${format} "${url}"`;
}

/** One address per quality, with key frames at the same pictures, as merging them takes. */
function qualitiesCommand(event: Pick<LiveEvent, 'name' | 'input' | 'encoding'>, server: string): string {
  const names = QUALITIES.map((_, index) => `v${index}`);
  const split = `[0:v]split=${QUALITIES.length}${names.map((name) => `[${name}]`).join('')}`;
  const scales = QUALITIES.map(
    ({ width, height }, index) => `[v${index}]scale=${width}:${height}[out${index}]`,
  ).join(';');
  const outputs = QUALITIES.map(
    (quality, index) =>
      `-map "[out${index}]" -map 0:a ${videoArgs(quality, groupOf(event))} ${AUDIO} -f flv "${server}/${event.name}-${quality.name}"`,
  );
  return `${INPUT} -filter_complex "${split};${scales}" ${outputs.join(' ')}`;
}

/**
 * `isml` writes the live form of Smooth Streaming; each group of pictures becomes one fragment. The address may have a name of the service's
 * choice at its end already.
 */
function smoothCommand(event: Pick<LiveEvent, 'name' | 'input' | 'encoding'>, endpoint: string): string {
  const url = `${publishingPoint(endpoint)}/streams(${event.name})`;
  return singleCommand(event, '-movflags isml+frag_keyframe -f ismv', url);
}

/** The address up to `.isml`, as encoders ask for it that add the name themselves. */
function publishingPoint(endpoint: string): string {
  return endpoint.replace(/(?:\/streams\([^)]*\))?\/*$/i, '');
}

const INPUT = 'ffmpeg -re -i input.mp4';
const AUDIO = '-c:a aac -b:a 128k -ar 48000 -ac 2';

function videoArgs({ kbps }: Quality, group: number): string {
  return [
    `-c:v libx264 -preset veryfast -profile:v high -pix_fmt yuv420p -r ${FRAME_RATE}`,
    `-b:v ${kbps}k -maxrate ${kbps}k -bufsize ${kbps * 2}k`,
    // Groups of one length, whatever the picture does.
    `-g ${group} -keyint_min ${group} -sc_threshold 0 -bf 0`,
  ].join(' ');
}

/** Pictures between key frames that the event expects. */
function groupOf({ input, encoding }: Pick<LiveEvent, 'input' | 'encoding'>): number {
  const seconds = parseIsoDuration(encoding.keyFrameInterval ?? input.keyFrameIntervalDuration) ?? 2;
  return Math.max(1, Math.round(seconds * FRAME_RATE));
}

/** The stream id carries token and name; what the address has already is not said twice. */
function srtAddress(endpoint: string, token: string, name: string): string {
  const [address = '', query = ''] = endpoint.split('?');
  const others = query.split('&').filter((pair) => pair !== '' && !pair.startsWith('streamid='));
  const given = /(?:^|&)streamid=([^&/]+)/.exec(query)?.[1] ?? token;
  return `${address}?${[`streamid=${given}/${name}`, ...others].join('&')}`;
}

export function isEncoding({ encoding }: Pick<LiveEvent, 'encoding'>): boolean {
  return encoding.encodingType === 'Standard' || encoding.encodingType === 'Premium1080p';
}

/** Eight dots say that something is there, and not how long it is. */
const DOTS = '••••••••';

/** A text without the event's token, in either of its forms, for who looks over a shoulder. */
export function withoutToken(text: string, token: string): string {
  const plain = token.replaceAll('-', '');
  return [token, plain, hyphenated(plain)].reduce(
    (hidden, form) => hidden.replaceAll(new RegExp(form, 'gi'), DOTS),
    text,
  );
}

function hyphenated(plain: string): string {
  return plain.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Posts one piece of timed metadata. The quotes are those that every shell takes. */
export function metadataCommand(url: string): string {
  return `curl -X POST -H "Content-Type: application/json" -d "{\\"message\\": \\"hello\\"}" "${url}"`;
}
