/** What the shell itself says: menus, the tray, dialogs. Everything else is the page's. */
export type Words = {
  readonly offAir: string;
  readonly rehearsing: string;
  readonly starting: string;
  readonly live: (since: string) => string;
  readonly reconnecting: string;
  readonly ending: string;
  readonly show: string;
  readonly goLive: string;
  readonly end: string;
  readonly undoEnd: string;
  readonly mark: string;
  readonly quit: string;
  readonly edit: string;
  readonly view: string;
  readonly window: string;
  readonly help: string;
  readonly openHelp: string;
  readonly openLogs: string;
  readonly liveBadge: string;

  readonly openingTitle: string;
  readonly openingText: string;
  readonly failedTitle: string;
  readonly failedText: string;
  readonly tryAgain: string;

  readonly quitQuestion: string;
  readonly quitDetail: string;
  readonly keepLive: string;
  readonly endAndQuit: string;
  readonly closing: string;
  readonly closingBroadcast: string;
  readonly closingRecording: string;
  readonly quitNow: string;

  readonly crashTitle: string;
  readonly crashText: (message: string, logs: string) => string;
  readonly crashWhileLive: string;
  readonly pageKeepsFailing: string;

  readonly keepKeysQuestion: string;
  readonly keepKeysDetail: string;
  readonly keepInFile: string;
  readonly doNotKeep: string;

  readonly openLink: (host: string) => string;
  readonly open: string;
  readonly cancel: string;
  readonly close: string;

  readonly mediaFiles: string;
  readonly allFiles: string;
};

const ENGLISH: Words = {
  offAir: 'Off air',
  rehearsing: 'Rehearsing',
  starting: 'Going live',
  live: (since) => `Live since ${since}`,
  reconnecting: 'Live, reconnecting',
  ending: 'Ending',
  show: 'Show Lectern',
  goLive: 'Go Live…',
  end: 'End Broadcast',
  undoEnd: 'Undo End',
  mark: 'Mark This Moment',
  quit: 'Quit Lectern',
  edit: 'Edit',
  view: 'View',
  window: 'Window',
  help: 'Help',
  openHelp: 'Lectern Help',
  openLogs: 'Open the Log Folder',
  liveBadge: 'LIVE',

  openingTitle: 'Lectern is starting',
  openingText: 'Opening your studio and looking through your recordings.',
  failedTitle: 'Lectern could not start',
  failedText: 'Nothing of yours was changed.',
  tryAgain: 'Try Again',

  quitQuestion: 'You are live. End the broadcast and quit?',
  quitDetail:
    'Your viewers are watching. Ending closes the recording properly; it is there when you open Lectern again.',
  keepLive: 'Keep Live',
  endAndQuit: 'End and Quit',
  closing: 'Lectern is closing',
  closingBroadcast: 'Your broadcast is being ended.',
  closingRecording: 'Your recording is being completed.',
  quitNow: 'Quit Now',

  crashTitle: 'Lectern has a problem',
  crashText: (message, logs) => `${message}\n\nWhat was recorded is safe. The log is in ${logs}.`,
  crashWhileLive: 'Something in the Lectern window failed. Your broadcast and its recording go on.',
  pageKeepsFailing: 'The Lectern window keeps failing. Your broadcast and its recording do not depend on it.',

  keepKeysQuestion: 'Keep the stream key in a file?',
  keepKeysDetail:
    'This system has no keychain for Lectern to use. The key can be kept in a file that only your user account can read, without further protection.',
  keepInFile: 'Keep in a File',
  doNotKeep: 'Do Not Keep',

  openLink: (host) => `Open ${host} in your browser?`,
  open: 'Open',
  cancel: 'Cancel',
  close: 'Close',

  mediaFiles: 'Videos and sound',
  allFiles: 'All files',
};

const GERMAN: Words = {
  offAir: 'Nicht auf Sendung',
  rehearsing: 'Probe',
  starting: 'Geht auf Sendung',
  live: (since) => `Live seit ${since}`,
  reconnecting: 'Live, verbindet neu',
  ending: 'Sendung endet',
  show: 'Lectern zeigen',
  goLive: 'Live gehen …',
  end: 'Sendung beenden',
  undoEnd: 'Ende zurücknehmen',
  mark: 'Moment markieren',
  quit: 'Lectern beenden',
  edit: 'Bearbeiten',
  view: 'Ansicht',
  window: 'Fenster',
  help: 'Hilfe',
  openHelp: 'Hilfe zu Lectern',
  openLogs: 'Protokollordner öffnen',
  liveBadge: 'LIVE',

  openingTitle: 'Lectern startet',
  openingText: 'Dein Studio wird geöffnet, die Aufnahmen werden durchgesehen.',
  failedTitle: 'Lectern konnte nicht starten',
  failedText: 'Es wurde nichts verändert.',
  tryAgain: 'Noch einmal',

  quitQuestion: 'Du bist live. Sendung beenden und schließen?',
  quitDetail:
    'Dein Publikum sieht gerade zu. Beim Beenden wird die Aufnahme ordentlich abgeschlossen; sie ist beim nächsten Öffnen da.',
  keepLive: 'Live bleiben',
  endAndQuit: 'Beenden und schließen',
  closing: 'Lectern wird geschlossen',
  closingBroadcast: 'Deine Sendung wird beendet.',
  closingRecording: 'Deine Aufnahme wird abgeschlossen.',
  quitNow: 'Sofort schließen',

  crashTitle: 'Lectern hat ein Problem',
  crashText: (message, logs) => `${message}\n\nDas Aufgenommene ist sicher. Das Protokoll liegt in ${logs}.`,
  crashWhileLive: 'Im Fenster von Lectern ist etwas fehlgeschlagen. Sendung und Aufnahme laufen weiter.',
  pageKeepsFailing:
    'Das Fenster von Lectern schlägt immer wieder fehl. Sendung und Aufnahme hängen nicht davon ab.',

  keepKeysQuestion: 'Stream-Schlüssel in einer Datei aufbewahren?',
  keepKeysDetail:
    'Dieses System hat keinen Schlüsselbund, den Lectern benutzen kann. Der Schlüssel kann in einer Datei aufbewahrt werden, die nur dein Benutzerkonto lesen kann, ohne weiteren Schutz.',
  keepInFile: 'In Datei aufbewahren',
  doNotKeep: 'Nicht aufbewahren',

  openLink: (host) => `${host} im Browser öffnen?`,
  open: 'Öffnen',
  cancel: 'Abbrechen',
  close: 'Schließen',

  mediaFiles: 'Videos und Ton',
  allFiles: 'Alle Dateien',
};

/** In the first of the user's languages that we have. */
export function chooseWords(languages: readonly string[]): Words {
  for (const language of languages) {
    if (/^de\b/i.test(language)) {
      return GERMAN;
    }
    if (/^en\b/i.test(language)) {
      return ENGLISH;
    }
  }
  return ENGLISH;
}
