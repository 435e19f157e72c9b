import { z } from 'zod';
import { isoTime, listOf } from './common.ts';
import type { Route } from './route.ts';

/** One minute of a streaming endpoint: the metrics Egress, Requests and SuccessE2ELatency of AMS (spec 2.16). */
const endpointMinute = z.strictObject({
  /** At which it ended. */
  time: isoTime,
  /** Of bodies. */
  egressBytes: z.number().int(),
  /** From a request that succeeds to the head of its answer, in ms, mean; left out when none did. */
  latencyMs: z.number().optional(),
  requests: z.array(
    z.strictObject({
      /** `m3u8-cmaf`, `mpd-time-cmaf`, `smooth`, `download`, `watch`, `other` and so on. */
      outputFormat: z.string(),
      httpStatusCode: z.number().int(),
      errorCode: z.string().optional(),
      count: z.number().int(),
    }),
  ),
});
export type EndpointMinute = z.infer<typeof endpointMinute>;

export const ENDPOINT_METRICS_ROUTES = {
  getEndpointMetrics: {
    method: 'GET',
    path: '/streamingEndpoints/{name}/metrics',
    summary: 'What it sent and answered, and how fast, minute by minute, newest first: the last hour.',
    response: listOf(endpointMinute),
  },
} as const satisfies Record<string, Route>;
