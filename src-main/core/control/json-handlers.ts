import { asset, exportJob, marker } from '../../shared/api/assets.ts';
import { mediaFilter } from '../../shared/api/filters.ts';
import { liveEvent, liveOutput } from '../../shared/api/live-events.ts';
import { destination, streamingLocator } from '../../shared/api/publishing.ts';
import { streamingEndpoint } from '../../shared/api/streaming-endpoints.ts';
import { auditEntry } from '../../shared/api/telemetry.ts';
import { track } from '../../shared/api/tracks.ts';
import { upload } from '../../shared/api/uploads.ts';
import { viewerSession } from '../../shared/api/viewers.ts';
import { webhook } from '../../shared/api/webhooks.ts';
import { parseIsoDuration } from '../../shared/iso-duration.ts';
import type { Services } from '../ports/services.ts';
import type { JsonHandlers } from './call.ts';
import { createDeviceHandlers } from './device-handlers.ts';
import type { EndpointHistory } from './endpoint-history.ts';
import { type ListKind, listPage } from './list-page.ts';
import { createMomentHandlers } from './moment-handlers.ts';
import { fieldsOf } from './odata-fields.ts';
import { openApiDocument } from './openapi.ts';
import { createOutsideHandlers } from './outside-handlers.ts';
import { createPreflightHandlers } from './preflight-handlers.ts';
import { createProtectionHandlers } from './protection-handlers.ts';
import { API_PREFIX } from './routing.ts';
import { createSceneHandlers } from './scene-handlers.ts';
import { createSoundHandlers } from './sound-handlers.ts';
import { createThumbnailHandlers } from './thumbnail-handlers.ts';
import type { Programs } from './v2/programs.ts';
import type { TelemetryRows } from './v2/telemetry-rows.ts';
import { createV2Handlers } from './v2/v2-handlers.ts';

const LISTS = {
  liveEvents: { fields: fieldsOf(liveEvent), defaultOrder: 'name' },
  liveOutputs: { fields: fieldsOf(liveOutput), defaultOrder: 'name' },
  assets: { fields: fieldsOf(asset), defaultOrder: 'created desc' },
  locators: { fields: fieldsOf(streamingLocator), defaultOrder: 'name' },
  endpoints: { fields: fieldsOf(streamingEndpoint), defaultOrder: 'name' },
  viewers: { fields: fieldsOf(viewerSession), defaultOrder: 'id', key: 'id' },
  destinations: { fields: fieldsOf(destination), defaultOrder: 'name' },
  uploads: { fields: fieldsOf(upload), defaultOrder: 'name' },
  webhooks: { fields: fieldsOf(webhook), defaultOrder: 'name' },
  filters: { fields: fieldsOf(mediaFilter), defaultOrder: 'name' },
  tracks: { fields: fieldsOf(track), defaultOrder: 'kind desc,bitrate desc', key: 'name' },
  markers: { fields: fieldsOf(marker), defaultOrder: 'time', key: 'id' },
  exports: { fields: fieldsOf(exportJob), defaultOrder: 'created desc', key: 'id' },
  auditLog: { fields: fieldsOf(auditEntry), defaultOrder: 'id desc', key: 'id' },
} as const satisfies Record<string, ListKind>;

