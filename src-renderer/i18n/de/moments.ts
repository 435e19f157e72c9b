export const moments = {
  panic: {
    button: 'Panik',
    hint: 'Einen Moment gedrückt halten oder Umschalt+P drücken; beim Tippen Strg+Umschalt+P oder ⌘⇧P',
    title: 'Das Programm ist abgeschaltet',
    covered: 'Zuschauer sehen das Standbild und hören nichts, bis Sie zurückkehren.',
    removal: {
      removing: 'Die letzten {{seconds}} s bekommt niemand mehr zu sehen. Sie werden gerade überschrieben …',
      removed:
        'Die letzten {{seconds}} s sind fort: aus dem Stream, aus dem, wohin man zurückspulen kann, und aus der Aufnahme.',
      incomplete:
        'Die letzten {{seconds}} s bekommt niemand mehr zu sehen, aber nicht alles konnte überschrieben werden: {{cause}} Beim nächsten Start von Lectern wird es noch einmal versucht.',
    },
    remains: 'Was es schon hat und nicht vergessen kann:',
    remain: {
      destination: '{{name}}: Was dorthin gesendet wurde, liegt dort. Entfernen Sie es dort.',
      viewers_one: 'Ein Zuschauer, der zusieht: Was der Player schon geladen hat, spielt er zu Ende.',
      viewers_other: '{{count}} Zuschauer, die zusehen: Was ihre Player schon geladen haben, spielen sie zu Ende.',
      storage:
        '{{name}}: Die Dateien werden gelöscht, aber alte Versionen und Zwischenspeicher davor können sie noch haben.',
      file: 'Die Datei {{path}}, die Sie dort gespeichert haben.',
    },
    back: 'Zurück zum Programm',
  },
  clip: {
    button: 'Clip',
    label: 'Clip machen',
    making: 'Clip wird gemacht …',
    last: 'Die letzten {{seconds}} s',
    made: 'Clip von {{length}} ist im Archiv',
    open: 'Clip öffnen',
    part: 'Clip machen',
    chip: 'Clip',
  },
  markers: {
    add: 'Hier eine Markierung setzen',
    name: 'Text der Markierung bei {{at}}',
    rename: 'Text der Markierung bei {{at}} ändern',
    remove: 'Markierung bei {{at}} löschen',
    none: 'Noch keine Markierungen. Beim Speichern werden sie zu Kapiteln der Datei.',
  },
};
