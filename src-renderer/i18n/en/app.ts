export const app = {
  app: {
    skip: 'Skip to content',
    places: 'Places',
    help: 'Help',
    onAir: 'On air. Back to the studio',
    notices: 'Notices',
    retryIn: 'Trying again in {{seconds}} s.',
    retrying: 'Trying again …',
    lost: {
      title: 'This page has lost touch with Lectern',
      text: 'What you see is how it was. If you were on air, the broadcast and the recording go on without this page.',
    },
    unreachable: {
      title: 'Lectern does not answer',
      text: 'Nothing has been started or stopped. Check that Lectern is still running on this computer.',
    },
    locked: {
      title: 'This page was opened without its key',
      text: 'Lectern only answers a page that it has opened itself. Open it from the Lectern window, or start it with the command below and use the link that it prints.',
    },
  },
  places: { studio: 'Studio', archive: 'Archive', service: 'Service', settings: 'Settings' },
  common: {
    loading: 'One moment …',
    retry: 'Try again',
    close: 'Close',
    cancel: 'Cancel',
    save: 'Save',
    done: 'Done',
    back: 'Back',
    edit: 'Edit',
    keep: 'Keep',
    copy: 'Copy',
    copied: 'Copied',
    dismiss: 'Dismiss',
  },
  notices: {
    marked: 'Marked at {{at}}',
    ended: 'The broadcast has ended',
    exported: '{{file}} is ready',
    recovered: 'A recording was cut off and has been recovered',
    openRecording: 'Open the recording',
  },
  announce: {
    phase: {
      'off-air': 'Off air.',
      rehearsing: 'Rehearsing. Nobody can see it.',
      starting: 'Going live.',
      live: 'Live.',
      reconnecting: 'Reconnecting.',
      ending: 'Ending in five seconds. Press U to take it back.',
    },
    destination: {
      live: '{{name}} is receiving.',
      reconnecting: '{{name}} was lost and is being tried again.',
      failed: '{{name}} has failed.',
    },
    sound: {
      muted: '{{input}} is muted.',
      'no-signal': '{{input}} has given no sound for ten seconds.',
    },
  },
  help: {
    title: 'Help',
    pages: 'Pages',
    page: {
      start: 'First steps',
      studio: 'The studio',
      sound: 'Sound',
      destinations: 'Destinations',
      archive: 'Archive',
      service: 'Service',
      'who-may-watch': 'Who may watch',
      settings: 'Settings',
      trouble: 'If something goes wrong',
    },
  },
  problems: {
    'page/unreachable': {
      title: 'Lectern does not answer',
      text: 'What was asked for may not have been done. If you are on air, the broadcast goes on. Check that Lectern is running, then try again.',
    },
    'page/no-token': {
      title: 'This page was opened without its key',
      text: 'Open it from the Lectern window, or with the link that “lectern serve” prints.',
    },
    'page/bad-answer': {
      title: 'The answer was not understood',
      text: 'This page and Lectern may be of different versions. Reload the page; a broadcast that is running is not touched by that.',
    },
  },
} as const;
