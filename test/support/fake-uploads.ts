import type { UploadService } from '../../src-main/core/ports/services.ts';
import type { Upload } from '../../src-main/shared/api/uploads.ts';
import { AppError } from '../../src-main/shared/app-error.ts';

export function anUpload(name: string, over: Partial<Upload> = {}): Upload {
  return {
    name,
    streamingLocatorName: 'show',
    formats: ['Hls', 'Dash'],
    windowDuration: 'PT5M',
    retention: 'Recording',
    enabled: true,
    target: { kind: 'S3', region: 'us-east-1', bucket: 'shows', accessKeyId: 'id', prefix: '' },
    hasSecret: true,
    created: '2026-11-20T08:00:00.000Z',
    lastModified: '2026-11-20T08:00:00.000Z',
    state: 'live',
    sentBitrate: 3_900_000,
    behindSeconds: 2.1,
    uploadedObjects: 812,
    uploadedBytes: 731_000_000,
    waitingObjects: 3,
    failures: 0,
    urls: {
      hls: 'https://shows.s3.us-east-1.amazonaws.com/index.m3u8',
      dash: 'https://shows.s3.us-east-1.amazonaws.com/manifest.mpd',
    },
    ...over,
  };
}

/** Uploads that send nothing. */
export function fakeUploads(uploads: Map<string, Upload>): UploadService {
  function need(name: string): Upload {
    const found = uploads.get(name);
    if (found === undefined) {
      throw new AppError('resource/not-found', `There is no upload ${name}.`);
    }
    return found;
  }
  function set(name: string, over: Partial<Upload>): Promise<Upload> {
    const made = anUpload(name, { ...uploads.get(name), ...over });
    uploads.set(name, made);
    return Promise.resolve(made);
  }
  return {
    list: () => [...uploads.values()],
    get: need,
    put: (name, { streamingLocatorName, enabled }) => set(name, { streamingLocatorName, enabled }),
    update: (name, { enabled }) => set(name, { enabled: enabled ?? need(name).enabled }),
    delete(name) {
      need(name);
      uploads.delete(name);
      return Promise.resolve();
    },
    start: (name) => set(name, { ...need(name), enabled: true }),
    stop: (name) => set(name, { ...need(name), enabled: false, state: 'off' }),
  };
}
