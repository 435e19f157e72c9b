import { z } from 'zod';
import { isoTime } from './common.ts';
import type { Route } from './route.ts';

/**
 * What can be made to go wrong in a rehearsal. `cable`: the network is gone, for a service and a viewer that are opened for the drill. `camera`: the picture on show stands still. `disk`: nothing more can be
 * written. `encoder`: its process is killed.
 */
export const DRILL_FAULTS = ['cable', 'camera', 'disk', 'encoder'] as const;
export type DrillFault = (typeof DRILL_FAULTS)[number];

const seconds = z.number().min(0);

/** What was measured; all in seconds. */
const drillReport = z.strictObject({
  /** Whether everything was as before when the drill ended. */
  recovered: z.boolean(),
  /** Viewers would have seen the last picture standing still. */
  stillSeconds: seconds,
  /** Viewers would have seen the slate. */
  slateSeconds: seconds,
  /** Missing in what viewers get. */
  lostSeconds: seconds,
  /** Missing in the recording. */
  unrecordedSeconds: seconds,
  /** From the end of the fault until everything was as before. */
  recoverySeconds: seconds,
});
export type DrillReport = z.infer<typeof drillReport>;

export const fireDrill = z.strictObject({
  id: z.string(),
  fault: z.enum(DRILL_FAULTS),
  /**
   * `preparing`: what the fault is made and measured with is being opened; nothing is wrong yet. `broken`: the fault lasts until `until`. `recovering`: it was undone. `done`. `stopped`: the rehearsal ended, or somebody had enough, and the
   * fault was undone at once; or it could not be carried out, as `detail` says.
   */
  state: z.enum(['preparing', 'broken', 'recovering', 'done', 'stopped']),
  /** The source that it is about. */
  subject: z.string().optional(),
  startedAt: isoTime,
  until: isoTime,
  report: drillReport.optional(),
  /** What viewers would have seen, in one sentence; the page has its own words for the report. */
  detail: z.string(),
});
export type FireDrill = z.infer<typeof fireDrill>;

const fireDrillStart = z.strictObject({
  fault: z.enum(DRILL_FAULTS),
  /** How long the fault lasts; 6 when left out. The killed encoder comes back when it comes back. */
  seconds: z.number().min(2).max(30).optional(),
});
export type FireDrillStart = z.infer<typeof fireDrillStart>;

export const FIRE_DRILL_ROUTES = {
  startFireDrill: {
    method: 'POST',
    path: '/studio/fire-drill',
    summary:
      'In a rehearsal: makes one thing go wrong, undoes it by itself and says what viewers would have seen. Told as `Lectern.FireDrillChanged`.',
    body: fireDrillStart,
    response: fireDrill,
    status: 202,
  },
  getFireDrill: {
    method: 'GET',
    path: '/studio/fire-drill',
    summary: 'The newest fire drill.',
    response: fireDrill,
  },
  stopFireDrill: {
    method: 'DELETE',
    path: '/studio/fire-drill',
    summary: 'Undoes the fault at once.',
    response: fireDrill,
  },
} as const satisfies Record<string, Route>;
