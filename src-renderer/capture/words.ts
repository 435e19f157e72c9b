/** What the page that captures says, in the language of its browser. */
export type Words = {
  readonly title: string;
  readonly lead: (label: string) => string;
  readonly screen: string;
  readonly camera: string;
  readonly microphone: string;
  readonly stop: string;
  readonly preview: string;
  readonly chip: Readonly<
    Record<
      'waiting' | 'connecting' | 'connected' | 'rehearsing' | 'on-air' | 'off-programme' | 'lost' | 'stopped',
      string
    >
  >;
  readonly note: Readonly<
    Record<'connecting' | 'connected' | 'rehearsing' | 'on-air' | 'off-programme' | 'lost', string>
  >;
  readonly waiting: string;
  readonly facts: (width: number, height: number, dropped: number) => string;
  readonly stopped: string;
  readonly replaced: string;
  readonly unknownLink: string;
  readonly noLink: string;
  readonly refused: string;
  readonly denied: string;
  readonly noDevice: string;
  readonly failed: string;
  readonly noMicrophone: string;
  readonly insecure: { readonly title: string; readonly text: string };
  readonly unsupported: { readonly title: string; readonly text: string };
  readonly private: string;
};

const en: Words = {
  title: 'Send picture and sound to the studio',
  lead: (label) => (label === '' ? '' : `You are “${label}” in the studio.`),
  screen: 'Share screen',
  camera: 'Use camera and microphone',
  microphone: 'With my microphone',
  stop: 'Stop sending',
  preview: 'What is sent',
  chip: {
    waiting: 'Waiting for the studio',
    connecting: 'Connecting',
    connected: 'Connected',
    rehearsing: 'Rehearsal',
    'on-air': 'On air',
    'off-programme': 'Not on the programme',
    lost: 'Connection lost',
    stopped: 'Stopped',
  },
  note: {
    connecting: 'One moment: the studio is about to get your picture.',
    connected: 'The studio has your picture and sound. Nothing is live yet.',
    rehearsing: 'The studio rehearses with your picture and sound. Viewers see nothing.',
    'on-air': 'Viewers see or hear you now.',
    'off-programme': 'It is live, and the studio does not show you at the moment.',
    lost: 'The connection to the studio is lost. Trying again; keep this page open.',
  },
  waiting: 'The studio cannot be reached. Trying again …',
  facts: (width, height, dropped) =>
    `${width} × ${height}${dropped === 0 ? '' : ` · pictures left out ${dropped} ${dropped === 1 ? 'time' : 'times'}: the network is slow`}`,
  stopped: 'Nothing is sent any more.',
  replaced: 'Another page sends in your place now. Nothing is sent from here any more.',
  unknownLink: 'This link lets nobody in any more. Ask the studio for a new one.',
  noLink: 'This page needs the whole link that the studio shows, with everything behind the #.',
  refused: 'The studio refused it:',
  denied:
    'The browser was not allowed to. Press the button again and choose what to share, or allow it in the browser’s settings for this page.',
  noDevice: 'No camera or microphone was found. Plug one in, and press the button again.',
  failed: 'That did not work:',
  noMicrophone: 'Your microphone is not sent: the browser was not allowed to use it.',
  insecure: {
    title: 'This address is not secure enough for the browser',
    text: 'Browsers give camera, microphone and screen only to pages of this very computer, or with https. In the studio, set a certificate under Settings, Encoders, and open the new link, which begins with https://. On the studio’s own computer, use the link that begins with http://127.0.0.1.',
  },
  unsupported: {
    title: 'This browser cannot do it',
    text: 'It has no encoder for pictures or sound (WebCodecs). Use a current Chrome, Edge, Firefox or Safari on a computer.',
  },
  private: 'Picture and sound go to the studio’s computer and nowhere else.',
};

