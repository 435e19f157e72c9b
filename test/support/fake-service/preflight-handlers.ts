import type { EventType } from '../../../src-main/shared/api/events.ts';
import type { FireDrill } from '../../../src-main/shared/api/fire-drill.ts';
import type { Preflight, PreflightCheck } from '../../../src-main/shared/api/preflight.ts';
import { Fault, type Handlers } from './handling.ts';
import type { World } from './scenarios.ts';

/** Between two results. */
const STEP_MS = 120;

const FOUND: readonly PreflightCheck[] = [
  {
    id: 'encoder',
    kind: 'encoder',
    label: 'Encoder',
    state: 'good',
    margin: 1.7,
    finding: { code: 'encoder-holds', heights: [1080, 720, 480], speed: 2.1 },
    detail: '',
  },
  {
    id: 'disk',
    kind: 'disk',
    label: 'Disk',
    state: 'good',
    margin: 2.6,
    finding: { code: 'disk-lasts', secondsLeft: 18_600 },
    detail: '',
  },
  {
    id: 'power',
    kind: 'power',
    label: 'Power',
    state: 'good',
    margin: 0.92,
    finding: { code: 'battery', percent: 64, secondsLeft: 6600 },
    detail: '',
  },
  {
    id: 'page',
    kind: 'page',
    label: 'Your own page',
    state: 'good',
    finding: { code: 'page-answers', milliseconds: 3, shared: false },
    detail: '',
  },
];

type PreflightCalls = 'startPreflight' | 'getPreflight' | 'cancelPreflight';
type DrillCalls = 'startFireDrill' | 'getFireDrill' | 'stopFireDrill';

/** Checks that find what a good laptop has, one after the other, and drills that end soon. */
export function preflightHandlers(options: {
  readonly world: World;
  readonly publish: (eventType: EventType, subject: string, data: unknown) => void;
  readonly after: (delayMs: number, action: () => void) => unknown;
}): Pick<Handlers, PreflightCalls | DrillCalls> {
  const { world, publish, after } = options;
  let preflight: Preflight | undefined;
  let drill: FireDrill | undefined;

  function planned(): readonly PreflightCheck[] {
    const sources = world.studio.sources.map(
      ({ spec, label, hasVideo, hasAudio }): PreflightCheck => ({
        id: `source/${spec.id}`,
        kind: 'source',
        subject: spec.id,
        label,
        state: 'good',
        finding: {
          code: 'source-works',
          ...(hasVideo ? { frameRate: 30 } : {}),
          ...(hasAudio ? { peakDb: -18 } : {}),
        },
        detail: '',
      }),
    );
    const destinations = [...world.destinations.values()].map(
      ({ name }): PreflightCheck => ({
        id: `destination/${name}`,
        kind: 'destination',
        subject: name,
        label: name,
        state: 'good',
        finding: { code: 'destination-answers', milliseconds: 34, neededBitrate: 2_628_000 },
        detail: '',
      }),
    );
    return [...sources, ...FOUND, ...destinations];
  }

  function setPreflight(next: Preflight): Preflight {
    preflight = next;
    publish('Lectern.PreflightChanged', 'studio/preflight', next);
    return next;
  }

  function setDrill(next: FireDrill): FireDrill {
    drill = next;
    publish('Lectern.FireDrillChanged', 'studio/fire-drill', next);
    return next;
  }

  function settle(id: string, found: readonly PreflightCheck[], count: number): void {
    if (preflight?.id !== id || preflight.state !== 'running') {
      return;
    }
    const isDone = count >= found.length;
    setPreflight({
      ...preflight,
      state: isDone ? 'done' : 'running',
      checks: found.map((check, index) => (index < count ? check : unsettled(check, index === count))),
      ...(isDone ? { weakest: 'power', endedAt: new Date().toISOString() } : {}),
    });
    if (!isDone) {
      after(STEP_MS, () => settle(id, found, count + 1));
    }
  }

  return {
    startPreflight() {
      const found = planned();
      const id = `preflight-${Date.now().toString(36)}`;
      after(STEP_MS, () => settle(id, found, 1));
      return setPreflight({
        id,
        state: 'running',
        startedAt: new Date().toISOString(),
        checks: found.map((check) => unsettled(check, true)),
        summary: '',
      });
    },
    getPreflight: () => preflight ?? nothingYet(),
    cancelPreflight: () => setPreflight({ ...(preflight ?? nothingYet()), state: 'cancelled' }),
    startFireDrill({ body }) {
      if (world.studio.phase !== 'rehearsing') {
        throw new Fault('live/not-rehearsing', 'A fire drill needs a rehearsal.');
      }
      const nowMs = Date.now();
      const begun: FireDrill = {
        id: `drill-${nowMs.toString(36)}`,
        fault: body.fault,
        state: 'broken',
        ...(body.fault === 'camera' ? { subject: world.studio.sources[0]?.spec.id ?? '' } : {}),
        startedAt: new Date(nowMs).toISOString(),
        until: new Date(nowMs + 1000).toISOString(),
        detail: '',
      };
      after(1000, () =>
        setDrill({
          ...begun,
          state: 'done',
          report: {
            recovered: true,
            stillSeconds: body.fault === 'camera' ? 1 : 0,
            slateSeconds: body.fault === 'camera' ? 5.1 : 0,
            lostSeconds: body.fault === 'cable' ? 6.7 : 0,
            unrecordedSeconds: body.fault === 'disk' ? 6 : 0,
            recoverySeconds: 0.6,
          },
        }),
      );
      return setDrill(begun);
    },
    getFireDrill: () => drill ?? nothingYet(),
    stopFireDrill: () => setDrill({ ...(drill ?? nothingYet()), state: 'stopped' }),
  };
}

function unsettled({ id, kind, subject, label }: PreflightCheck, isRunning: boolean): PreflightCheck {
  return {
    id,
    kind,
    ...(subject === undefined ? {} : { subject }),
    label,
    state: isRunning ? 'running' : 'waiting',
    detail: '',
  };
}

function nothingYet(): never {
  throw new Fault('resource/not-found', 'There has been none yet.');
}
