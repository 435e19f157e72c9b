import type { ErrorCode } from '../../../src-main/shared/error-codes.ts';
import type { Words } from './words.ts';

/** What addresses of streams (spec 5.5) and of their keys are answered with. */
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
  'storyboard/busy': {
    title: 'Gerade werden keine Vorschaubilder gemacht',
    text: 'Der Computer hat genug zu tun. Es wird von selbst erneut versucht.',
  },
  'storyboard/not-made': {
    title: 'Die Vorschaubilder können nicht gemacht werden',
    text: 'Der Strom und die Aufnahme sind davon nicht betroffen.',
  },
  'origin/misdirected': {
    title: 'Dieser Name gehört zu einem anderen Streaming-Endpunkt',
    text: 'Nehmen Sie den Namen des Endpunkts, zu dem Sie wollen.',
  },
  'origin/signature-missing': {
    title: 'Die Anfrage ist nicht unterschrieben',
    text: 'Dieser Streaming-Endpunkt antwortet nur einem CDN, das seine Anfragen unterschreibt.',
  },
  'origin/signature-invalid': {
    title: 'Die Unterschrift der Anfrage stimmt nicht',
    text: 'Bezeichner und Schlüssel müssen im CDN und im Streaming-Endpunkt dieselben sein.',
  },
  'origin/signature-expired': {
    title: 'Die Unterschrift gilt nicht mehr',
    text: 'Der Schlüssel ist abgelaufen, oder die Uhren gehen verschieden.',
  },
  'origin/certificate': {
    title: 'Das Zertifikat lässt sich nicht benutzen',
    text: 'Es wurde nichts geändert. Zertifikat und Schlüssel müssen PEM sein und zueinander gehören.',
  },
  'origin/certificate-expired': {
    title: 'Das Zertifikat ist jetzt nicht gültig',
    text: 'Zuschauer mit TLS werden gewarnt oder abgewiesen. Geben Sie dem Streaming-Endpunkt ein neues.',
  },
  'origin/stopped': {
    title: 'Der Streaming-Endpunkt ist angehalten',
    text: 'Starten Sie ihn im Bereich „Dienst“. Die Aufnahme läuft weiter.',
  },
  'keys/not-found': {
    title: 'Diesen Schlüssel gibt es nicht',
    text: 'Vielleicht wurde zurückgezogen, wofür er ist, oder es ist nicht seine Zeit.',
  },
  'keys/token-missing': {
    title: 'Den Schlüssel gibt es nur für ein Token',
    text: 'Öffnen Sie den Link, den Sie bekommen haben, ganz.',
  },
  'keys/token-invalid': {
    title: 'Das Token stimmt nicht',
    text: 'Holen Sie dort ein neues, wo dieses her ist.',
  },
  'keys/token-expired': {
    title: 'Das Token ist abgelaufen',
    text: 'Holen Sie dort ein neues, wo dieses her ist. Die Uhren beider Rechner müssen stimmen.',
  },
  'keys/token-used-up': {
    title: 'Das Token ist aufgebraucht',
    text: 'Es wurde so oft benutzt, wie es darf. Holen Sie ein neues.',
  },
  'keys/not-given-out': {
    title: 'Diesen Schlüssel gibt es hier nicht',
    text: 'Seine Richtlinie hat keine Option ClearKey. Lizenzen für DRM kommen von deren Anbietern.',
  },
  'keys/address-denied': {
    title: 'Diese Adresse bekommt keine Schlüssel',
    text: 'Sie steht nicht auf der Liste in den Einstellungen.',
  },
  'keys/issuer-unreachable': {
    title: 'Der Aussteller der Token ist nicht zu erreichen',
    text: 'Seine Schlüssel konnten nicht gelesen werden. Versuchen Sie es noch einmal.',
  },
} as const satisfies Partial<Record<ErrorCode, Words>>;
