import { randomUUID } from 'node:crypto';
import { ticksToSeconds } from '../../../media/time.ts';
import { AppError } from '../../../shared/app-error.ts';
import { openRtmpIngest } from '../../ingest/rtmp/rtmp-ingest.ts';
import type { IngestDoor } from '../../ports/ingest.ts';
import type { Presentation } from '../../ports/presentation.ts';
import type { LaunchNode } from '../../ports/process.ts';
import { isSameSecret } from '../../ports/same-secret.ts';
import { type Push, type PushTools, startPush } from '../../publish/push.ts';
import { type Arrivals, createArrivals } from './arrivals.ts';
import { type Line, openLine } from './line.ts';

export type TrialServiceTools = {
  readonly push: PushTools;
  readonly launchNode: LaunchNode;
  /** `core/rtmp-main`, `.ts` from a checkout, `.js` when built. */
  readonly rtmpEntry: URL;
};

/** A service that is sent to as destinations are, by the same code, and that is on this computer, behind a line that can be cut. */
export type TrialService = AsyncDisposable & {
  readonly line: Line;
  readonly arrivals: Arrivals;
  /** The network is back: what waits for another attempt need not wait any longer. */
  networkReturned(): void;
};

const LOOPBACK = '127.0.0.1';

export async function openTrialService(
  presentation: Presentation,
  { push: tools, launchNode, rtmpEntry }: TrialServiceTools,
): Promise<TrialService> {
  await using opened = new AsyncDisposableStack();
  const { clock, logger } = tools;
  const arrivals = createArrivals(clock);
  const token = randomUUID();
  const measured = presentation.tracks().some(({ track }) => track.kind === 'video') ? 'video' : 'audio';

  const door: IngestDoor = {
    check({ accessToken }) {
      if (!isSameSecret(accessToken, token)) {
        throw new AppError('MPE_RTMP_APPID_AUTH_FAILURE', 'This is the service of a fire drill.');
      }
    },
    misaddressed: () => undefined,
    connect(request) {
      door.check(request);
      // Each connection counts from the key frame that it begins with.
      const beganSeconds = push.beganSeconds() ?? 0;
      return {
        addTrack: ({ description: { kind, timescale } }) => ({
          push(samples) {
            for (const { decodeTime, duration } of kind === measured ? samples : []) {
              const fromSeconds = beganSeconds + ticksToSeconds(decodeTime, timescale);
              arrivals.add(fromSeconds, fromSeconds + duration / timescale);
            }
          },
        }),
        cue: () => undefined,
        end: () => undefined,
      };
    },
  };
  const ingest = opened.use(
    await openRtmpIngest({
      door,
      launchNode,
      entry: rtmpEntry,
      clock,
      logger,
      platform: process.platform,
      host: LOOPBACK,
      ports: { primary: 0, secondary: 0, tlsPrimary: 0, tlsSecondary: 0 },
      tls: undefined,
    }),
  );
  const line = opened.use(await openLine(ingest.ports().primary ?? 0));
  const push: Push = startPush(
    presentation,
    {
      name: 'fire-drill',
      addresses: [{ url: `rtmp://${LOOPBACK}:${line.port}/live/${token}`, key: () => Promise.resolve('drill') }],
      quality: 'top',
    },
    tools,
  );
  opened.defer(() => push.stop());
  const owned = opened.move();
  return {
    line,
    arrivals,
    networkReturned: () => push.retryNow(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
