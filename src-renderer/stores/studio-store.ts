import { createStore } from 'zustand/vanilla';
import type { Problem } from '../../src-main/shared/api/common.ts';
import type { SourceTestResult } from '../../src-main/shared/api/devices.ts';
import type { LadderChoice } from '../../src-main/shared/api/ladder.ts';
import type { LoudnessTargetChoice } from '../../src-main/shared/api/sound.ts';
import type {
  AudioInputPatch,
  DeviceList,
  GoLive,
  Scene,
  SourceSpec,
  StudioPhase,
  StudioState,
} from '../../src-main/shared/api/studio.ts';
import type { Api } from '../api/client.ts';
import { problemOf } from '../api/problem.ts';
import type { NoticesStore } from './notices-store.ts';

/** Things that take a while and must not be asked for twice. */
export type StudioAction =
  | 'rehearse'
  | 'go-live'
  | 'end'
  | 'undo-end'
  | 'sources'
  | 'scene'
  | 'measure'
  | 'mark'
  | 'clip'
  | 'panic'
  | 'panic-back'
  | 'devices';

export type StudioSlice = {
  /** What the service last said. Undefined until it has said anything. */
  readonly studio: StudioState | undefined;
  readonly pending: ReadonlySet<StudioAction>;
  readonly devices: DeviceList | undefined;
  readonly devicesProblem: Problem | undefined;
  /** Why the first snapshot could not be had. */
  readonly problem: Problem | undefined;
};

export function createStudioStore(api: Api, notices: Pick<NoticesStore, 'show' | 'attempt'>) {
  const store = createStore<StudioSlice>(() => ({
    studio: undefined,
    pending: new Set(),
    devices: undefined,
    devicesProblem: undefined,
    problem: undefined,
  }));
  let revision = 0;
  const gains = new Map<string, AudioInputPatch>();
  const sendingGain = new Set<string>();

  /** A snapshot that the service pushed. */
  function mirror(studio: StudioState): void {
    revision += 1;
    const before = store.getState().studio;
    store.setState({ studio, problem: undefined });
    if (before?.phase === 'ending' && studio.phase === 'off-air') {
      notices.show({ kind: 'ended', asset: before.session?.asset });
    }
  }

  /** An answer is a snapshot too, but one that was pushed while it was on its way is newer. */
  async function answered(ask: () => Promise<StudioState>): Promise<StudioState> {
    const asked = revision;
    const studio = await ask();
    if (asked === revision) {
      mirror(studio);
    }
    return studio;
  }

  /** Does one thing at a time: the same action asked for again while it runs is not asked again. */
  async function once(action: StudioAction, step: () => Promise<unknown>): Promise<void> {
    if (store.getState().pending.has(action)) {
      return;
    }
    store.setState(({ pending }) => ({ pending: new Set(pending).add(action) }));
    try {
      await notices.attempt(step);
    } finally {
      store.setState(({ pending }) => ({
        pending: new Set([...pending].filter((other) => other !== action)),
      }));
    }
  }

  async function setSources(sources: readonly SourceSpec[]): Promise<void> {
    const studio = await answered(() => api.call('putSources', { body: { sources: [...sources] } }));
    const scene = firstScene(studio);
    if (scene !== undefined) {
      await answered(() => api.call('putScene', { body: scene }));
    }
  }

  /** A slider moves faster than requests: only the newest value of an input waits while one is on its way. */
  async function sendAudio(input: string): Promise<void> {
    if (sendingGain.has(input)) {
      return;
    }
    sendingGain.add(input);
    try {
      for (let patch = gains.get(input); patch !== undefined; patch = gains.get(input)) {
        gains.delete(input);
        await api.call('patchAudio', { params: { input }, body: patch });
      }
    } finally {
      sendingGain.delete(input);
    }
  }

  return {
    ...store,
    mirror,
    async refresh(): Promise<void> {
      try {
        await answered(() => api.call('getStudio'));
      } catch (error) {
        store.setState({ problem: problemOf(error) });
      }
    },
    rehearse: () => once('rehearse', () => answered(() => api.call('rehearse'))),
    goLive: (request: GoLive = {}) => once('go-live', () => answered(() => api.call('goLive', { body: request }))),
    end: ({ now = false }: { readonly now?: boolean } = {}) =>
      once('end', () => answered(() => api.call('endLive', { body: { now } }))),
    undoEnd: () => once('undo-end', () => answered(() => api.call('undoEnd'))),
    mark: (label = '') =>
      once('mark', async () => {
        const marker = await api.call('createMarker', { body: { label } });
        notices.show({ kind: 'marked', time: marker.time });
      }),
    /** A recording of its own of the last seconds. */
    clip: (seconds: number) =>
      once('clip', async () => {
        const clip = await api.call('createStudioClip', { body: { seconds } });
        notices.show({ kind: 'clipped', asset: clip.name, length: clip.duration });
      }),
    /** Asked for whatever else is going on. */
    panic: () => once('panic', () => answered(() => api.call('panic', { body: {} }))),
    panicBack: () => once('panic-back', () => answered(() => api.call('panicBack'))),
    async setTitle(title: string): Promise<void> {
      await notices.attempt(() => answered(() => api.call('patchStudio', { body: { title } })));
    },
    async setRecord(record: boolean): Promise<void> {
      await notices.attempt(() => answered(() => api.call('patchStudio', { body: { record } })));
    },
    addSource: (source: SourceSpec) =>
      once('sources', () => setSources([...specsOf(store.getState().studio), source])),
    replaceSource: (source: SourceSpec) =>
      once('sources', () =>
        setSources(specsOf(store.getState().studio).map((spec) => (spec.id === source.id ? source : spec))),
      ),
    removeSource: (id: string) =>
      once('sources', () => setSources(specsOf(store.getState().studio).filter((spec) => spec.id !== id))),
    setScene: (scene: Scene) => once('scene', () => answered(() => api.call('putScene', { body: scene }))),
    async setAudio(input: string, patch: AudioInputPatch): Promise<void> {
      gains.set(input, { ...gains.get(input), ...patch });
      await notices.attempt(() => sendAudio(input));
    },
    async setLoudnessTarget(loudnessTarget: LoudnessTargetChoice): Promise<void> {
      await notices.attempt(() => api.call('patchSound', { body: { loudnessTarget } }));
    },
    /** Mutes all microphones, or opens them when all are muted. */
    async toggleMicrophones(): Promise<void> {
      const { studio } = store.getState();
      const microphones = (studio?.audio ?? []).filter(({ id }) =>
        studio?.sources.some(({ spec }) => spec.id === id && spec.kind === 'microphone'),
      );
      const muted = microphones.some((input) => !input.muted);
      await notices.attempt(() =>
        Promise.all(
          microphones.map(({ id }) => api.call('patchAudio', { params: { input: id }, body: { muted } })),
        ),
      );
    },
    /** Throws, because the form that asked shows the answer beside its fields. */
    async setLadder(choice: LadderChoice): Promise<void> {
      await api.call('putLadder', { body: choice });
      await answered(() => api.call('getStudio'));
    },
    measure: () => once('measure', () => answered(() => api.call('measureLadder'))),
    loadDevices: () =>
      once('devices', async () => {
        try {
          store.setState({ devices: await api.call('getDevices'), devicesProblem: undefined });
        } catch (error) {
          store.setState({ devicesProblem: problemOf(error) });
        }
      }),
    /** What the service pushed when a device came or went. */
    mirrorDevices(devices: DeviceList): void {
      store.setState({ devices, devicesProblem: undefined });
    },
    /** Tells the service that somebody still looks at the list; it then notices windows and screens too. */
    async keepDevices(): Promise<void> {
      try {
        store.setState({ devices: await api.call('getDevices'), devicesProblem: undefined });
      } catch {
        // The list that is shown is not less true for that, and the next look is soon.
      }
    },
    /** Throws, because the form that asked shows the answer beside its fields. */
    testSource: (source: SourceSpec): Promise<SourceTestResult> => api.call('testDevice', { body: { source } }),
  };
}

