import { z } from 'zod';
import { isoTime, problem, resourceName } from './common.ts';
import { none, type Route } from './route.ts';

/**
 * `unchecked`: never looked at, or changed since. `whole`: nothing is missing and everything that was tried decodes. `gaps`: the same, but while it
 * was recorded nothing came for a while. `faulty`: `faults` says what.
 */
const CERTIFICATE_STATES = ['unchecked', 'checking', 'whole', 'gaps', 'faulty'] as const;

const certificateFile = z.strictObject({
  /** Below the folder of the recording, with slashes. */
  path: z.string(),
  size: z.number().int().min(0),
  /** SHA-256 in hex, as `sha256sum` prints it. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

export const certificate = z.strictObject({
  asset: resourceName,
  state: z.enum(CERTIFICATE_STATES),
  /** While it is checked, 0..1. */
  progress: z.number().min(0).max(1).optional(),
  /** When it was checked. */
  checked: isoTime.optional(),
  /** Seconds of media, gaps not counted. */
  duration: z.number().min(0).optional(),
  /** Seconds from the start of the recording. */
  gaps: z.array(z.strictObject({ start: z.number(), duration: z.number() })).optional(),
  /** Seconds by which the sound begins behind the picture; negative: before it. Left out without one or the other. */
  soundOffset: z.number().optional(),
  /** Of the first track of sound, all of which was decoded (EBU R128, ITU-R BS.1770). Left out where there is none, or none that is loud enough. */
  loudness: z
    .strictObject({
      /** LUFS. */
      integrated: z.number(),
      /** LU. */
      range: z.number(),
      /** dBTP. */
      truePeak: z.number(),
    })
    .optional(),
  /** How many segments of pictures were decoded, first, middle and last of each quality. */
  decodedSegments: z.number().int().optional(),
  faults: z.array(z.strictObject({ track: z.string(), message: z.string() })).optional(),
  files: z.array(certificateFile).optional(),
  /** Why the last try came to no end, as without ffmpeg; says nothing of the recording. */
  problem: problem.optional(),
});
export type Certificate = z.infer<typeof certificate>;

export const CERTIFICATE_ROUTES = {
  getCertificate: {
    method: 'GET',
    path: '/assets/{name}/certificate',
    summary:
      'What the last check of a recording found, its progress, or that there was none of the recording as it is now.',
    response: certificate,
  },
  createCertificate: {
    method: 'POST',
    path: '/assets/{name}/certificate',
    summary:
      'Checks a finished recording: reads every file, decodes its sound and pictures of each quality, and notes length, gaps, offset, loudness and checksums.',
    body: none,
    response: certificate,
    status: 202,
  },
} as const satisfies Record<string, Route>;
