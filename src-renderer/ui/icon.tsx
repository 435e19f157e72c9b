import type { ReactNode } from 'react';

/** Drawn on a grid of 20, lines of 1.6, so that they sit well beside text of 14 px. */
const PATHS = {
  studio: 'M3 5.5h14v8H3zM10 13.5V17M6.5 17h7',
  archive: 'M3 4h14v4H3zM4.5 8v8.5h11V8M8 11.5h4',
  service: 'M3.5 4h13v5h-13zM3.5 11h13v5h-13zM6.5 6.5h.01M6.5 13.5h.01',
  settings: 'M3 6h7M14 6h3M3 14h3M10 14h7M12 4v4M8 12v4',
  help: 'M7.6 7.6a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1.1.9-1.1 1.7v.4M10 14.8h.01M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15z',
  screen: 'M2.5 4h15v9.5h-15zM7 17h6M10 13.5V17',
  window: 'M2.5 4h15v12.5h-15zM2.5 7.5h15M5 5.8h.01M7 5.8h.01',
  camera: 'M2.5 6h10v8h-10zM12.5 9l5-2.5v7l-5-2.5',
  mic: 'M10 2.5a2.2 2.2 0 0 0-2.2 2.2v5a2.2 2.2 0 1 0 4.4 0v-5A2.2 2.2 0 0 0 10 2.5zM5 9.5a5 5 0 0 0 10 0M10 14.5V17.5',
  'mic-off':
    'M7.8 7.5v2.2a2.2 2.2 0 0 0 3.6 1.7M12.2 8.5V4.7a2.2 2.2 0 0 0-4.3-.6M5 9.5a5 5 0 0 0 8 4M15 9.5c0 .6-.1 1.1-.3 1.6M10 14.5v3M3 3l14 14',
  speaker: 'M3 7.5h3l4-3.5v12l-4-3.5H3zM13 7.5a3.5 3.5 0 0 1 0 5M15.2 5.2a6.8 6.8 0 0 1 0 9.6',
  'speaker-off': 'M3 7.5h3l4-3.5v12l-4-3.5H3zM13.5 8l4 4M17.5 8l-4 4',
  file: 'M5 2.5h6.5L15.5 6.5v11H5zM11 2.5V7h4.5',
  url: 'M8.5 11.5l3-3M9 6l1.6-1.6a3.5 3.5 0 0 1 5 5L14 11M11 14l-1.6 1.6a3.5 3.5 0 0 1-5-5L6 9',
  test: 'M2.5 4h15v12h-15zM6.2 4v12M10 4v12M13.8 4v12',
  slate: 'M2.5 4h15v12h-15zM6 10h8',
  inset: 'M2.5 4h15v12h-15zM10.5 10h5v4h-5z',
  beside: 'M2.5 4h15v12h-15zM10 4v12',
  layers: 'M7 3h10v8H7zM3 7v10h10v-3M7 7H3',
  caption: 'M2.5 4h15v12h-15zM5 12.5h7',
  logo: 'M2.5 4h15v12h-15zM12 6.5h3v3h-3z',
  plus: 'M10 4v12M4 10h12',
  close: 'M5 5l10 10M15 5L5 15',
  check: 'M4 10.5l4 4 8-9',
  warning: 'M10 3L18 16.5H2zM10 8v4M10 14.2h.01',
  fault: 'M6.5 2.5h7l4 4v7l-4 4h-7l-4-4v-7zM10 6v5M10 13.6h.01',
  info: 'M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM10 9.2V14M10 6.3h.01',
  more: 'M4.5 9.3a.7.7 0 1 0 0 1.4.7.7 0 0 0 0-1.4zM10 9.3a.7.7 0 1 0 0 1.4.7.7 0 0 0 0-1.4zM15.5 9.3a.7.7 0 1 0 0 1.4.7.7 0 0 0 0-1.4z',
  copy: 'M7 7h9.5v9.5H7zM13 7V3.5H3.5V13H7',
  qr: 'M3 3h5v5H3zM12 3h5v5h-5zM3 12h5v5H3zM12 12h2v2h-2zM15.5 15.5H17V17h-1.5zM12 17h.01M17 12h.01',
  external: 'M8 4H4v12h12v-4M11 3.5h5.5V9M16.5 3.5L9.5 10.5',
  refresh: 'M16 6.5V3M16 6.5h-3.5M16 6.5A7 7 0 1 0 17 11',
  edit: 'M3.5 16.5l.8-3.6L13 4.2l2.8 2.8-8.7 8.7zM11 6.2L13.8 9',
  trash: 'M3.5 5.5h13M8 5.5V3.5h4v2M5 5.5l.8 11h8.4l.8-11M8.5 8.5v5M11.5 8.5v5',
  download: 'M10 3v9M6.5 8.8L10 12.3l3.5-3.5M3.5 16.5h13',
  folder: 'M2.5 5h5l2 2h8v9h-15z',
  search: 'M8.8 3a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8.8 3zM13 13l4 4',
  play: 'M6 3.8v12.4L16.5 10z',
  pause: 'M6.5 4v12M13.5 4v12',
  back: 'M12.5 4L6.5 10l6 6',
  chevron: 'M5 8l5 5 5-5',
  marker: 'M5 3v14.5M5 4h10l-2.5 3L15 10H5',
  undo: 'M4 8h8a4.5 4.5 0 0 1 0 9H7.5M7 4.5L3.5 8 7 11.5',
  stop: 'M5 5h10v10H5z',
  link: 'M8.5 11.5l3-3M9 6l1.6-1.6a3.5 3.5 0 0 1 5 5L14 11M11 14l-1.6 1.6a3.5 3.5 0 0 1-5-5L6 9',
  eye: 'M1.8 10S5 4.8 10 4.8 18.2 10 18.2 10 15 15.2 10 15.2 1.8 10 1.8 10zM10 7.7a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6z',
  'eye-off':
    'M3.5 7.2A13 13 0 0 0 1.8 10S5 15.2 10 15.2c1.2 0 2.3-.3 3.2-.7M7.2 5.3A8 8 0 0 1 10 4.8c5 0 8.2 5.2 8.2 5.2a13 13 0 0 1-2.4 2.9M8.3 8.4a2.3 2.3 0 0 0 3.2 3.2M3 3l14 14',
  people:
    'M7.5 4.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM2.5 16c0-2.6 2-4.5 5-4.5s5 1.9 5 4.5M13 5a2.3 2.3 0 0 1 0 4.4M14.5 12c1.8.5 3 2 3 4',
  disk: 'M3 11.5h14v5H3zM5 3.5h10l2 8H3zM13.8 14h.01',
  speed: 'M3.5 15a7.5 7.5 0 1 1 13 0M10 11.5l3.2-4',
  battery: 'M2.5 6.5h13v7h-13zM17.5 9v2M5 9v2M7.5 9v2',
  publish: 'M10 12.5V3.5M6.5 7L10 3.5 13.5 7M4 11v5.5h12V11',
  tag: 'M3 3h6.5l7.5 7.5-6.5 6.5L3 9.5zM6.5 6.5h.01',
  pin: 'M10 3v9M6.5 8.8L10 12.3l3.5-3.5M3.5 16.5h13',
  trim: 'M4 4v12M16 4v12M4 10h12',
  keyboard: 'M2 5.5h16v9H2zM5 8.5h.01M8 8.5h.01M11 8.5h.01M14 8.5h.01M6.5 11.5h7',
  chart: 'M3 16.5h14M4 13l3.5-4 3 2.5L16 5',
} as const;

export type IconName = keyof typeof PATHS;

/** Always decoration: the name of a control is in its text or label. */
export function Icon({ name, size = 20 }: { readonly name: IconName; readonly size?: number }): ReactNode {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
