import { z } from 'zod';
import { isoTime, problem } from './common.ts';
import { none, type Route } from './route.ts';
import { STUDIO_PHASES, sourceId } from './studio.ts';

/**
 * A source whose picture and sound come from a page in a browser, on this computer or another: `getDisplayMedia` or `getUserMedia`, encoded in the
 * page, sent to the service in bounded pieces. The page has a small API of its own, below `/capture/api`, and a secret of its own.
 */

/** What the page is called when it says no name. */
const pageName = z.string().trim().max(60);

/** A page that sends. */
const browserPage = z.strictObject({
  /** The browser and system, as the page says. */
  name: pageName,
  /** The address it comes from. */
  from: z.string(),
  since: isoTime,
  what: z.enum(['screen', 'camera']),
  width: z.number().int(),
  height: z.number().int(),
  /** RFC 6381. */
  videoCodec: z.string(),
  audioCodec: z.string(),
  /** Bits per second that came in the last seconds. */
  bitrate: z.number().int().min(0),
  /** Times that the page left pictures out because the network or the service did not keep up. */
  dropped: z.number().int().min(0),
});

/** Where the page is, and who has it open. Whoever has a link can send: it is as good as a key. */
export const browserSource = z.strictObject({
  source: sourceId,
  links: z.array(
    z.strictObject({
      url: z.string(),
      /** `this-computer`: works here only. `network`: for the computers of this network. */
      reach: z.enum(['this-computer', 'network']),
      /** Whether browsers let a page of that address capture: it needs TLS, unless it is this computer's own. */
      isSecure: z.boolean(),
    }),
  ),
  /** Why there is no link for others, when the settings ask for one. */
  error: problem.optional(),
  page: browserPage.optional(),
});
export type BrowserSource = z.infer<typeof browserSource>;

/** What `Lectern.BrowserSourceChanged` tells. Not the links: events go to webhooks and logs. */
export type BrowserSourceChange = Pick<BrowserSource, 'source' | 'page'>;
export type BrowserPage = z.infer<typeof browserPage>;

export const BROWSER_SOURCE_ROUTES = {
  getBrowserSource: {
    method: 'GET',
    path: '/studio/sources/{source}/browser',
    summary: 'The links to the page that captures for a source of kind `browser`, and who sends at present.',
    response: browserSource,
  },
  renewBrowserLinks: {
    method: 'POST',
    path: '/studio/sources/{source}/browser/renew',
    summary: 'New links. Those of before let nobody in any more, and a page that sends by one of them is told so.',
    body: none,
    response: browserSource,
  },
} as const satisfies Record<string, Route>;

// What the page says and hears.

/** In base64: some hundred bytes at most, of every codec. */
const decoderConfig = z.base64().max(2048);

export const captureStart = z.strictObject({
  name: pageName.default(''),
  what: z.enum(['screen', 'camera']),
  /** Goes on after a break: it does not take the place of a page that came meanwhile. */
  isResumed: z.boolean().default(false),
  video: z.strictObject({
    codec: z
      .string()
      .max(40)
      .regex(/^(?:avc1\.[0-9a-f]{6}|vp8)$/i, 'must be avc1.… or vp8'),
    width: z.number().int().min(16).max(4096),
    height: z.number().int().min(16).max(4096),
    /** `avcC` (ISO/IEC 14496-15 §5.3.3); empty for VP8. */
    config: decoderConfig.default(''),
  }),
  audio: z.strictObject({
    codec: z.enum(['opus', 'mp4a.40.2']),
    sampleRate: z.number().int().min(8000).max(96_000),
    channels: z.literal([1, 2]),
    /** AudioSpecificConfig; empty for Opus. */
    config: decoderConfig.default(''),
  }),
});
export type CaptureStart = z.infer<typeof captureStart>;

/** What whoever captures wants to know of the studio. */
export const captureState = z.strictObject({
  /** What the presenter calls the source. */
  label: z.string(),
  title: z.string(),
  phase: z.enum(STUDIO_PHASES),
  /** The studio shows or hears it. */
  isOnAir: z.boolean(),
  /** The studio gets its pictures. */
  isSeen: z.boolean(),
});
export type CaptureState = z.infer<typeof captureState>;

export const captureStarted = z.strictObject({ stream: z.string(), state: captureState });
export type CaptureStarted = z.infer<typeof captureStarted>;

export const pieceTaken = z.strictObject({
  state: captureState,
  /** A decoder waits for a key frame. */
  needsKey: z.boolean(),
});
export type PieceTaken = z.infer<typeof pieceTaken>;
