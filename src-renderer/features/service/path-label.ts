const NAMES: Readonly<Record<string, string>> = {
  Hls: 'HLS',
  Dash: 'DASH',
  SmoothStreaming: 'Smooth',
  Download: 'File',
};

/** What to call a path beside its copy button: `HLS · m3u8-cmaf`, `DASH · mpd-time-cmaf, cenc`, `Smooth`. */
export function pathLabel(protocol: string, path: string): string {
  const name = NAMES[protocol] ?? protocol;
  const values = (/\/manifest\(([^)]*)\)$/.exec(path)?.[1]?.split(',') ?? []).map((pair) =>
    pair.slice(pair.indexOf('=') + 1),
  );
  const detail = protocol === 'Download' ? (path.split('/').at(-1) ?? '') : values.join(', ');
  return detail === '' ? name : `${name} · ${detail}`;
}
