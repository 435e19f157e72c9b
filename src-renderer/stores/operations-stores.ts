import type { AuditEntry } from '../../src-main/shared/api/telemetry.ts';
import type { Upload, UploadCreate, UploadPatch } from '../../src-main/shared/api/uploads.ts';
import type { Webhook, WebhookCreate, WebhookPatch } from '../../src-main/shared/api/webhooks.ts';
import type { Api } from '../api/client.ts';
import { allPages, createMirror } from './mirror.ts';

/** Of the ten thousand that the service keeps: what a person looks through. */
const MOST_ENTRIES = 200;

/** Who did what. Loaded when it is looked at, then told of. */
export function createAuditStore(api: Api) {
  return createMirror<AuditEntry>({
    load: async () => (await api.call('listAuditLog', { query: { $top: MOST_ENTRIES } })).value,
    keyOf: (entry) => String(entry.id),
  });
}

export function createWebhooksStore(api: Api) {
  const mirror = createMirror<Webhook>({
    load: () => allPages(($skiptoken) => api.call('listWebhooks', { query: { $skiptoken } })),
    keyOf: (webhook) => webhook.name,
  });
  return {
    ...mirror,
    /** These throw, because who asked shows the answer. */
    async add(name: string, body: WebhookCreate): Promise<void> {
      mirror.put(await api.call('putWebhook', { params: { name }, body }));
    },
    async change(name: string, body: WebhookPatch): Promise<void> {
      mirror.put(await api.call('patchWebhook', { params: { name }, body }));
    },
    async delete(name: string): Promise<void> {
      await api.call('deleteWebhook', { params: { name } });
      mirror.remove(name);
    },
  };
}

/** Locators that are mirrored to object storage. */
export function createUploadsStore(api: Api) {
  const mirror = createMirror<Upload>({
    load: () => allPages(($skiptoken) => api.call('listUploads', { query: { $skiptoken } })),
    keyOf: (upload) => upload.name,
  });
  return {
    ...mirror,
    /** These throw, because who asked shows the answer. */
    async add(name: string, body: UploadCreate): Promise<void> {
      mirror.put(await api.call('putUpload', { params: { name }, body }));
    },
    async change(name: string, body: UploadPatch): Promise<void> {
      mirror.put(await api.call('patchUpload', { params: { name }, body }));
    },
    async start(name: string): Promise<void> {
      mirror.put(await api.call('startUpload', { params: { name } }));
    },
    async stop(name: string): Promise<void> {
      mirror.put(await api.call('stopUpload', { params: { name } }));
    },
    async delete(name: string): Promise<void> {
      await api.call('deleteUpload', { params: { name } });
      mirror.remove(name);
    },
  };
}
