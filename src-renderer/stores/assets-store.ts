import { createStore } from 'zustand/vanilla';
import type { Asset, AssetCreate, ExportCreate, ExportJob, Marker } from '../../src-main/shared/api/assets.ts';
import type { Certificate } from '../../src-main/shared/api/certificates.ts';
import type { Api } from '../api/client.ts';
import type { Timers } from '../api/timers.ts';
import { allPages, createMirror } from './mirror.ts';
import type { NoticesStore } from './notices-store.ts';

export type AssetsSlice = {
  /** Recordings that will be deleted unless it is taken back, and when. */
  readonly leaving: ReadonlyMap<string, number>;
  readonly markers: ReadonlyMap<string, readonly Marker[]>;
  /** What is known of whether they are all there, of those that were looked at. */
  readonly certificates: ReadonlyMap<string, Certificate>;
};

/** How often the progress of a check is asked for. */
const CERTIFICATE_MS = 700;

/** How often the length of what is being recorded is asked for: the service tells what becomes of a recording, not each second of it. */
export const GROWTH_MS = 2000;

/** How long a deletion can be taken back, in which nothing has been deleted. */
export const DELETE_GRACE_MS = 6000;

export function createAssetsStore(api: Api, timers: Timers, notices: Pick<NoticesStore, 'show' | 'attempt'>) {
  const mirror = createMirror<Asset>({
    load: () => allPages(($skiptoken) => api.call('listAssets', { query: { $top: 500, $skiptoken } })),
    keyOf: (asset) => asset.name,
  });
  const store = createStore<AssetsSlice>(() => ({
    leaving: new Map(),
    markers: new Map(),
    certificates: new Map(),
  }));
  const cancels = new Map<string, () => void>();

  function forget(name: string): void {
    cancels.delete(name);
    store.setState(({ leaving }) => ({ leaving: new Map([...leaving].filter(([other]) => other !== name)) }));
  }

  /** Whether it is being checked. */
  async function readCertificate(name: string): Promise<boolean> {
    const certificate = await api.call('getCertificate', { params: { name } });
    store.setState((slice) => ({ certificates: new Map(slice.certificates).set(name, certificate) }));
    return certificate.state === 'checking';
  }

  async function readGrown(name: string): Promise<void> {
    try {
      const grown = await api.call('getAsset', { params: { name } });
      // What was told meanwhile of its end is newer than the answer.
      if (isRecording(name)) {
        mirror.put(grown);
      }
    } catch {
      // It is asked again; that the service is away is said by what has to do with that.
    }
  }

  function isRecording(name: string): boolean {
    return mirror.getState().items.find((asset) => asset.name === name)?.state === 'recording';
  }

  async function remove(name: string): Promise<void> {
    await notices.attempt(() => api.call('deleteAsset', { params: { name } }));
    forget(name);
    await mirror.refresh();
  }

  return {
    ...store,
    list: mirror,
    deleteLater(name: string): void {
      if (cancels.has(name)) {
        return;
      }
      cancels.set(
        name,
        timers.after(DELETE_GRACE_MS, () => void remove(name)),
      );
      const at = timers.nowMs() + DELETE_GRACE_MS;
      store.setState(({ leaving }) => ({ leaving: new Map(leaving).set(name, at) }));
    },
    keep(name: string): void {
      cancels.get(name)?.();
      forget(name);
    },
    /** Throws, because the form that asked shows the answer beside its fields. */
    async change(name: string, patch: AssetCreate): Promise<void> {
      mirror.put(await api.call('patchAsset', { params: { name }, body: patch }));
    },
    async loadMarkers(name: string): Promise<void> {
      await notices.attempt(async () => {
        const { value } = await api.call('listMarkers', { params: { name } });
        store.setState(({ markers }) => ({ markers: new Map(markers).set(name, value) }));
      });
    },
    /** What the service told of the markers of a recording. */
    mirrorMarkers(name: string, markers: readonly Marker[]): void {
      store.setState((slice) => ({ markers: new Map(slice.markers).set(name, markers) }));
    },
    async addMarker(name: string, time: number): Promise<void> {
      await notices.attempt(() => api.call('addMarker', { params: { name }, body: { time } }));
    },
    async changeMarker(name: string, id: string, label: string): Promise<void> {
      await notices.attempt(() => api.call('patchMarker', { params: { name, id }, body: { label } }));
    },
    async removeMarker(name: string, id: string): Promise<void> {
      await notices.attempt(() => api.call('deleteMarker', { params: { name, id } }));
    },
    /** Asks how far those that are being recorded have come, and goes on until the result is called. */
    followRecordings(): () => void {
      let cancel = (): void => undefined;
      let isOver = false;
      async function follow(): Promise<void> {
        const names = mirror.getState().items.flatMap(({ name }) => (isRecording(name) ? [name] : []));
        await Promise.all(names.map(readGrown));
        if (!isOver) {
          cancel = timers.after(GROWTH_MS, () => void follow());
        }
      }
      void follow();
      return () => {
        isOver = true;
        cancel();
      };
    },
    /** Asks what is known of a recording's check, and goes on while it is made, until the result is called. */
    followCertificate(name: string): () => void {
      let cancel = (): void => undefined;
      let isOver = false;
      async function follow(): Promise<void> {
        const isChecking = await notices.attempt(() => readCertificate(name));
        if (!isOver && isChecking === true) {
          cancel = timers.after(CERTIFICATE_MS, () => void follow());
        }
      }
      void follow();
      return () => {
        isOver = true;
        cancel();
      };
    },
    /** Checks a recording anew. */
    async certify(name: string): Promise<void> {
      await notices.attempt(async () => {
        const certificate = await api.call('createCertificate', { params: { name } });
        store.setState((slice) => ({ certificates: new Map(slice.certificates).set(name, certificate) }));
      });
    },
    /** A recording of its own of a part of one. */
    async clip(name: string, range: { readonly start: number; readonly end: number }): Promise<void> {
      await notices.attempt(async () => {
        const clip = await api.call('createClip', {
          params: { name },
          body: { start: range.start, end: range.end },
        });
        notices.show({ kind: 'clipped', asset: clip.name, length: clip.duration });
      });
    },
    /** The key frames around a time. Throws, because who asks goes on without. */
    keyFrames: (name: string, time: number, count: number) =>
      api.call('listKeyFrames', { params: { name }, query: { time, count, quality: 'top' } }),
    /** The poster as a blob, because an `<img>` cannot send the token. Undefined while there is no picture yet. */
    async poster(name: string, signal: AbortSignal): Promise<Blob | undefined> {
      try {
        return await (await api.open('getPoster', { params: { name }, signal })).blob();
      } catch {
        return undefined;
      }
    },
  };
}

