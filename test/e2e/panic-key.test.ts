import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseMultivariantPlaylist } from '../../src-main/manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../src-main/manifest/hls/parse-media-playlist.ts';
import { noChromium } from '../support/browser.ts';
import { missingPrograms, openProcesses } from '../support/real-ffmpeg.ts';
import { goLive, until } from '../support/studio-stage.ts';
import { studioWindows } from '../support/studio-window.ts';
import { mkdtempDisposable } from '../support/temporary-folder.ts';
import { brightnessOf, tonesOf } from '../support/viewed-stream.ts';
import { startClient, startXvfb } from '../support/x-server.ts';

const skip = noChromium || missingPrograms('ffmpeg', 'Xvfb', 'openbox');

/** Of the test source, which beeps each second at −20 dBFS. */
const BEEP = 1000;
const SILENCE_DB = -70;
/** Of the bars of the test picture; the slate is near black. */
const BRIGHT = 80;
const DARK = 50;

/** What a playlist lists from a time on as a file for ffmpeg; undefined until there are two segments. */
async function segmentsSince(playlist: string, sinceMs: number, file: string): Promise<string | undefined> {
  const { segments } = parseMediaPlaylist(await (await fetch(playlist)).text());
  const wanted = segments.filter(({ programDateTimeMs = 0, gap }) => programDateTimeMs >= sinceMs && gap !== true);
  const init = segments[0]?.map?.uri;
  if (wanted.length < 2 || init === undefined) {
    return undefined;
  }
  const parts = await Promise.all(
    [init, ...wanted.map(({ uri }) => uri)].map(async (uri) => {
      const answer = await fetch(new URL(uri, playlist));
      assert.equal(answer.status, 200, uri);
      return await answer.bytes();
    }),
  );
  await writeFile(file, Buffer.concat(parts));
  return file;
}

/** What viewers were shown and heard from a time on. */
async function seenSince(hls: string, sinceMs: number, folder: string) {
  const master = parseMultivariantPlaylist(await (await fetch(hls)).text());
  const picture = new URL(master.variants[0]?.uri ?? '', hls).href;
  const sound = new URL(master.renditions.find((rendition) => rendition.type === 'AUDIO')?.uri ?? '', hls).href;
  const [video, audio] = await Promise.all(
    [picture, sound].map((playlist, index) =>
      until(`${playlist} goes on`, () => segmentsSince(playlist, sinceMs, join(folder, `${String(index)}.mp4`))),
    ),
  );
  const [beeps = []] = await tonesOf(audio ?? '', [BEEP]);
  return { brightness: await brightnessOf(video ?? ''), loudest: Math.max(...beeps) };
}

for (const { name, open } of studioWindows()) {
  test(`in ${name} a panic key cuts the stream from another place, out of a text field of a dialog, with shortcuts of one key off`, {
    skip,
    timeout: 240_000,
  }, async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-panic-'));
    await using processes = openProcesses();
    await using server = await startXvfb(processes, { screen: '1280x800x24' });
    await startClient(processes, server.display, 'openbox', []);
    await using studio = await open({ display: server.display, environment: {}, top: 0 });
    const { lectern, page } = studio;
    const beganMs = Date.now();
    const { urls } = await goLive(lectern);
    await page.locator('.studio[data-phase="live"]').waitFor();
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByText('Shortcuts of one key').click();
    await page.getByRole('link', { name: 'Service' }).click();
    await page.getByRole('button', { name: 'New live event' }).first().click();
    const field = page.getByRole('dialog').getByRole('textbox').first();
    await field.fill('hall');

    const before = await seenSince(urls.hls, beganMs, folder.path);
    assert(Math.min(...before.brightness) > BRIGHT, `${Math.min(...before.brightness)}`);
    assert(before.loudest > -40, `${before.loudest} dB`);

    await field.press('Shift+P');
    assert.equal(await field.inputValue(), 'hallP');
    assert.equal((await lectern.call('getStudio', {})).panic, undefined);
    const pressedMs = Date.now();
    await page.keyboard.press('ControlOrMeta+Shift+P');
    const panic = await until('it is cut', async () => (await lectern.call('getStudio', {})).panic);

    assert(Date.parse(panic.since) >= pressedMs);
    assert.equal(await field.inputValue(), 'hallP');
    const after = await seenSince(urls.hls, Date.parse(panic.since) + 1000, folder.path);
    assert(after.brightness.length > 30);
    assert(Math.max(...after.brightness) < DARK, `${Math.max(...after.brightness)}`);
    assert(after.loudest < SILENCE_DB, `${after.loudest} dB`);
  });
}
