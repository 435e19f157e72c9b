import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright';
import { installedElectron } from '../../src-main/bootstrap/electron-binary.mjs';
import { ROOT } from '../../src-main/bootstrap/project.mjs';
import { build } from '../../src-main/bootstrap/targets.mjs';
import { createControlClient } from '../../src-main/core/control/client/control-client.ts';
import type { DesktopConnection } from '../../src-main/shared/desktop-contract.ts';
import { launchChromium } from './browser.ts';
import type { Lectern } from './lectern-process.ts';
import { openStage } from './studio-stage.ts';
import { mkdtempDisposable } from './temporary-folder.ts';

/** The studio's page in one of the windows that people have it in, with a service of its own behind it. */
export type StudioWindow = AsyncDisposable & {
  readonly page: Page;
  readonly lectern: Pick<Lectern, 'call' | 'controlUrl'>;
  /** What the page complained of so far: errors, and answers that refuse. */
  readonly complaints: readonly string[];
  /** Takes the only export that is ready as a person does, and says where it then lies. */
  readonly takeExport: () => Promise<string>;
};

type Place = {
  /** For the DISPLAY variable. */
  readonly display: string;
  /** What the service is to find besides, such as a sound server. */
  readonly environment: Readonly<Record<string, string>>;
  /** Lines of the display that are left free above the window. */
  readonly top: number;
};

type WindowKind = {
  readonly name: 'Chromium' | 'Electron';
  readonly open: (place: Place) => Promise<StudioWindow>;
};

const SIZE = { width: 1180, height: 600 };
const STARTS_WITHIN_MS = 90_000;
/** A window that asks whether to stay live has nobody to answer. */
const CLOSES_WITHIN_MS = 20_000;

/**
 * The page is always there; the desktop window is where its program is. It is fetched from a place that not everybody reaches, so that a
 * checkout without it is whole, and a test of it is not one that is skipped.
 */
export function studioWindows(root = ROOT): readonly WindowKind[] {
  return [
    { name: 'Chromium', open: openInChromium },
    ...(installedElectron(root) === undefined ? [] : [{ name: 'Electron' as const, open: openBuilt }]),
  ];
}

/** Electron runs what is built; everything else runs the sources. */
async function openBuilt(place: Place): Promise<StudioWindow> {
  await build(['main', 'preload', 'renderer']);
  return await openInElectron(place);
}

async function openInChromium({ display, environment, top }: Place): Promise<StudioWindow> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await mkdtempDisposable(join(tmpdir(), 'lectern-saved-')));
  const stage = opened.use(await openStage({ env: { DISPLAY: display, ...environment } }));
  const browser = opened.adopt(await launchChromium({ display }), (launched) => launched.close());
  const page = await browser.newPage({ viewport: SIZE, locale: 'en-GB' });
  const devTools = await page.context().newCDPSession(page);
  const { windowId } = await devTools.send('Browser.getWindowForTarget');
  await devTools.send('Browser.setWindowBounds', { windowId, bounds: { left: 0, top } });
  // A dialog of the system that nobody answers; browsers without it download.
  await page.addInitScript(() => Reflect.deleteProperty(window, 'showSaveFilePicker'));
  const complaints = complaintsOf(page);
  await page.goto(stage.lectern.pageUrl);
  return {
    page,
    lectern: stage.lectern,
    complaints,
    async takeExport() {
      const file = join(folder.path, 'saved.mp4');
      const begun = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download' }).click();
      await (await begun).saveAs(file);
      return file;
    },
    ...ownerOf(opened),
  };
}

/** The desktop app on a data folder of its own, as it is built. */
export async function openInElectron({ display, environment, top }: Place): Promise<StudioWindow> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await mkdtempDisposable(join(tmpdir(), 'lectern-window-')));
  // Playwright finds the program by the package itself, and holds the app until it watches it, only when it is not told where it is.
  const app = opened.adopt(
    await _electron.launch({
      ...electronLaunch(folder.path, { ...environment, DISPLAY: display }),
      timeout: STARTS_WITHIN_MS,
    }),
    closeElectron,
  );
  const page = await app.firstWindow({ timeout: STARTS_WITHIN_MS });
  const complaints = complaintsOf(page);
  // Before that it says that the service is starting.
  await page.waitForURL(/^http:/, { timeout: STARTS_WITHIN_MS });
  const file = join(folder.path, 'saved.mp4');
  await app.evaluate(
    ({ BrowserWindow, dialog }, { bounds, filePath }) => {
      BrowserWindow.getAllWindows().forEach((window) => window.setBounds(bounds));
      // A dialog of the system that nobody answers.
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath });
    },
    { bounds: { x: 0, y: top, ...SIZE }, filePath: file },
  );
  const connection: DesktopConnection = await page.evaluate(
    '(({ controlUrl, token, platform }) => ({ controlUrl, token, platform }))(lectern)',
  );
  return {
    page,
    lectern: { controlUrl: connection.controlUrl, call: createControlClient(connection).call },
    complaints,
    async takeExport() {
      // The window asked where to before it wrote, and now offers to show it there.
      await page.getByRole('button', { name: 'Show in folder' }).waitFor();
      return file;
    },
    ...ownerOf(opened),
  };
}

async function closeElectron(app: ElectronApplication): Promise<void> {
  const timer = setTimeout(() => app.process().kill('SIGKILL'), CLOSES_WITHIN_MS);
  try {
    await app.close();
  } finally {
    clearTimeout(timer);
  }
}

/** How Electron is started: on a folder that holds all it writes, be it recordings, settings or what it keeps of its window. */
export function electronLaunch(
  folder: string,
  environment: Readonly<Record<string, string>>,
): { readonly args: string[]; readonly env: Record<string, string> } {
  const ports = ['control', 'origin', 'rtmp', 'rtmps', 'ingest', 'srt', 'remote'];
  return {
    // The first is the checkout.
    args: [
      ROOT,
      '--lang=en-GB',
      '--data-dir',
      join(folder, 'data'),
      ...ports.flatMap((name) => [`--${name}-port`, '0']),
    ],
    env: {
      ...inherited(),
      ...environment,
      LANGUAGE: 'en_GB',
      // Where Linux has the window's own folder, by which Electron also knows that it runs already.
      XDG_CONFIG_HOME: join(folder, 'config'),
    },
  };
}

/** Without what makes a plain Node of Electron, which is how tests in an editor that is one inherit it. */
function inherited(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || name === 'ELECTRON_RUN_AS_NODE' ? [] : [[name, value]],
    ),
  );
}

function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') {
      complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('response', (response) => {
    if (response.status() >= 400) {
      complaints.push(`${response.status()} ${response.url()}`);
    }
  });
  return complaints;
}

function ownerOf(opened: AsyncDisposableStack): AsyncDisposable {
  const kept = opened.move();
  return { [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
