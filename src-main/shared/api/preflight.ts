import { z } from 'zod';
import { isoDurationBetween, isoTime, problem } from './common.ts';
import { none, type Route } from './route.ts';

/**
 * What a check is about. `source`: one of the chosen ones, really captured. `sound`: whether anything can be heard at all. `page`: the page of
 * one's own, from which viewers watch.
 */
const CHECK_KINDS = ['source', 'sound', 'encoder', 'disk', 'power', 'page', 'destination'] as const;
export type CheckKind = (typeof CHECK_KINDS)[number];

/**
 * `good`; `tight`: works, with little to spare or with something to know; `bad`: does not work; `unknown`: could not be found out; `skipped`:
 * the pre-flight ended before it did.
 */
const CHECK_STATES = ['waiting', 'running', 'good', 'tight', 'bad', 'unknown', 'skipped'] as const;
export type CheckState = (typeof CHECK_STATES)[number];

const seconds = z.number().min(0);
const heights = z.array(z.number().int());

/** What a check found, as figures; the page has the words, `detail` beside it is the English fall-back. */
const preflightFinding = z.discriminatedUnion('code', [
  z.strictObject({
    code: z.literal('source-works'),
    /** Pictures per second that arrive. */
    frameRate: z.number().optional(),
    /** Loudest sample while it was listened to, dBFS. */
    peakDb: z.number().optional(),
  }),
  z.strictObject({ code: z.literal('source-muted') }),
  z.strictObject({ code: z.literal('source-silent'), seconds }),
  /** It is captured, but something is wrong with what comes; `problem` says what. */
  z.strictObject({ code: z.literal('source-poor') }),
  z.strictObject({ code: z.literal('source-nothing'), seconds }),
  z.strictObject({ code: z.literal('no-source') }),
  z.strictObject({ code: z.literal('no-sound') }),
  /** Seconds of the whole ladder encoded per second, at full speed. */
  z.strictObject({ code: z.literal('encoder-holds'), heights, speed: z.number() }),
  z.strictObject({ code: z.literal('encoder-slow'), heights, speed: z.number() }),
  /** It encodes the rehearsal: 1 keeps up. */
  z.strictObject({ code: z.literal('encoder-runs'), heights, speed: z.number() }),
  z.strictObject({ code: z.literal('encoder-fails') }),
  z.strictObject({ code: z.literal('encoder-busy'), liveEvent: z.string() }),
  z.strictObject({ code: z.literal('sound-only') }),
  z.strictObject({ code: z.literal('disk-lasts'), secondsLeft: seconds }),
  z.strictObject({ code: z.literal('disk-full') }),
  z.strictObject({ code: z.literal('not-recorded') }),
  z.strictObject({ code: z.literal('mains') }),
  z.strictObject({
    code: z.literal('battery'),
    /** 0 to 100. */
    percent: z.number().min(0).max(100),
    /** Unknown while the system still watches how fast it empties. */
    secondsLeft: seconds.optional(),
  }),
  z.strictObject({ code: z.literal('power-unknown') }),
  z.strictObject({ code: z.literal('page-answers'), milliseconds: z.number(), shared: z.boolean() }),
  z.strictObject({
    code: z.literal('destination-answers'),
    /** From the first packet to the greeting of its RTMP server. */
    milliseconds: z.number(),
    /** Bits per second that the chosen quality needs. */
    neededBitrate: z.number(),
    /** What it took the last time; how much it takes cannot be known without publishing. */
    last: z
      .strictObject({
        at: isoTime,
        bitrate: z.number(),
        /** The network was the limit: parts were left out, so that no more than this went through. */
        limited: z.boolean(),
      })
      .optional(),
  }),
  /** The first address does not answer, the second does. */
  z.strictObject({ code: z.literal('destination-backup'), milliseconds: z.number() }),
  /** Its kind of address has no greeting that could be tried without publishing. */
  z.strictObject({ code: z.literal('destination-untried'), scheme: z.string() }),
  z.strictObject({ code: z.literal('failed') }),
  z.strictObject({ code: z.literal('too-long'), seconds }),
]);
export type PreflightFinding = z.infer<typeof preflightFinding>;

const preflightCheck = z.strictObject({
  /** `source/camera`, `encoder`, `destination/youtube`. */
  id: z.string(),
  kind: z.enum(CHECK_KINDS),
  /** The source or destination it is about. */
  subject: z.string().optional(),
  /** A name people know. */
  label: z.string(),
  state: z.enum(CHECK_STATES),
  finding: preflightFinding.optional(),
  /** How much there is for what is comfortable: 1 is just comfortable. Left out where there is nothing to measure. */
  margin: z.number().min(0).optional(),
  detail: z.string(),
  problem: problem.optional(),
});
export type PreflightCheck = z.infer<typeof preflightCheck>;

export const preflight = z.strictObject({
  id: z.string(),
  state: z.enum(['running', 'done', 'cancelled']),
  startedAt: isoTime,
  endedAt: isoTime.optional(),
  checks: z.array(preflightCheck),
  /** Id of the check with the least to spare, once something is known; the worst one first. */
  weakest: z.string().optional(),
  /** The margins in one sentence. */
  summary: z.string(),
});
export type Preflight = z.infer<typeof preflight>;

/** The checks before a broadcast. None of them keeps anybody from going live. */
export const PREFLIGHT_ROUTES = {
  startPreflight: {
    method: 'POST',
    path: '/studio/preflight',
    summary:
      'Checks devices, encoder, disk, power and destinations, about 20 s at most; one that runs already is answered with. Each result is told as `Lectern.PreflightChanged`; `?wait=` holds the answer until the end. Refused on air.',
    query: z.strictObject({ wait: isoDurationBetween('PT0S', 'PT1M').optional() }),
    body: none,
    response: preflight,
    status: 202,
  },
  getPreflight: {
    method: 'GET',
    path: '/studio/preflight',
    summary: 'The newest pre-flight.',
    response: preflight,
  },
  cancelPreflight: {
    method: 'DELETE',
    path: '/studio/preflight',
    summary: 'Cancels the pre-flight that runs. What was found stays.',
    response: preflight,
  },
} as const satisfies Record<string, Route>;
