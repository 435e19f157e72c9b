import type { ErrorCode } from '../../../src-main/shared/error-codes.ts';
import type { Words } from './words.ts';

/** Of who looks and helps from outside: proofs of air, and remotes. */
export const OUTSIDE_PROBLEMS = {
  'air/not-seen': {
    title: 'Zuschauer bekommen den Stream dort nicht',
    text: 'Lectern sendet weiter und nimmt weiter auf. Sehen Sie beim Dienst nach, oder prüfen Sie die Adresse.',
  },
  'browser/unknown-link': {
    title: 'Der Link lässt niemanden ein',
    text: 'Er gilt nicht oder nicht mehr. Lassen Sie sich im Studio einen neuen geben.',
  },
  'browser/replaced': {
    title: 'Eine andere Seite schickt an seiner Stelle',
    text: 'Von hier wird nichts mehr geschickt.',
  },
  'browser/no-stream': {
    title: 'Diesen Stream gibt es nicht mehr',
    text: 'Die Seite beginnt von selbst einen neuen.',
  },
  'browser/bad-stream': {
    title: 'Der Stream ist falsch beschrieben',
    text: 'Es wurde nichts geändert.',
  },
  'browser/bad-piece': {
    title: 'Ein Stück der Aufnahme stimmt nicht',
    text: 'Es wurde ausgelassen.',
  },
  'remote/off': {
    title: 'Die Fernbedienung ist ausgeschaltet',
    text: 'Schalten Sie sie zuerst in den Einstellungen ein.',
  },
  'remote/pairing-refused': {
    title: 'Der Code lässt kein Gerät ein',
    text: 'Er gilt nicht oder nicht mehr. Lassen Sie sich im Studio einen neuen geben.',
  },
  'remote/unknown-device': {
    title: 'Das Gerät wird nicht eingelassen',
    text: 'Koppeln Sie es im Studio.',
  },
  'remote/no-such-action': {
    title: 'Das geht gerade nicht',
    text: 'Es wurde nichts geändert.',
  },
  'remote/slow-down': {
    title: 'Das kam zu oft',
    text: 'Warten Sie einen Moment.',
  },
} as const satisfies Partial<Record<ErrorCode, Words>>;
