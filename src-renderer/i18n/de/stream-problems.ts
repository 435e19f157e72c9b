import type { ErrorCode } from '../../../src-main/shared/error-codes.ts';
import type { Words } from './words.ts';

/** What addresses of streams are answered with (spec 5.5). */
export const STREAM_PROBLEMS = {
  MPE_BAD_URL_SYNTAX: { title: 'Das ist keine Streaming-Adresse', text: 'Kopieren Sie den Link noch einmal.' },
  MPE_ENC_ENCRYPTION_NOT_SPECIFIED_IN_URL: {
    title: 'Die Adresse nennt keine Verschlüsselung',
    text: 'Kopieren Sie den Link noch einmal.',
  },
  MPE_ENC_ENCRYPTION_NOT_SET_IN_DELIVERY_POLICY: {
    title: 'So ist der Stream nicht verschlüsselt',
    text: 'Kopieren Sie den Link noch einmal.',
  },
  MPE_ENC_ENCRYPTION_REQUIRED: {
    title: 'Den Stream gibt es nur verschlüsselt',
    text: 'Kopieren Sie den Link noch einmal; darin steht die Art der Verschlüsselung.',
  },
  MPE_OUTPUT_FORMAT_BLOCKED: {
    title: 'Dieses Format ist nicht erlaubt',
    text: 'Veröffentlichen Sie mit einer anderen Regel.',
  },
  MPE_RESOURCE_NOT_FOUND: {
    title: 'Diesen Stream gibt es nicht',
    text: 'Vielleicht wurde der Link zurückgenommen.',
  },
  MPE_EGRESS_TRACK_NOT_FOUND: { title: 'Diese Spur gibt es nicht', text: 'Laden Sie den Stream neu.' },
  MPE_EGRESS_FILTER_NOT_FOUND: {
    title: 'Diesen Filter gibt es nicht',
    text: 'Kopieren Sie den Link noch einmal.',
  },
  MPE_FILTER_FORCE_END_LEFT_EDGE_CROSSED_DVR_WINDOW: {
    title: 'Was der Filter zeigt, ist nicht mehr im Zeitfenster',
    text: 'Nach dem Ende der Sendung kann man es wieder ansehen.',
  },
  MPE_FILTER_REMOVED_ALL_STREAMS: {
    title: 'Die Filter lassen keine Spur übrig',
    text: 'Ändern Sie die Filter oder lassen Sie einen weg.',
  },
  MPE_FILTER_LIVE_BACKOFF_OVER_PRESENTATION_WINDOW: {
    title: 'Die Filter lassen kein Zeitfenster übrig',
    text: 'Der Abstand zum Live-Rand muss kürzer sein als das Zeitfenster.',
  },
  MPE_FILTER_COMPOSITION_FILTER_COUNT_OVER_LIMIT: {
    title: 'Zu viele Filter auf einmal',
    text: 'Eine Adresse kann höchstens drei Filter haben.',
  },
  MPE_FILTER_COMPOSITION_MULTIPLE_FIRST_QUALITY_OPERATOR_NOT_ALLOWED: {
    title: 'Zwei Filter nennen eine erste Qualität',
    text: 'Nur einer der Filter einer Adresse darf eine erste Qualität nennen.',
  },
  MPE_FRAGMENT_TIMESTAMP_NOT_FOUND: {
    title: 'Zu dieser Zeit gibt es nichts',
    text: 'Springen Sie an eine andere Stelle.',
  },
  MPE_FRAGMENT_NOT_READY: { title: 'Dieser Teil ist noch nicht da', text: 'Er kommt gleich.' },
  MPE_STORAGE_INVALID_RANGE: { title: 'So lang ist die Aufnahme nicht', text: 'Laden Sie den Stream neu.' },
  MPE_HLS_SEGMENT_TOO_LARGE: {
    title: 'Die Segmente sind für das Fenster zu lang',
    text: 'Senken Sie fragmentsPerTsSegment oder vergrößern Sie das Fenster.',
  },
  MPE_FORMAT_NOT_SUPPORTED: { title: 'Dieses Format gibt es nicht', text: 'Kopieren Sie den Link noch einmal.' },
  'origin/not-updated': { title: 'Gerade kommt nichts Neues', text: 'Es wird von selbst erneut versucht.' },
  'origin/too-many-held': { title: 'Es warten zu viele Anfragen', text: 'Es wird von selbst erneut versucht.' },
  'origin/busy': { title: 'Es wird gerade zu viel gesendet', text: 'Es wird von selbst erneut versucht.' },
  'origin/address-denied': {
    title: 'Diese Adresse darf das nicht sehen',
    text: 'Nehmen Sie sie in die Liste der Vorschau auf, oder sehen Sie von einem erlaubten Computer zu.',
  },
  'origin/stopped': {
    title: 'Der Streaming-Endpunkt ist angehalten',
    text: 'Starten Sie ihn im Bereich „Dienst“. Die Aufnahme läuft weiter.',
  },
} as const satisfies Partial<Record<ErrorCode, Words>>;