const de: Words = {
  title: 'Bild und Ton ins Studio schicken',
  lead: (label) => (label === '' ? '' : `Im Studio heißen Sie „${label}“.`),
  screen: 'Bildschirm teilen',
  camera: 'Kamera und Mikrofon verwenden',
  microphone: 'Mit meinem Mikrofon',
  stop: 'Nichts mehr schicken',
  preview: 'Was geschickt wird',
  chip: {
    waiting: 'Warten auf das Studio',
    connecting: 'Wird verbunden',
    connected: 'Verbunden',
    rehearsing: 'Probe',
    'on-air': 'Auf Sendung',
    'off-programme': 'Nicht im Programm',
    lost: 'Verbindung verloren',
    stopped: 'Beendet',
  },
  note: {
    connecting: 'Einen Moment: Das Studio bekommt gleich Ihr Bild.',
    connected: 'Das Studio hat Ihr Bild und Ihren Ton. Noch ist nichts live.',
    rehearsing: 'Das Studio probt mit Ihrem Bild und Ton. Zuschauer sehen nichts.',
    'on-air': 'Zuschauer sehen oder hören Sie jetzt.',
    'off-programme': 'Es wird gesendet, aber das Studio zeigt Sie gerade nicht.',
    lost: 'Die Verbindung zum Studio ist verloren. Es wird weiter versucht; lassen Sie diese Seite offen.',
  },
  waiting: 'Das Studio ist nicht erreichbar. Es wird weiter versucht …',
  facts: (width, height, dropped) =>
    `${width} × ${height}${dropped === 0 ? '' : ` · ${dropped}-mal Bilder ausgelassen: Das Netz ist langsam`}`,
  stopped: 'Es wird nichts mehr geschickt.',
  replaced: 'Eine andere Seite schickt jetzt an Ihrer Stelle. Von hier wird nichts mehr geschickt.',
  unknownLink: 'Dieser Link lässt niemanden mehr ein. Lassen Sie sich im Studio einen neuen geben.',
  noLink: 'Diese Seite braucht den ganzen Link, den das Studio zeigt, mit allem hinter dem #.',
  refused: 'Das Studio hat es abgelehnt:',
  denied:
    'Der Browser durfte nicht. Drücken Sie den Knopf noch einmal und wählen Sie aus, was geteilt wird, oder erlauben Sie es in den Einstellungen des Browsers für diese Seite.',
  noDevice:
    'Es wurde keine Kamera und kein Mikrofon gefunden. Schließen Sie eines an und drücken Sie den Knopf noch einmal.',
  failed: 'Das hat nicht geklappt:',
  noMicrophone: 'Ihr Mikrofon wird nicht geschickt: Der Browser durfte es nicht verwenden.',
  insecure: {
    title: 'Diese Adresse ist dem Browser nicht sicher genug',
    text: 'Browser geben Kamera, Mikrofon und Bildschirm nur Seiten von genau diesem Computer oder mit https. Hinterlegen Sie im Studio unter Einstellungen, Encoder ein Zertifikat und öffnen Sie den neuen Link, der mit https:// beginnt. Auf dem Computer des Studios selbst nehmen Sie den Link, der mit http://127.0.0.1 beginnt.',
  },
  unsupported: {
    title: 'Dieser Browser kann es nicht',
    text: 'Er hat keinen Encoder für Bild oder Ton (WebCodecs). Nehmen Sie einen aktuellen Chrome, Edge, Firefox oder Safari auf einem Computer.',
  },
  private: 'Bild und Ton gehen zum Computer des Studios und nirgendwo anders hin.',
};

/** By the languages that the browser prefers, English when none is ours. */
export function wordsFor(languages: readonly string[]): { readonly language: 'en' | 'de'; readonly words: Words } {
  const first = languages
    .map((language) => language.toLowerCase().split('-')[0])
    .find((main) => main === 'de' || main === 'en');
  return first === 'de' ? { language: 'de', words: de } : { language: 'en', words: en };
}