function specsOf(studio: StudioState | undefined): readonly SourceSpec[] {
  return (studio?.sources ?? []).map((source) => source.spec);
}

/** The first picture that was added goes on the programme: until then there was nothing to choose between. */
function firstScene(studio: StudioState): Scene | undefined {
  const pictures = studio.sources.filter((source) => source.hasVideo);
  const [first] = pictures;
  const { scene } = studio;
  const shown = scene.kind === 'single' && pictures.some((source) => source.spec.id === scene.source);
  // A scene was chosen on purpose, and stays.
  return first !== undefined && pictures.length === 1 && !shown && scene.kind !== 'scene'
    ? { kind: 'single', source: first.spec.id }
    : undefined;
}

/** An id that no source has yet: `camera`, then `camera-2`. */
export function freeSourceId(kind: SourceSpec['kind'], taken: readonly SourceSpec[]): string {
  const ids = new Set(taken.map((spec) => spec.id));
  let id: string = kind;
  for (let count = 2; ids.has(id); count += 1) {
    id = `${kind}-${count}`;
  }
  return id;
}

const ON_AIR: ReadonlySet<StudioPhase> = new Set<StudioPhase>(['live', 'reconnecting', 'ending']);

export const selectPhase = ({ studio }: StudioSlice): StudioPhase => studio?.phase ?? 'off-air';
export const selectIsOnAir = (slice: StudioSlice): boolean => ON_AIR.has(selectPhase(slice));
export const selectHasPicture = ({ studio }: StudioSlice): boolean =>
  studio?.sources.some((source) => source.hasVideo) ?? false;
export const selectIsTurning = ({ pending, studio }: StudioSlice): boolean =>
  studio?.phase === 'starting' ||
  pending.has('go-live') ||
  pending.has('rehearse') ||
  pending.has('end') ||
  pending.has('undo-end');
