import { z } from 'zod';
import { liveEventName } from '../../../shared/api/common.ts';

const portNumber = z.int().min(0).max(65_535);

/** The port for TCP and UDP that encoders of a live event were told: its own for as long as there is that event. */
export const givenPort = z.strictObject({
  liveEvent: liveEventName,
  /** That of SRT, as it was set then. With another one all ports are given anew. */
  behind: portNumber,
  port: portNumber,
});
export type GivenPort = z.infer<typeof givenPort>;
