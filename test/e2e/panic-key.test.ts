import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { noChromium } from '../support/browser.ts';
import { missingPrograms, openProcesses } from '../support/real-ffmpeg.ts';
import { goLive, until } from '../support/studio-stage.ts';
import { studioWindows } from '../support/studio-window.ts';
import { mkdtempDisposable } from '../support/temporary-folder.ts';
import { brightnessOf, tonesOf } from '../support/viewed-stream.ts';
import { viewedTracks } from '../support/viewed-tracks.ts';
import { startClient, startXvfb } from '../support/x-server.ts';

const skip = noChromium || missingPrograms('ffmpeg', 'Xvfb', 'openbox');

/** Of the test source, which beeps each second at −20 dBFS. */
const BEEP = 1000;
const SILENCE_DB = -70;
/** Of the bars of the test picture; the slate is near black. */
const BRIGHT = 80;
const DARK = 50;
/** The longest there are. */
const SEGMENT_MS = 2000;

/** What viewers were shown and heard from a time on, without what was before in its segment. */
async function seenSince(hls: string, sinceMs: number, folder: string) {
  const fromMs = sinceMs + SEGMENT_MS;
  const { video, audio } = await viewedTracks(hls, { fromMs, toMs: fromMs + SEGMENT_MS }, folder);
  const [beeps = []] = await tonesOf(audio.file, [BEEP]);
  return { brightness: await brightnessOf(video.file), loudest: Math.max(...beeps) };
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
