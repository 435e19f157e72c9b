import { z } from 'zod';
import { isoTime, problem } from './common.ts';
import { none, type Route } from './route.ts';

/**
 * What somebody finds who looks at the stream from outside, as a viewer does.
 *
 * - `checking`: nothing can be said yet.
 * - `seen`: the picture that was sent is there.
 * - `arriving`: media comes, but it is encrypted, or has no picture to compare.
 * - `frozen`: the picture stands still, or the playlist does, while what was sent went on.
 * - `black`, `silent`: nothing is seen or heard there, of something that was sent.
 * - `other-picture`: a picture comes, and it is not what was sent.
 * - `offline`: there is no live stream at the address: none yet, none any more.
 * - `refused`: the server does not let this viewer in (401, 403, 451).
 * - `unreachable`: no answer, or a server in trouble.
 * - `unreadable`: what is there is neither HLS nor DASH, or ffmpeg cannot decode it.
 */
export const AIR_VERDICTS = [
  'checking',
  'seen',
  'arriving',
  'frozen',
  'black',
  'silent',
  'other-picture',
  'offline',
  'refused',
  'unreachable',
  'unreadable',
] as const;
export type AirVerdict = (typeof AIR_VERDICTS)[number];

/**
 * Where the delay was read: `mark`, the time drawn into the test picture; `picture`, the picture was recognised among those that were sent;
 * `programme-time`, the date and time that the playlist or the manifest gives its pictures.
 */
export const AIR_CLOCKS = ['mark', 'picture', 'programme-time'] as const;
export type AirClock = (typeof AIR_CLOCKS)[number];

/** One place that is watched from outside while something is live. */
export const proofOfAir = z.strictObject({
  /** `locator/{name}` or `destination/{name}`. */
  subject: z.string(),
  /** What is played; without its query, in which there may be a key of the viewer's. */
  url: z.string(),
  verdict: z.enum(AIR_VERDICTS),
  /** Since when the verdict is what it is. */
  since: isoTime,
  checkedAt: isoTime.optional(),
  /** How far behind somebody is who begins to watch now: from the camera to the screen, with the distance that players keep from the live edge. */
  delaySeconds: z.number().min(0).optional(),
  delayFrom: z.enum(AIR_CLOCKS).optional(),
  /** What went wrong, where there is more to say than the verdict does. */
  error: problem.optional(),
});
export type ProofOfAir = z.infer<typeof proofOfAir>;

export const proofsOfAir = z.strictObject({ value: z.array(proofOfAir) });
export type ProofsOfAir = z.infer<typeof proofsOfAir>;

/** What fails a viewer; the others are no news, or good news. */
export const AIR_FAULTS: ReadonlySet<AirVerdict> = new Set<AirVerdict>([
  'frozen',
  'black',
  'silent',
  'other-picture',
  'offline',
  'refused',
  'unreachable',
  'unreadable',
]);

export const PROOF_ROUTES = {
  listProofsOfAir: {
    method: 'GET',
    path: '/proofOfAir',
    summary: 'What viewers get at each place that is live, found by looking from outside; empty while nothing is.',
    response: proofsOfAir,
  },
  checkAir: {
    method: 'POST',
    path: '/proofOfAir/check',
    summary: 'Looks at all of them now instead of in some seconds.',
    body: none,
    reads: true,
    response: proofsOfAir,
  },
} as const satisfies Record<string, Route>;
