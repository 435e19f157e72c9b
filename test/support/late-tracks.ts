import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type Track, track } from '../../src-main/shared/api/tracks.ts';
import { AppError } from '../../src-main/shared/app-error.ts';
import type { Lectern } from './lectern-process.ts';
import type { PlayerName, PlayerPage } from './player-pages.ts';
import { type Answer, field } from './service-stage.ts';

/** Adds a file to an asset, as a program would. `query`: what is said of it. */
export async function putTrack(
  { controlUrl, token }: Lectern,
  asset: string,
  track: string,
  file: string | Uint8Array<ArrayBuffer>,
  query: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const url = new URL(`${controlUrl}/api/v1/assets/${encodeURIComponent(asset)}/tracks/${track}`);
  Object.entries(query).forEach(([key, value]) => url.searchParams.set(key, value));
  const answer = await fetch(url, {
    method: 'PUT',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/octet-stream' },
    body: file,
  });
  const body: unknown = await answer.json();
  const code = field(body, 'code');
  return { status: answer.status, body, code: typeof code === 'string' ? code : undefined };
}

/** Cues of half a second at whole seconds: `word 3` from 3.0 to 3.5. */
export function vttOf(word: string, seconds: number, header = ''): string {
  const cues = Array.from({ length: seconds }, (_, at) => {
    const time = (ms: number): string => new Date(at * 1000 + ms).toISOString().slice(11, 23);
    return `\n${time(0)} --> ${time(500)}\n${word} ${at}\n`;
  });
  return `WEBVTT\n${header}${cues.join('')}`;
}

export function ttmlOf(word: string, seconds: number, language: string): string {
  const lines = Array.from(
    { length: seconds },
    (_, at) => `<p xml:id="c${at}" begin="${at}s" end="${at}.5s" region="low">${word} ${at}</p>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xmlns:tts="http://www.w3.org/ns/ttml#styling"
  ttp:profile="http://www.w3.org/ns/ttml/profile/imsc1/text" ttp:cellResolution="32 15" xml:lang="${language}">
<head><styling><style xml:id="plain" tts:color="white" tts:fontSize="100%"/></styling>
<layout><region xml:id="low" tts:origin="10% 80%" tts:extent="80% 15%" tts:displayAlign="after"/></layout></head>
<body style="plain"><div>
${lines.join('\n')}
</div></body></tt>
`;
}

/** A tone as AAC; what ffmpeg makes of the name's ending. */
export async function soundFile(
  path: string,
  options: { readonly seconds: number; readonly hertz?: number; readonly args?: readonly string[] },
): Promise<Uint8Array<ArrayBuffer>> {
  const { seconds, hertz = 880, args = ['-c:a', 'aac', '-b:a', '64k'] } = options;
  await promisify(execFile)('ffmpeg', [
    ...['-nostdin', '-v', 'error', '-y', '-f', 'lavfi', '-i', `sine=f=${hertz}:r=48000`, '-t', `${seconds}`],
    ...[...args, path],
  ]);
  return new Uint8Array(await readFile(path));
}

/** What a text track showed: words, and the player's time when they were first seen. */
export type Shown = { readonly text: string; readonly time: number };

/** Makes a player show the text of a language; its name in the manifest is `label`. */
const CHOOSE_TEXT: Readonly<Record<PlayerName, string>> = {
  'hls.js': `const at = player.subtitleTracks.findIndex(({ name }) => name === label);
    if (at < 0) throw new Error(JSON.stringify(player.subtitleTracks.map(({ name }) => name)));
    player.subtitleTrack = at; player.subtitleDisplay = true;`,
  'video.js': `const tracks = Array.from(videojs.getAllPlayers()[0].textTracks());
    const found = tracks.find((track) => track.label === label);
    if (!found) throw new Error(JSON.stringify(tracks.map((track) => track.label)));
    tracks.forEach((track) => { track.mode = track === found ? 'showing' : 'disabled'; });`,
  shaka: `const found = player.getTextTracks().find((track) => track.label === label);
    if (!found) throw new Error(JSON.stringify(player.getTextTracks().map((track) => track.label)));
    player.selectTextTrack(found); player.setTextTrackVisibility?.(true);`,
  'dash.js': `const tracks = player.getTracksFor('text');
    const found = tracks.find(({ labels }) => labels.some(({ text }) => text === label));
    if (!found) throw new Error(JSON.stringify(tracks.map(({ labels }) => labels)));
    // Passed over until it has made its own tracks of the text.
    // From none, because one that is chosen already is not loaded again, and it may have been chosen before there was anything to load it with.
    player.enableText(true); player.setTextTrack(-1); player.setTextTrack(tracks.indexOf(found));
    return player.getCurrentTextTrackIndex() === tracks.indexOf(found);`,
};

const CHOOSE_SOUND: Readonly<Record<PlayerName, string>> = {
  'hls.js': `player.audioTrack = player.audioTracks.findIndex(({ name }) => name === label);
    return player.audioTracks[player.audioTrack].lang;`,
  'video.js': `const tracks = Array.from(videojs.getAllPlayers()[0].audioTracks());
    tracks.forEach((track) => { track.enabled = track.label === label; });
    return tracks.find((track) => track.enabled).language;`,
  shaka: `const found = player.getVariantTracks().find((track) => track.label === label);
    player.selectVariantTrack(found, true);
    return found.language;`,
  'dash.js': `const found = player.getTracksFor('audio').find(({ labels }) => labels.some(({ text }) => text === label));
    player.setCurrentTrack(found);
    return player.getCurrentTrackFor('audio').lang;`,
};

/** video.js makes its own text tracks; the others use those of the browser. */
const LOOK = `
  window.shownTexts = new Map();
  const lists = () => [video.textTracks, ...(window.videojs ? [videojs.getAllPlayers()[0].textTracks()] : [])];
  const look = () => {
    const words = lists().flatMap((list) => Array.from(list)).filter((track) => track.mode !== 'disabled' && track.kind !== 'metadata')
      .flatMap((track) => Array.from(track.activeCues ?? []).map((cue) => cue.text));
    for (const text of words.map((text) => text.trim())) {
      if (text && !window.shownTexts.has(text)) window.shownTexts.set(text, video.currentTime);
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);`;

const bind = (label: string): string =>
  `const label = ${JSON.stringify(label)}; const video = document.querySelector('video'); const player = window.player;`;

/** Chooses a text and notes what it shows from now on; `shownTexts` tells. */
export async function chooseText({ page }: PlayerPage, player: PlayerName, label: string): Promise<void> {
  await page.evaluate(`(() => { ${bind(label)} ${LOOK} })()`);
  await page.waitForFunction(`(() => { ${bind(label)} ${CHOOSE_TEXT[player]}; return true; })()`);
}

export async function shownTexts({ page }: PlayerPage): Promise<readonly Shown[]> {
  return await page.evaluate('Array.from(window.shownTexts, ([text, time]) => ({ text, time }))');
}

/** Chooses a sound; resolves with its language as the player understood it. */
export async function chooseSound({ page }: PlayerPage, player: PlayerName, label: string): Promise<string> {
  return await page.evaluate(`(() => { ${bind(label)} ${CHOOSE_SOUND[player]} })()`);
}

export function trackOf({ status, body }: Answer): Track {
  if (status !== 201) {
    throw new AppError('service/internal', `It was answered ${status}: ${JSON.stringify(body)}`);
  }
  return track.parse(body);
}