export function createExportsStore(api: Api, notices: Pick<NoticesStore, 'show' | 'attempt'>) {
  const store = createStore<{ readonly jobs: ReadonlyMap<string, ExportJob> }>(() => ({ jobs: new Map() }));

  function put(job: ExportJob): void {
    const before = store.getState().jobs.get(job.id);
    store.setState(({ jobs }) => ({ jobs: new Map(jobs).set(job.id, job) }));
    if (before !== undefined && before.state !== 'done' && job.state === 'done') {
      notices.show({ kind: 'export-done', asset: job.asset, fileName: job.fileName });
    }
  }

  function remove(id: string): void {
    store.setState(({ jobs }) => ({ jobs: new Map([...jobs].filter(([other]) => other !== id)) }));
  }

  return {
    ...store,
    put,
    remove,
    async load(asset: string): Promise<void> {
      await notices.attempt(async () => {
        const { value } = await api.call('listExports', { params: { name: asset } });
        value.forEach(put);
      });
    },
    /** What an export would be. Throws, because the dialog that asked shows the answer. */
    plan: (asset: string, request: Omit<ExportCreate, 'out'>) =>
      api.call('planExport', { params: { name: asset }, body: request }),
    /** Throws, because the dialog that asked shows the answer. */
    async start(asset: string, request: ExportCreate): Promise<void> {
      put(await api.call('createExport', { params: { name: asset }, body: request }));
    },
    /** Cancels a running one, or forgets an ended one. */
    async cancel(job: ExportJob): Promise<void> {
      await notices.attempt(async () => {
        await api.call('cancelExport', { params: { name: job.asset, id: job.id } });
        if (EXPORT_ENDED.has(job.state)) {
          remove(job.id);
        }
      });
    },
    /** The finished file as a stream. */
    file: (job: ExportJob) => api.open('getExportFile', { params: { name: job.asset, id: job.id } }),
  };
}

export const EXPORT_ENDED: ReadonlySet<ExportJob['state']> = new Set<ExportJob['state']>([
  'done',
  'failed',
  'cancelled',
]);

export function jobsOf(jobs: ReadonlyMap<string, ExportJob>, asset: string): readonly ExportJob[] {
  return [...jobs.values()]
    .filter((job) => job.asset === asset)
    .sort((one, other) => other.created.localeCompare(one.created));
}
