import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OwnedProcesses } from '../../src-main/core/process/create-processes.ts';
import { openProcesses } from './real-ffmpeg.ts';
import { type SoundServer, startPulseAudio } from './sound-server.ts';
import { LIGHT, type Session, until } from './studio-stage.ts';
import type { StudioWindow, studioWindows } from './studio-window.ts';
import { mkdtempDisposable } from './temporary-folder.ts';
import { startClient, startXvfb } from './x-server.ts';

/** A studio's window on a display of its own, with a sound server, and what a presenter does in it by hand. */
export type LiveWindow = AsyncDisposable &
  StudioWindow & {
    readonly processes: OwnedProcesses;
    readonly sound: SoundServer;
    /** Empty, and gone afterwards. */
    readonly folder: string;
    /** Without a source yet. */
    readonly useTestPicture: () => Promise<void>;
    /** A video file, or the default one of the devices of a kind. */
    readonly addSource: (source: { readonly file: string } | { readonly kind: 'Microphone' }) => Promise<void>;
    /** Presses the button and waits until it is live. */
    readonly goLive: () => Promise<Session>;
    /** Presses keys with the studio itself in front, and says when: ms of UTC. */
    readonly press: (key: string) => Promise<number>;
  };

export async function openLiveWindow(open: ReturnType<typeof studioWindows>[number]['open']): Promise<LiveWindow> {
  await using opened = new AsyncDisposableStack();
  const processes = opened.use(openProcesses());
  const { path: folder } = opened.use(await mkdtempDisposable(join(tmpdir(), 'lectern-live-')));
  const { display } = opened.use(await startXvfb(processes, { screen: '1280x800x24' }));
  await startClient(processes, display, 'openbox', []);
  const sound = opened.use(await startPulseAudio(processes));
  const studio = opened.use(await open({ display, environment: sound.environment, top: 0 }));
  const { page, lectern } = studio;
  await lectern.call('patchSettings', { body: { encoding: { ladder: LIGHT } } });
  const kept = opened.move();

  return {
    ...studio,
    processes,
    sound,
    folder,
    async useTestPicture() {
      await page.getByRole('button', { name: 'Use the test picture' }).click();
      await page.getByRole('radio', { name: /^Test picture/ }).waitFor();
    },
    async addSource(source) {
      await page.getByRole('button', { name: 'Sources', exact: true }).click();
      const dialog = page.getByRole('dialog');
      if ('file' in source) {
        await dialog.getByRole('button', { name: /^Video file/ }).click();
        await dialog.getByRole('textbox', { name: 'File' }).fill(source.file);
      } else {
        await dialog.getByRole('button', { name: new RegExp(`^${source.kind}`) }).click();
        // Its list comes by and by.
        await dialog.getByRole('radio', { checked: true }).waitFor({ state: 'attached' });
      }
      await dialog.getByRole('button', { name: 'Add', exact: true }).click();
      await dialog.getByText('In use').waitFor();
      await dialog.getByRole('button', { name: 'Done' }).click();
    },
    async goLive() {
      await page.getByRole('button', { name: 'Go live' }).click();
      await page.locator('.studio[data-phase="live"]').waitFor();
      return await until('there is a session', async () => (await lectern.call('getStudio', {})).session);
    },
    async press(key) {
      await page.locator('#main').focus();
      const pressedMs = Date.now();
      await page.keyboard.press(key);
      return pressedMs;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
