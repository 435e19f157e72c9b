import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire, registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Run in the place of the Electron program, where that is not to be had. What Playwright sees of an app is here: a Node that it watches, which
// loads what it adds, and a Chromium with one window. The window first says that the service is starting; then it shows the address of a
// service whose page tells how all of it was started.

const [, , chromium = '', ...given] = process.argv;
// Electron knows no script before its arguments.
process.argv.splice(1, 2);

let bounds: unknown;
const electron = {
  app: Object.assign(new EventEmitter(), {
    commandLine: { appendSwitch: () => undefined },
    whenReady: () => Promise.resolve(),
    quit: () => browser.kill('SIGKILL'),
  }),
  BrowserWindow: {
    getAllWindows: () => [
      {
        setBounds(wanted: unknown) {
          bounds = wanted;
        },
      },
    ],
  },
  dialog: { showSaveDialog: (): Promise<unknown> => Promise.reject(new Error('Nobody answers.')) },
};
Reflect.set(globalThis, 'electronStandIn', electron);
const ADDRESS = 'stand-in:electron';
registerHooks({
  resolve: (name, context, next) =>
    name === 'electron' ? { url: ADDRESS, format: 'commonjs', shortCircuit: true } : next(name, context),
  load: (url, context, next) =>
    url === ADDRESS
      ? { format: 'commonjs', source: 'module.exports = globalThis.electronStandIn;', shortCircuit: true }
      : next(url, context),
});

const server = createServer((request, response) => {
  void (async () => {
    switch (request.url) {
      case '/': {
        const started = JSON.stringify({ argv: process.argv, pid: process.pid, display: process.env['DISPLAY'] });
        const page = `<!doctype html><title>studio</title><button>Show in folder</button><script>
          lectern = { controlUrl: location.origin, token: 'its token', platform: 'linux', showInFolder() {} };
          started = ${started};
          console.error('no picture');
        </script>`;
        response.setHeader('Content-Type', 'text/html').end(page);
        break;
      }
      case '/asked':
        response.end(JSON.stringify({ bounds, saves: await electron.dialog.showSaveDialog() }));
        break;
      default:
        response.writeHead(401, { 'Content-Type': 'application/problem+json' }).end(
          JSON.stringify({
            type: 'urn:lectern:problem:request/unauthorized',
            title: 'Not here',
            status: 401,
            detail: `It came with ${request.headers.authorization ?? 'nothing'}.`,
            code: 'request/unauthorized',
          }),
        );
    }
  })();
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const address = server.address();
const studio = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}/`;

const profile = mkdtempSync(join(tmpdir(), 'lectern-stand-in-'));
const browser = spawn(
  chromium,
  [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--remote-debugging-port=0',
    `--user-data-dir=${profile}`,
    `data:text/html,<title>starting</title><script>setTimeout(() => location.href = '${studio}', 500)</script>`,
  ],
  // Where it is to be reached it says on stderr, as Electron does.
  { stdio: ['ignore', 'ignore', 'inherit'] },
);
browser.once('exit', () => {
  rmSync(profile, { recursive: true, force: true });
  process.exit(0);
});

createRequire(import.meta.url)(given[given.indexOf('-r') + 1] ?? '');
electron.app.emit('ready', {});
await electron.app.whenReady();
