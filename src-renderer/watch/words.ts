/** What the page says, in the viewer's language. Few enough words to come with the page. */
export type Words = {
  readonly live: string;
  readonly recording: string;
  readonly soon: string;
  readonly loading: Notice;
  readonly waiting: Notice;
  readonly ended: Notice;
  readonly empty: Notice;
  readonly gone: Notice;
  readonly stopped: Notice;
  readonly unreachable: Notice;
  readonly unplayable: Notice;
  readonly foreign: Notice;
  readonly insecure: Notice;
  readonly keyless: Notice;
  readonly locked: Notice;
  readonly watchAgain: string;
  readonly retryNow: string;
  readonly soundOn: string;
  readonly quality: string;
  readonly automatic: string;
  readonly download: (name: string) => string;
};

type Notice = { readonly title: string; readonly text: string };

const en: Words = {
  live: 'Live',
  recording: 'Recording',
  soon: 'Not started',
  loading: { title: 'One moment', text: 'The stream is being loaded.' },
  waiting: { title: 'It has not started yet', text: 'Stay here: the picture appears by itself when it begins.' },
  ended: { title: 'The broadcast has ended', text: 'You can watch the recording from the beginning.' },
  empty: { title: 'The broadcast has ended', text: 'Nothing was recorded.' },
  gone: {
    title: 'There is nothing at this address',
    text: 'The link may be wrong, withdrawn or not valid yet. This page keeps looking.',
  },
  stopped: {
    title: 'The stream is switched off at the moment',
    text: 'It comes back by itself when it is switched on again.',
  },
  unreachable: {
    title: 'The connection was lost',
    text: 'This page keeps trying and goes on by itself.',
  },
  unplayable: {
    title: 'This browser cannot play the stream',
    text: 'Try a current version of Chrome, Edge, Firefox or Safari.',
  },
  foreign: {
    title: 'This stream does not play on this page',
    text: 'The way it is published or protected is for other players. Ask the person who sent you the link which one to use.',
  },
  insecure: {
    title: 'This stream needs a secure connection',
    text: 'It is protected, and browsers play that only from an address that begins with https. Ask for such a link.',
  },
  keyless: {
    title: 'This browser cannot play the stream',
    text: 'It is protected in a way that Chrome, Edge and Firefox play, on a computer or on Android.',
  },
  locked: {
    title: 'This stream is protected',
    text: 'Open it with the link that you were given. Such links expire: if it does not play, ask for a new one.',
  },
  watchAgain: 'Watch the recording',
  retryNow: 'Try now',
  soundOn: 'Turn the sound on',
  quality: 'Quality',
  automatic: 'Auto',
  download: (name) => `Download ${name}`,
};

const de: Words = {
  live: 'Live',
  recording: 'Aufzeichnung',
  soon: 'Noch nicht begonnen',
  loading: { title: 'Einen Moment', text: 'Der Stream wird geladen.' },
  waiting: {
    title: 'Es hat noch nicht begonnen',
    text: 'Bleiben Sie hier: Das Bild erscheint von selbst, sobald es losgeht.',
  },
  ended: { title: 'Die Sendung ist zu Ende', text: 'Sie können die Aufzeichnung von Anfang an ansehen.' },
  empty: { title: 'Die Sendung ist zu Ende', text: 'Es wurde nichts aufgezeichnet.' },
  gone: {
    title: 'Unter dieser Adresse gibt es nichts',
    text: 'Vielleicht ist der Link falsch, zurückgenommen oder noch nicht gültig. Diese Seite sieht weiter nach.',
  },
  stopped: {
    title: 'Der Stream ist zurzeit abgeschaltet',
    text: 'Er kommt von selbst wieder, sobald er eingeschaltet wird.',
  },
  unreachable: {
    title: 'Die Verbindung ist abgebrochen',
    text: 'Diese Seite versucht es weiter und macht von selbst weiter.',
  },
  unplayable: {
    title: 'Dieser Browser kann den Stream nicht abspielen',
    text: 'Nehmen Sie eine aktuelle Version von Chrome, Edge, Firefox oder Safari.',
  },
  foreign: {
    title: 'Dieser Stream läuft nicht auf dieser Seite',
    text: 'So, wie er veröffentlicht oder geschützt ist, braucht er einen anderen Player. Wer Ihnen den Link geschickt hat, weiß, welchen.',
  },
  insecure: {
    title: 'Dieser Stream braucht eine sichere Verbindung',
    text: 'Er ist geschützt, und Browser spielen so etwas nur von einer Adresse ab, die mit https beginnt. Bitten Sie um einen solchen Link.',
  },
  keyless: {
    title: 'Dieser Browser kann den Stream nicht abspielen',
    text: 'Er ist so geschützt, dass Chrome, Edge und Firefox ihn abspielen, am Computer oder unter Android.',
  },
  locked: {
    title: 'Dieser Stream ist geschützt',
    text: 'Öffnen Sie ihn mit dem Link, den Sie bekommen haben. Solche Links laufen ab: Wenn nichts kommt, bitten Sie um einen neuen.',
  },
  watchAgain: 'Aufzeichnung ansehen',
  retryNow: 'Jetzt versuchen',
  soundOn: 'Ton einschalten',
  quality: 'Qualität',
  automatic: 'Auto',
  download: (name) => `${name} herunterladen`,
};

/** By the languages a viewer prefers, English when none is ours. */
export function wordsFor(languages: readonly string[]): { readonly language: 'en' | 'de'; readonly words: Words } {
  for (const language of languages) {
    const main = language.toLowerCase().split('-')[0];
    if (main === 'de') {
      return { language: 'de', words: de };
    }
    if (main === 'en') {
      break;
    }
  }
  return { language: 'en', words: en };
}
