export const app = {
  app: {
    skip: 'Zum Inhalt springen',
    places: 'Bereiche',
    help: 'Hilfe',
    onAir: 'Auf Sendung. Zurück ins Studio',
    notices: 'Meldungen',
    retryIn: 'Neuer Versuch in {{seconds}} s.',
    retrying: 'Neuer Versuch …',
    lost: {
      title: 'Diese Seite hat die Verbindung zu Lectern verloren',
      text: 'Was Sie sehen, ist der letzte bekannte Stand. Waren Sie auf Sendung, laufen Übertragung und Aufnahme ohne diese Seite weiter.',
    },
    unreachable: {
      title: 'Lectern antwortet nicht',
      text: 'Es wurde nichts gestartet oder beendet. Prüfen Sie, ob Lectern auf diesem Computer noch läuft.',
    },
    locked: {
      title: 'Diese Seite wurde ohne ihren Schlüssel geöffnet',
      text: 'Lectern antwortet nur einer Seite, die es selbst geöffnet hat. Öffnen Sie sie aus dem Lectern-Fenster, oder starten Sie Lectern mit dem Befehl unten und verwenden Sie den Link, den er ausgibt.',
    },
  },
  places: { studio: 'Studio', archive: 'Archiv', service: 'Dienst', settings: 'Optionen' },
  common: {
    loading: 'Einen Moment …',
    retry: 'Nochmals versuchen',
    close: 'Schließen',
    cancel: 'Abbrechen',
    save: 'Speichern',
    done: 'Fertig',
    back: 'Zurück',
    edit: 'Bearbeiten',
    keep: 'Behalten',
    copy: 'Kopieren',
    copied: 'Kopiert',
    dismiss: 'Ausblenden',
  },
  notices: {
    marked: 'Markiert bei {{at}}',
    ended: 'Die Übertragung ist beendet',
    exported: '{{file}} ist fertig',
    recovered: 'Eine abgebrochene Aufnahme wurde wiederhergestellt',
    openRecording: 'Aufnahme öffnen',
  },
  announce: {
    phase: {
      'off-air': 'Nicht auf Sendung.',
      rehearsing: 'Probe. Niemand kann sie sehen.',
      starting: 'Die Übertragung beginnt.',
      live: 'Auf Sendung.',
      reconnecting: 'Die Verbindung wird wiederhergestellt.',
      ending: 'Ende in fünf Sekunden. Mit U nehmen Sie es zurück.',
    },
    destination: {
      live: '{{name}} empfängt.',
      reconnecting: '{{name}} wurde verloren und wird erneut versucht.',
      failed: '{{name}} ist fehlgeschlagen.',
    },
    sound: {
      muted: '{{input}} ist stumm.',
      'no-signal': '{{input}} gibt seit zehn Sekunden keinen Ton.',
    },
  },
  help: {
    title: 'Hilfe',
    pages: 'Seiten',
    page: {
      start: 'Erste Schritte',
      studio: 'Das Studio',
      sound: 'Ton',
      destinations: 'Ziele',
      archive: 'Archiv',
      service: 'Dienst',
      'who-may-watch': 'Wer zusehen darf',
      settings: 'Optionen',
      trouble: 'Wenn etwas schiefgeht',
    },
  },
  problems: {
    'page/unreachable': {
      title: 'Lectern antwortet nicht',
      text: 'Ihre Eingabe ist vielleicht nicht angekommen. Sind Sie auf Sendung, läuft die Übertragung weiter. Prüfen Sie, ob Lectern läuft, und versuchen Sie es dann noch einmal.',
    },
    'page/no-token': {
      title: 'Diese Seite wurde ohne ihren Schlüssel geöffnet',
      text: 'Öffnen Sie sie aus dem Lectern-Fenster oder mit dem Link, den „lectern serve“ ausgibt.',
    },
    'page/bad-answer': {
      title: 'Die Antwort war nicht zu verstehen',
      text: 'Vielleicht sind diese Seite und Lectern verschiedene Fassungen. Laden Sie die Seite neu; eine laufende Übertragung bleibt davon unberührt.',
    },
  },
} as const;