/** The calls that answer at once: translate, delegate, nothing else. */
export function createJsonHandlers(
  services: Services,
  options: {
    readonly version: string;
    readonly programs: Programs;
    readonly telemetry: TelemetryRows;
    readonly endpointHistory: EndpointHistory;
  },
): JsonHandlers {
  const { liveEvents, assets, tracks, exports, locators, endpoints, destinations, webhooks } = services;
  const { studio, settings, operations, audit, filters, uploads, certificates } = services;
  const settingsAnswer = () => ({ settings: settings.get(), restartNeeded: [...settings.restartNeeded()] });
  // The same for every caller, and not made before somebody asks.
  let openApi: unknown;

  return {
    listLiveEvents: ({ query, url }) => listPage(liveEvents.list(), query, LISTS.liveEvents, url),
    getLiveEvent: ({ params }) => liveEvents.get(params.name),
    patchLiveEvent: ({ params, body }) => liveEvents.update(params.name, body),
    getLiveEventStatus: ({ params }) => liveEvents.status(params.name),
    postGetStatus: ({ params }) => liveEvents.status(params.name),
    getStreamEvents: ({ params }) => ({ value: [...liveEvents.streamEvents(params.name)] }),
    postGetStreamEvents: ({ params }) => ({ value: [...liveEvents.streamEvents(params.name)] }),
    getTrackIngestHeartbeats: ({ params }) => ({ value: [...liveEvents.heartbeats(params.name)] }),
    postGetTrackIngestHeartbeats: ({ params }) => ({ value: [...liveEvents.heartbeats(params.name)] }),
    showSlate: async ({ params, body }) => {
      await liveEvents.showSlate(params.name, body);
      return undefined;
    },
    hideSlate: async ({ params }) => {
      await liveEvents.hideSlate(params.name);
      return undefined;
    },
    startAdvertisement: async ({ params, body }) => {
      await liveEvents.startAdvertisement(params.name, body);
      return undefined;
    },
    endAdvertisement: async ({ params, body }) => {
      await liveEvents.endAdvertisement(params.name, body);
      return undefined;
    },
    listLiveOutputs: ({ params, query, url }) =>
      listPage(liveEvents.listOutputs(params.name), query, LISTS.liveOutputs, url),
    getLiveOutput: ({ params }) => liveEvents.getOutput(params.name, params.output),

    listAssets: ({ query, url }) => listPage(assets.list(), query, LISTS.assets, url),
    putAsset: ({ params, body }) => assets.create(params.name, body),
    getAsset: ({ params }) => assets.get(params.name),
    patchAsset: ({ params, body }) => assets.update(params.name, body),
    deleteAsset: async ({ params }) => {
      await assets.delete(params.name);
      return undefined;
    },
    listTracks: async ({ params, query, url }) =>
      listPage(await tracks.list(params.name), query, LISTS.tracks, url),
    getTrack: ({ params }) => tracks.get(params.name, params.track),
    patchTrack: ({ params, body }) => tracks.update(params.name, params.track, body),
    deleteTrack: async ({ params }) => {
      await tracks.remove(params.name, params.track);
      return undefined;
    },
    ...createThumbnailHandlers(services),
    getCertificate: ({ params }) => certificates.of(params.name),
    createCertificate: ({ params }) => certificates.start(params.name),
    listMarkers: ({ params, query, url }) => listPage(assets.markers(params.name), query, LISTS.markers, url),
    listExports: ({ params, query, url }) => listPage(exports.list(params.name), query, LISTS.exports, url),
    createExport: async ({ params, body, answerHeaders }) => {
      const job = await exports.create(params.name, body);
      answerHeaders.set('Location', `${API_PREFIX}/assets/${encodeURIComponent(params.name)}/exports/${job.id}`);
      return job;
    },
    planExport: ({ params, body }) => exports.plan(params.name, body),
    listKeyFrames: ({ params, query }) => exports.keyFrames(params.name, query),
    getExport: ({ params }) => exports.get(params.name, params.id),
    cancelExport: async ({ params }) => {
      await exports.cancel(params.name, params.id);
      return undefined;
    },

    listLocators: ({ query, url }) => listPage(locators.list(), query, LISTS.locators, url),
    putLocator: ({ params, body }) => locators.create(params.name, body),
    getLocator: ({ params }) => locators.get(params.name),
    deleteLocator: async ({ params }) => {
      await locators.delete(params.name);
      return undefined;
    },
    listPaths: ({ params }) => locators.paths(params.name),
    ...createProtectionHandlers(services),
    listEndpoints: ({ query, url }) => listPage(endpoints.list(), query, LISTS.endpoints, url),
    getEndpoint: ({ params }) => endpoints.get(params.name),
    patchEndpoint: ({ params, body }) => endpoints.update(params.name, body),
    getEndpointMetrics: ({ params }) => ({
      value: [...options.endpointHistory.of(endpoints.get(params.name).name)],
    }),
    listViewers: ({ params, query, url }) => listPage(endpoints.viewers(params.name), query, LISTS.viewers, url),

    listDestinations: ({ query, url }) => listPage(destinations.list(), query, LISTS.destinations, url),
    putDestination: ({ params, body }) => destinations.put(params.name, body),
    getDestination: ({ params }) => destinations.get(params.name),
    patchDestination: ({ params, body }) => destinations.update(params.name, body),
    deleteDestination: async ({ params }) => {
      await destinations.delete(params.name);
      return undefined;
    },
    startDestination: ({ params }) => destinations.start(params.name),
    stopDestination: ({ params }) => destinations.stop(params.name),

    listUploads: ({ query, url }) => listPage(uploads.list(), query, LISTS.uploads, url),
    putUpload: ({ params, body }) => uploads.put(params.name, body),
    getUpload: ({ params }) => uploads.get(params.name),
    patchUpload: ({ params, body }) => uploads.update(params.name, body),
    deleteUpload: async ({ params }) => {
      await uploads.delete(params.name);
      return undefined;
    },
    startUpload: ({ params }) => uploads.start(params.name),
    stopUpload: ({ params }) => uploads.stop(params.name),

    listAccountFilters: ({ query, url }) => listPage(filters.account().list(), query, LISTS.filters, url),
    putAccountFilter: ({ params, body }) => filters.account().put(params.name, body),
    getAccountFilter: ({ params }) => filters.account().get(params.name),
    deleteAccountFilter({ params }) {
      filters.account().delete(params.name);
      return undefined;
    },
    listAssetFilters: ({ params, query, url }) =>
      listPage(filters.ofAsset(params.name).list(), query, LISTS.filters, url),
    putAssetFilter: ({ params, body }) => filters.ofAsset(params.name).put(params.filter, body),
    getAssetFilter: ({ params }) => filters.ofAsset(params.name).get(params.filter),
    deleteAssetFilter({ params }) {
      filters.ofAsset(params.name).delete(params.filter);
      return undefined;
    },
    listWebhooks: ({ query, url }) => listPage(webhooks.list(), query, LISTS.webhooks, url),
    putWebhook: ({ params, body }) => webhooks.put(params.name, body),
    getWebhook: ({ params }) => webhooks.get(params.name),
    patchWebhook: ({ params, body }) => webhooks.update(params.name, body),
    deleteWebhook: async ({ params }) => {
      await webhooks.delete(params.name);
      return undefined;
    },

    getStudio: () => studio.state(),
    patchStudio: ({ body }) => studio.patch(body),
    ...createDeviceHandlers(services),
    putSources: ({ body }) => studio.setSources(body.sources),
    putScene: ({ body }) => studio.setScene(body),
    ...createSceneHandlers(services),
    ...createSoundHandlers(services),
    putLadder: ({ body }) => studio.setLadder(body),
    measureLadder: () => studio.measureLadder(),
    rehearse: ({ body }) => studio.rehearse(body ?? {}),
    goLive: ({ body }) => studio.goLive(body ?? {}),
    endLive: ({ body }) => studio.end({ now: body?.now ?? false }),
    undoEnd: () => studio.undoEnd(),
    createMarker: ({ body }) => studio.mark(body?.label ?? ''),
    ...createMomentHandlers(services),

    ...createOutsideHandlers(services),

    getSettings: settingsAnswer,
    patchSettings: async ({ body }) => {
      await settings.patch(body);
      return settingsAnswer();
    },
    listAuditLog: ({ query, url }) => listPage(audit.list(), query, LISTS.auditLog, url),
    getOperation: ({ params, query }) =>
      operations.wait(params.id, (parseIsoDuration(query.wait ?? '') ?? 0) * 1000),
    getOpenApi: () => (openApi ??= openApiDocument(options.version)),

    ...createPreflightHandlers(services),
    ...createV2Handlers(services, options.programs, options.telemetry),
  };
}
