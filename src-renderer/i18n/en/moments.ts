export const moments = {
  panic: {
    button: 'Panic',
    hint: 'Keep it pressed for a moment, or press Shift+P; while typing, Ctrl+Shift+P or ⌘⇧P',
    title: 'The programme is cut',
    covered: 'Viewers see the slate and hear nothing until you go back.',
    removal: {
      removing: 'Nobody is shown the last {{seconds}} s any more. They are being overwritten …',
      removed:
        'The last {{seconds}} s are gone from the stream, from what can be rewound, and from the recording.',
      incomplete:
        'Nobody is shown the last {{seconds}} s any more, but not everything could be overwritten: {{cause}} It is tried again at the next start of Lectern.',
    },
    remains: 'What has it already and cannot be made to forget it:',
    remain: {
      destination: '{{name}}: what was sent to it is in its hands. Remove it there.',
      viewers_one: 'One viewer who watches: what the player has loaded is played to its end.',
      viewers_other: '{{count}} viewers who watch: what their players have loaded is played to its end.',
      storage:
        '{{name}}: the files are deleted, but old versions and caches in front of the storage may still have them.',
      file: 'The file {{path}}, which you saved there.',
    },
    back: 'Back to the programme',
  },
  clip: {
    button: 'Clip',
    label: 'Make a clip',
    making: 'Clipping …',
    last: 'The last {{seconds}} s',
    made: 'Clip of {{length}} is in the archive',
    open: 'Open the clip',
    part: 'Make a clip',
    chip: 'Clip',
  },
  markers: {
    add: 'Add a marker here',
    name: 'Text of the marker at {{at}}',
    rename: 'Change the text of the marker at {{at}}',
    remove: 'Delete the marker at {{at}}',
    none: 'No markers yet. They become chapters of the file when you save it.',
  },
};
