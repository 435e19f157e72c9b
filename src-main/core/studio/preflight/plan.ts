import type { Clock } from '../../../base/clock.ts';
import type { Destination } from '../../../shared/api/publishing.ts';
import type { StudioState } from '../../../shared/api/studio.ts';
import type { LadderPlan } from '../../encode/resolve-ladder.ts';
import type { Power } from '../../platform/power.ts';
import type { MixerCommand } from '../../ports/mixer.ts';
import type { StudioService } from '../../ports/services.ts';
import { checkDestination, DESTINATION_LIMIT_MS } from './check-destination.ts';
import { checkEncoder, ENCODER_LIMIT_MS, type EncoderView } from './check-encoder.ts';
import { checkDisk, checkPower, DISK_LIMIT_MS, POWER_LIMIT_MS } from './check-lasting.ts';
import { checkPage, PAGE_LIMIT_MS } from './check-page.ts';
import { checkSource, SOURCE_LIMIT_MS } from './check-source.ts';
import type { CheckResult, PlannedCheck } from './preflight.ts';
import type { ThroughputMemory } from './throughput.ts';

/** Everything that is looked at before a broadcast. */
type PreflightView = {
  readonly clock: Clock;
  readonly state: () => StudioState;
  readonly preview: StudioService['preview'];
  readonly send: (command: MixerCommand) => Promise<void>;
  readonly plan: () => LadderPlan;
  readonly measuredSpeed: EncoderView['measuredSpeed'];
  readonly idle: EncoderView['idle'];
  readonly measure: EncoderView['measure'];
  readonly busyWith: EncoderView['busyWith'];
  readonly lookAtDisk: () => Promise<void>;
  readonly isDiskFull: () => boolean;
  readonly readPower: (signal: AbortSignal) => Promise<Power>;
  readonly originUrl: () => string;
  readonly destinations: () => readonly Destination[];
  readonly throughput: Pick<ThroughputMemory, 'of'>;
  readonly reach: (url: string, signal: AbortSignal) => Promise<number>;
};

/** Pictures that say that the mixer is alive; nobody looks at them. */
const WATCH = { width: 64, frameRate: 10 } as const;

/** What is checked now: what is chosen now. */
export function planChecks(view: PreflightView): readonly PlannedCheck[] {
  const { sources, audio } = view.state();
  return [
    ...sources.map(({ spec, label }) => sourceCheck(view, spec.id, label)),
    ...(sources.some(({ hasVideo }) => hasVideo) || view.plan().video.length === 0
      ? []
      : [settled('no-picture', 'source', 'Picture', { state: 'bad', finding: { code: 'no-source' } })]),
    ...(audio.length > 0
      ? []
      : [settled('no-sound', 'sound', 'Sound', { state: 'tight', finding: { code: 'no-sound' } })]),
    {
      id: 'encoder',
      kind: 'encoder',
      label: 'Encoder',
      after: 'source',
      limitMs: ENCODER_LIMIT_MS,
      run: (signal) => checkEncoder({ ...view, running: () => view.state().encoder }, signal),
    },
    {
      id: 'disk',
      kind: 'disk',
      label: 'Disk',
      limitMs: DISK_LIMIT_MS,
      run: () =>
        checkDisk({
          records: () => view.state().record,
          look: view.lookAtDisk,
          isFull: view.isDiskFull,
          secondsLeft: () => view.state().disk.secondsLeft,
        }),
    },
    {
      id: 'power',
      kind: 'power',
      label: 'Power',
      limitMs: POWER_LIMIT_MS,
      run: (signal) => checkPower(view.readPower, signal),
    },
    {
      id: 'page',
      kind: 'page',
      label: 'Your own page',
      limitMs: PAGE_LIMIT_MS,
      run: (signal) => checkPage({ ...view, shared: () => view.state().shared }, signal),
    },
    ...view
      .destinations()
      .filter(({ enabled }) => enabled)
      .map((destination) => destinationCheck(view, destination)),
  ];
}

function sourceCheck(view: PreflightView, id: string, label: string): PlannedCheck {
  return {
    id: `source/${id}`,
    kind: 'source',
    subject: id,
    label,
    limitMs: SOURCE_LIMIT_MS,
    run: (signal) =>
      checkSource(
        {
          status: () => view.state().sources.find(({ spec }) => spec.id === id),
          input: () => view.state().audio.find((input) => input.id === id),
          retry: () => void view.send({ type: 'retry-source', id }),
          watch: ({ onPicture, onMeters }) =>
            view.preview(WATCH, { picture: onPicture, meters: (_wallMs, readings) => onMeters(readings) }),
          clock: view.clock,
        },
        signal,
      ),
  };
}

function destinationCheck(view: PreflightView, destination: Destination): PlannedCheck {
  const { name } = destination;
  return {
    id: `destination/${name}`,
    kind: 'destination',
    subject: name,
    label: name,
    limitMs: DESTINATION_LIMIT_MS,
    run: (signal) =>
      checkDestination(
        {
          destination,
          plan: view.plan(),
          last: view.throughput.of(destination),
          reach: view.reach,
          clock: view.clock,
        },
        signal,
      ),
  };
}

/** Known without looking. */
function settled(id: string, kind: PlannedCheck['kind'], label: string, result: CheckResult): PlannedCheck {
  return { id, kind, label, limitMs: 1000, run: () => Promise.resolve(result) };
}
