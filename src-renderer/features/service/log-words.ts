import type { TFunction } from 'i18next';
import { z } from 'zod';
import { problem as problemSchema } from '../../../src-main/shared/api/common.ts';
import { qualityChange, type ServiceEvent } from '../../../src-main/shared/api/events.ts';
import { ERROR_CODES, isErrorCode } from '../../../src-main/shared/error-codes.ts';
import { problemText } from '../../i18n/problem-text.ts';

/** Ends of a connection that are no errors, and so have no words among them. */
const ENDS = [
  'S_OK',
  'MPE_CLIENT_TERMINATED_SESSION',
  'MPE_CLIENT_DISCONNECTED',
  'MPI_REST_API_CHANNEL_RESET',
  'MPI_REST_API_CHANNEL_STOP',
  'MPI_STREAM_HIT_EOF',
] as const;

/** A result code in words; one that is newer than this page stays as it is. */
export function codeWords(t: TFunction, code: string | undefined): string {
  const end = ENDS.find((candidate) => candidate === code);
  if (end !== undefined) {
    return t(`service.end.${end}`);
  }
  if (code === undefined || !isErrorCode(code)) {
    return code ?? t('service.end.unknown');
  }
  return t(`problems.${code}.title`, { defaultValue: ERROR_CODES[code].title });
}

const text = z.union([z.string(), z.number()]).transform(String);

/** What the sentences about events are filled in with. */
const facts = z
  .object({
    streamId: text,
    ingestUrl: text,
    encoderIp: text,
    resultCode: text,
    latencyResultCode: text,
    trackName: text,
    bitrate: z.number(),
    incomingBitrate: z.number(),
    discontinuityGap: text,
    timescale: text,
    channelLatencyMs: text,
    resourceState: text,
    state: text,
    action: text,
    status: text,
    code: text,
    detail: text,
    title: text,
  })
  .partial();

/** What an event says, as a sentence. */
export function eventWords(
  t: TFunction,
  event: ServiceEvent,
  format: {
    readonly bitrate: (bitsPerSecond: number) => string;
    readonly decimal: (value: number, digits: number) => string;
  },
): string {
  const parsed = facts.safeParse(event.data);
  const data = parsed.data ?? {};
  const rate = (value: number | undefined): string => (value === undefined ? '–' : format.bitrate(value));
  const gap = secondsOf(data.discontinuityGap, data.timescale);
  const type = event.eventType.replace(/^(?:Microsoft\.Media|Lectern)\./, '');
  return t(`service.log.words.${type}`, {
    defaultValue: type,
    stream: data.streamId ?? '–',
    address: data.encoderIp ?? '–',
    reason: codeWords(t, data.resultCode ?? data.latencyResultCode ?? data.code),
    track: data.trackName ?? '–',
    bitrate: rate(data.bitrate),
    incoming: rate(data.incomingBitrate),
    gap: gap === undefined ? '–' : format.decimal(gap, 1),
    latency: data.channelLatencyMs ?? '–',
    state: stateWords(t, event, data.resourceState ?? data.state),
    action: data.action ?? '–',
    status: data.status ?? '–',
    detail: problemWords(t, event.data) ?? data.detail ?? data.title ?? '',
    quality: type === 'QualityChanged' ? qualityWords(t, event.data) : '',
  });
}

function problemWords(t: TFunction, data: unknown): string | undefined {
  const problem = problemSchema.safeParse(data).data;
  return problem && problemText(t, problem).text;
}

function qualityWords(t: TFunction, data: unknown): string {
  const change = qualityChange.safeParse(data).data;
  switch (change?.cause) {
    case 'computer':
      return t(`service.quality.${change.step}.${change.direction}`, { layers: change.layers.join(', ') });
    case 'network':
      return t(`service.quality.network.${change.direction}`, {
        destination: change.destination,
        quality: change.quality,
      });
    case undefined:
      return '–';
  }
}

/** Seconds of a gap that is told in ticks. */
function secondsOf(ticks: string | undefined, timescale: string | undefined): number | undefined {
  const seconds = Number(ticks) / Number(timescale);
  return Number.isFinite(seconds) ? seconds : undefined;
}

function stateWords(t: TFunction, { eventType }: ServiceEvent, state: string | undefined): string {
  switch (eventType) {
    case 'Lectern.LiveEventChanged':
      return t(`service.state.${state ?? ''}`, { defaultValue: state ?? '–' });
    case 'Lectern.LiveOutputChanged':
      return t(`service.outputState.${state ?? ''}`, { defaultValue: state ?? '–' });
    case 'Lectern.EndpointChanged':
      return t(`service.endpointState.${state ?? ''}`, { defaultValue: state ?? '–' });
    case 'Lectern.UploadChanged':
      return t(`service.uploadState.${state ?? ''}`, { defaultValue: state ?? '–' });
    case 'Lectern.WebhookChanged':
      return t(`service.webhookState.${state ?? ''}`, { defaultValue: state ?? '–' });
    case 'Lectern.DestinationChanged':
      return t(`studio.destinations.state.${state ?? ''}`, { defaultValue: state ?? '–' });
    case 'Lectern.AssetChanged':
      return t(`archive.state.${state ?? ''}`, { defaultValue: state ?? '–' });
    default:
      return state ?? '–';
  }
}
