import { z } from 'zod';
import { asset, assetCreate, exportCreate, exportJob, marker } from './assets.ts';
import { BROWSER_SOURCE_ROUTES } from './browser-source.ts';
import { CERTIFICATE_ROUTES } from './certificates.ts';
import { listOf, listQuery, operation, waitQuery } from './common.ts';
import { DEVICE_ROUTES } from './device-routes.ts';
import { ENDPOINT_METRICS_ROUTES } from './endpoint-metrics.ts';
import { ENDPOINT_ROUTES } from './endpoint-routes.ts';
import { EXPORT_PLAN_ROUTES } from './export-plans.ts';
import { filterContent, mediaFilter } from './filters.ts';
import { FIRE_DRILL_ROUTES } from './fire-drill.ts';
import { LIVE_ROUTES } from './live-routes.ts';
import { MOMENT_ROUTES } from './moment-routes.ts';
import { PREFLIGHT_ROUTES } from './preflight.ts';
import { PROOF_ROUTES } from './proof-of-air.ts';
import { PROTECTION_ROUTES } from './protection-routes.ts';
import {
  destination,
  destinationCreate,
  destinationPatch,
  locatorPaths,
  streamingLocator,
  streamingLocatorCreate,
} from './publishing.ts';
import { REMOTE_ROUTES } from './remote-routes.ts';
import { none, type Route } from './route.ts';
import { SCENE_ROUTES } from './scene-routes.ts';
import { settingsAnswer, settingsPatch } from './settings.ts';
import { SOUND_ROUTES } from './sound-routes.ts';
import { STUDIO_ROUTES } from './studio-routes.ts';
import { auditEntry } from './telemetry.ts';
import { THUMBNAIL_ROUTES } from './thumbnails.ts';
import { track, trackPatch, trackUpload } from './tracks.ts';
import { UPLOAD_ROUTES } from './upload-routes.ts';
import { V2_ROUTES } from './v2-routes.ts';
import { VIEWER_ROUTES } from './viewer-routes.ts';
import { webhook, webhookCreate, webhookPatch } from './webhooks.ts';

/**
 * The control API as one table: the router, the validation, the OpenAPI document and the typed client of the page are all made from it, so
 * that they cannot disagree.
 */
