import type { AirVerdict } from '../../src-main/shared/api/proof-of-air.ts';
import type { StudioPhase } from '../../src-main/shared/api/studio.ts';
import { outside as outsideDe } from '../i18n/de/outside.ts';
import { studio as studioDe } from '../i18n/de/studio.ts';
import { outside as outsideEn } from '../i18n/en/outside.ts';
import { studio as studioEn } from '../i18n/en/studio.ts';

/** What the remote says, in the language of the phone. The words of the studio are the studio's. */
export type Words = {
  readonly phase: Readonly<Record<StudioPhase, string>>;
  readonly health: Readonly<Record<'good' | 'fair' | 'poor', string>>;
  readonly trouble: (code: string, subject: string, detail: string) => string;
  readonly pair: {
    readonly title: string;
    readonly text: string;
    readonly code: string;
    readonly name: string;
    readonly button: string;
    readonly busy: string;
    readonly refused: string;
  };
  readonly out: string;
  readonly lost: string;
  readonly loading: string;
  readonly viewers: (count: number) => string;
  readonly sound: string;
  readonly mute: (label: string) => string;
  readonly unmute: (label: string) => string;
  readonly scenes: string;
  readonly slate: string;
  readonly destinations: string;
  readonly retry: (name: string) => string;
  readonly destination: Readonly<Record<string, string>>;
  readonly air: Readonly<Record<AirVerdict, string>>;
  readonly behind: (seconds: number) => string;
  readonly mark: string;
  readonly marked: string;
  readonly panic: string;
  readonly panicOff: string;
  readonly end: string;
  readonly hold: string;
  readonly undo: (seconds: number) => string;
  readonly picture: string;
  readonly showPicture: string;
  readonly hidePicture: string;
  readonly noPicture: string;
  readonly openPicture: string;
  readonly device: (name: string) => string;
  readonly failed: string;
};

function troubleIn(reasons: object): Words['trouble'] {
  return (code, subject, detail) => {
    const reason: unknown = Reflect.get(reasons, code);
    const title: unknown =
      typeof reason === 'object' && reason !== null ? Reflect.get(reason, 'title') : undefined;
    return typeof title === 'string' ? title.replaceAll('{{subject}}', subject) : detail;
  };
}

const en: Words = {
  phase: studioEn.phase,
  health: studioEn.health,
  trouble: troubleIn(studioEn.reason),
  pair: {
    title: 'Use this phone as a remote',
    text: 'Type the code that the studio shows, or scan its picture again.',
    code: 'Code',
    name: 'Name of this device',
    button: 'Connect',
    busy: 'Connecting …',
    refused: 'This code is not good any more. Ask for a new one in the studio.',
  },
  out: 'This device is not let in any more. Ask for a new code in the studio.',
  lost: 'No connection to the studio. Trying again …',
  loading: 'One moment …',
  viewers: (count) => `${count} ${count === 1 ? 'viewer' : 'viewers'}`,
  sound: 'Sound',
  mute: (label) => `Mute ${label}`,
  unmute: (label) => `Unmute ${label}`,
  scenes: 'What is shown',
  slate: 'Slate',
  destinations: 'Where it goes',
  retry: (name) => `Try ${name} now`,
  destination: studioEn.destinations.state,
  air: outsideEn.air.short,
  behind: (seconds) => `Viewers see you, ${seconds.toFixed(1)} s behind`,
  mark: 'Mark',
  marked: 'Marked',
  panic: 'Panic',
  panicOff: 'End panic',
  end: 'Hold to end',
  hold: 'Keep it pressed',
  undo: (seconds) => `Undo (${seconds} s)`,
  picture: 'What viewers see',
  showPicture: 'Show what viewers see',
  hidePicture: 'Hide it',
  noPicture: 'The picture appears here while it is live and shared on this network.',
  openPicture: 'Open the page for viewers',
  device: (name) => `This device: ${name}`,
  failed: 'That did not work.',
};

const de: Words = {
  phase: studioDe.phase,
  health: studioDe.health,
  trouble: troubleIn(studioDe.reason),
  pair: {
    title: 'Dieses Telefon als Fernbedienung',
    text: 'Geben Sie den Code ein, den das Studio zeigt, oder scannen Sie das Bild noch einmal.',
    code: 'Code',
    name: 'Name dieses Geräts',
    button: 'Verbinden',
    busy: 'Wird verbunden …',
    refused: 'Dieser Code gilt nicht mehr. Lassen Sie sich im Studio einen neuen geben.',
  },
  out: 'Dieses Gerät wird nicht mehr eingelassen. Lassen Sie sich im Studio einen neuen Code geben.',
  lost: 'Keine Verbindung zum Studio. Es wird weiter versucht …',
  loading: 'Einen Moment …',
  viewers: (count) => `${count} ${count === 1 ? 'Zuschauer' : 'Zuschauer'}`,
  sound: 'Ton',
  mute: (label) => `${label} stummschalten`,
  unmute: (label) => `${label} wieder einschalten`,
  scenes: 'Was gezeigt wird',
  slate: 'Standbild',
  destinations: 'Wohin es geht',
  retry: (name) => `${name} jetzt versuchen`,
  destination: studioDe.destinations.state,
  air: outsideDe.air.short,
  behind: (seconds) => `Zuschauer sehen Sie, ${seconds.toFixed(1).replace('.', ',')} s später`,
  mark: 'Marke setzen',
  marked: 'Marke gesetzt',
  panic: 'Panik',
  panicOff: 'Panik beenden',
  end: 'Halten zum Beenden',
  hold: 'Gedrückt halten',
  undo: (seconds) => `Zurücknehmen (${seconds} s)`,
  picture: 'Was Zuschauer sehen',
  showPicture: 'Zeigen, was Zuschauer sehen',
  hidePicture: 'Ausblenden',
  noPicture: 'Hier erscheint das Bild, solange live gesendet und in diesem Netz geteilt wird.',
  openPicture: 'Seite für Zuschauer öffnen',
  device: (name) => `Dieses Gerät: ${name}`,
  failed: 'Das hat nicht geklappt.',
};

/** By the languages that the phone prefers, English when none is ours. */
export function wordsFor(languages: readonly string[]): { readonly language: 'en' | 'de'; readonly words: Words } {
  const first = languages
    .map((language) => language.toLowerCase().split('-')[0])
    .find((main) => main === 'de' || main === 'en');
  return first === 'de' ? { language: 'de', words: de } : { language: 'en', words: en };
}