export const ROUTES = {
  ...LIVE_ROUTES,

  // Assets
  listAssets: {
    method: 'GET',
    path: '/assets',
    summary: 'Assets, newest first unless `$orderby` says otherwise; `search=` looks in titles and tags.',
    query: listQuery,
    response: listOf(asset),
  },
  putAsset: {
    method: 'PUT',
    path: '/assets/{name}',
    summary: 'Creates an asset.',
    body: assetCreate,
    response: asset,
  },
  getAsset: { method: 'GET', path: '/assets/{name}', summary: 'One asset.', response: asset },
  patchAsset: {
    method: 'PATCH',
    path: '/assets/{name}',
    summary: 'Changes title, description and tags.',
    body: assetCreate,
    response: asset,
  },
  deleteAsset: {
    method: 'DELETE',
    path: '/assets/{name}',
    summary: 'Deletes the asset, its media and its locators; refused while a live output writes it.',
  },
  listTracks: {
    method: 'GET',
    path: '/assets/{name}/tracks',
    summary: 'Its tracks: those that were recorded, and those that were added.',
    query: listQuery,
    response: listOf(track),
  },
  putTrack: {
    method: 'PUT',
    path: '/assets/{name}/tracks/{track}',
    summary:
      'Adds the body to a finished recording: WebVTT or TTML (up to 10 MB), or AAC as MP4, M4A or ADTS. Times count from its beginning.',
    query: trackUpload,
    response: track,
    kind: 'stream',
    takes: 'application/octet-stream',
    status: 201,
  },
  getTrack: {
    method: 'GET',
    path: '/assets/{name}/tracks/{track}',
    summary: 'One track.',
    response: track,
  },
  patchTrack: {
    method: 'PATCH',
    path: '/assets/{name}/tracks/{track}',
    summary: 'Changes how an added track is shown to players.',
    body: trackPatch,
    response: track,
  },
  deleteTrack: {
    method: 'DELETE',
    path: '/assets/{name}/tracks/{track}',
    summary: 'Removes an added track and its file.',
  },
  listMarkers: {
    method: 'GET',
    path: '/assets/{name}/markers',
    summary: 'Its markers.',
    query: listQuery,
    response: listOf(marker),
  },
  getPoster: {
    method: 'GET',
    path: '/assets/{name}/poster',
    summary: 'A JPEG of a picture near its beginning.',
    kind: 'stream',
  },
  ...THUMBNAIL_ROUTES,
  putSlate: {
    method: 'PUT',
    path: '/assets/{name}/slate',
    summary:
      'Makes a JPEG of at most 1920x1080 and 3 MB, the body, the one file of an asset: a slate for encoding events.',
    kind: 'stream',
    takes: 'image/jpeg',
    status: 204,
  },
  listExports: {
    method: 'GET',
    path: '/assets/{name}/exports',
    summary: 'Its exports, newest first.',
    query: listQuery,
    response: listOf(exportJob),
  },
  createExport: {
    method: 'POST',
    path: '/assets/{name}/exports',
    summary: 'Starts to write a file.',
    body: exportCreate,
    response: exportJob,
    status: 202,
  },
  getExport: {
    method: 'GET',
    path: '/assets/{name}/exports/{id}',
    summary: 'Progress and result of an export.',
    response: exportJob,
  },
  cancelExport: {
    method: 'DELETE',
    path: '/assets/{name}/exports/{id}',
    summary: 'Cancels it, or forgets it when it has ended. A finished file outside the data folder stays.',
  },
  getExportFile: {
    method: 'GET',
    path: '/assets/{name}/exports/{id}/file',
    summary: 'The finished file, with ranges.',
    kind: 'stream',
  },

  // Publishing
  listLocators: {
    method: 'GET',
    path: '/streamingLocators',
    summary: 'Streaming locators.',
    query: listQuery,
    response: listOf(streamingLocator),
  },
  putLocator: {
    method: 'PUT',
    path: '/streamingLocators/{name}',
    summary: 'Publishes an asset. Locators cannot be changed afterwards.',
    body: streamingLocatorCreate,
    response: streamingLocator,
    status: 201,
  },
  getLocator: {
    method: 'GET',
    path: '/streamingLocators/{name}',
    summary: 'One locator.',
    response: streamingLocator,
  },
  deleteLocator: { method: 'DELETE', path: '/streamingLocators/{name}', summary: 'Un-publishes.' },
  listPaths: {
    method: 'POST',
    path: '/streamingLocators/{name}/listPaths',
    summary: 'The paths it can be played at.',
    body: none,
    reads: true,
    response: locatorPaths,
  },
  ...PROTECTION_ROUTES,

  // Filters
  listAccountFilters: {
    method: 'GET',
    path: '/accountFilters',
    summary: 'Filters of all assets.',
    query: listQuery,
    response: listOf(mediaFilter),
  },
  putAccountFilter: {
    method: 'PUT',
    path: '/accountFilters/{name}',
    summary: 'Makes or replaces a filter.',
    body: filterContent,
    response: mediaFilter,
  },
  getAccountFilter: {
    method: 'GET',
    path: '/accountFilters/{name}',
    summary: 'One filter.',
    response: mediaFilter,
  },
  deleteAccountFilter: {
    method: 'DELETE',
    path: '/accountFilters/{name}',
    summary: 'Deletes a filter.',
  },
  listAssetFilters: {
    method: 'GET',
    path: '/assets/{name}/assetFilters',
    summary: 'Filters of one asset; one of the same name goes before that of all.',
    query: listQuery,
    response: listOf(mediaFilter),
  },
  putAssetFilter: {
    method: 'PUT',
    path: '/assets/{name}/assetFilters/{filter}',
    summary: 'Makes or replaces a filter.',
    body: filterContent,
    response: mediaFilter,
  },
  getAssetFilter: {
    method: 'GET',
    path: '/assets/{name}/assetFilters/{filter}',
    summary: 'One filter.',
    response: mediaFilter,
  },
  deleteAssetFilter: {
    method: 'DELETE',
    path: '/assets/{name}/assetFilters/{filter}',
    summary: 'Deletes a filter.',
  },

  ...ENDPOINT_ROUTES,
  ...ENDPOINT_METRICS_ROUTES,

  ...VIEWER_ROUTES,

  // Destinations
  listDestinations: {
    method: 'GET',
    path: '/destinations',
    summary: 'Push destinations and how each is doing.',
    query: listQuery,
    response: listOf(destination),
  },
  putDestination: {
    method: 'PUT',
    path: '/destinations/{name}',
    summary:
      'Adds a destination or replaces its settings. A stream key, also one inside the URL, goes to the key store.',
    body: destinationCreate,
    response: destination,
  },
  getDestination: {
    method: 'GET',
    path: '/destinations/{name}',
    summary: 'One destination.',
    response: destination,
  },
  patchDestination: {
    method: 'PATCH',
    path: '/destinations/{name}',
    summary: 'Changes settings.',
    body: destinationPatch,
    response: destination,
  },
  deleteDestination: {
    method: 'DELETE',
    path: '/destinations/{name}',
    summary: 'Stops it and forgets it and its key.',
  },
  startDestination: {
    method: 'POST',
    path: '/destinations/{name}/start',
    summary: 'Pushes while live; also “retry now”.',
    body: none,
    response: destination,
  },
  stopDestination: {
    method: 'POST',
    path: '/destinations/{name}/stop',
    summary: 'Stops pushing.',
    body: none,
    response: destination,
  },

  ...UPLOAD_ROUTES,
  ...STUDIO_ROUTES,
  ...PREFLIGHT_ROUTES,
  ...FIRE_DRILL_ROUTES,
  ...MOMENT_ROUTES,
  ...EXPORT_PLAN_ROUTES,
  ...CERTIFICATE_ROUTES,
  ...PROOF_ROUTES,
  ...REMOTE_ROUTES,
  ...BROWSER_SOURCE_ROUTES,
  ...DEVICE_ROUTES,
  ...SOUND_ROUTES,
  ...SCENE_ROUTES,

  // Webhooks
  listWebhooks: {
    method: 'GET',
    path: '/webhooks',
    summary: 'Where events are sent to, and how each is doing.',
    query: listQuery,
    response: listOf(webhook),
  },
  putWebhook: {
    method: 'PUT',
    path: '/webhooks/{name}',
    summary: 'Adds a webhook or replaces it. The secret goes to the key store.',
    body: webhookCreate,
    response: webhook,
  },
  getWebhook: { method: 'GET', path: '/webhooks/{name}', summary: 'One webhook.', response: webhook },
  patchWebhook: {
    method: 'PATCH',
    path: '/webhooks/{name}',
    summary: 'Changes a webhook; what waits is kept.',
    body: webhookPatch,
    response: webhook,
  },
  deleteWebhook: { method: 'DELETE', path: '/webhooks/{name}', summary: 'Forgets it, its secret and what waits.' },

  ...V2_ROUTES,

  // Service
  getSettings: { method: 'GET', path: '/settings', summary: 'The settings.', response: settingsAnswer },
  patchSettings: {
    method: 'PATCH',
    path: '/settings',
    summary: 'Changes settings; a bad value changes nothing.',
    body: settingsPatch,
    response: settingsAnswer,
  },
  getEvents: {
    method: 'GET',
    path: '/events',
    summary: 'Server-sent events; `Last-Event-ID` resumes.',
    kind: 'stream',
  },
  listAuditLog: {
    method: 'GET',
    path: '/auditLog',
    summary:
      'Who changed what through this API, newest first unless `$orderby` says otherwise: the last ten thousand.',
    query: listQuery,
    response: listOf(auditEntry),
  },
  getOperation: {
    method: 'GET',
    path: '/operations/{id}',
    summary: 'How a long operation is doing.',
    query: waitQuery,
    response: operation,
  },
  getMetrics: { method: 'GET', path: '/metrics', summary: 'Prometheus text.', kind: 'stream' },
  getOpenApi: { method: 'GET', path: '/openapi.json', summary: 'This API as OpenAPI 3.1.', response: z.unknown() },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof ROUTES;
type Named<N extends RouteName> = (typeof ROUTES)[N];

export type ResponseOf<N extends RouteName> =
  Named<N> extends { readonly response: infer S extends z.ZodType } ? z.output<S> : undefined;
export type BodyOf<N extends RouteName> =
  Named<N> extends { readonly body: infer S extends z.ZodType } ? z.output<S> : undefined;
/** What a caller may send: fields with defaults may be left out. */
export type BodyInputOf<N extends RouteName> =
  Named<N> extends { readonly body: infer S extends z.ZodType } ? z.input<S> : undefined;
export type QueryOf<N extends RouteName> =
  // Nothing to ask: `{}` is what is meant.
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type
  Named<N> extends { readonly query: infer S extends z.ZodType } ? z.output<S> : {};

type ParamNames<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParamNames<Rest>
  : never;
/** The path parameters of a route, as decoded text. */
export type ParamsOf<N extends RouteName> = Readonly<Record<ParamNames<Named<N>['path']>, string>>;
