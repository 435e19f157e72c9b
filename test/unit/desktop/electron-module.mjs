// Loaded before `main.ts` with `--import`: puts a module in the place of Electron that prints what is asked of it and whose service says at
// once that its port is taken.
import { registerHooks } from 'node:module';

const source = `
  import { EventEmitter, once } from 'node:events';

  const say = (...words) => console.log(words.join(' '));
  const on = () => new EventEmitter();

  export const app = Object.assign(on(), {
    isPackaged: false,
    enableSandbox: () => say('sandbox'),
    requestSingleInstanceLock: () => process.env.LECTERN_TEST_SECOND !== '1',
    whenReady: () => once(app, 'ready'),
    getPath: (name) => process.env.LECTERN_TEST_FOLDER + '/' + name,
    setPath: (name, path) => say('path', name, path.slice(process.env.LECTERN_TEST_FOLDER.length)),
    getVersion: () => '1.2.3',
    getPreferredSystemLanguages: () => ['en'],
    exit(code) {
      say('exit', code);
      process.exit(code);
    },
  });
  export const dialog = {
    showErrorBox: (title, text) => say('error', text),
    async showMessageBox({ message, detail, buttons }) {
      say('box', message, '|', detail.split('\\n')[0]);
      return { response: buttons.length - 1 };
    },
  };
  export const ipcMain = Object.assign(on(), { handle: () => undefined });
  export const powerMonitor = on();
  export const powerSaveBlocker = {};
  export const safeStorage = {};
  export const shell = {};
  export const systemPreferences = {};
  export const nativeImage = { createFromPath: (path) => path };
  export const Menu = { buildFromTemplate: (items) => ({ items }), setApplicationMenu: () => undefined };
  export class Tray extends EventEmitter {
    setImage() {}
    setToolTip() {}
    setContextMenu() {}
  }
  export class BrowserWindow extends EventEmitter {
    webContents = Object.assign(on(), {
      send: () => undefined,
      setWindowOpenHandler: () => undefined,
      session: {
        setPermissionRequestHandler: () => undefined,
        setPermissionCheckHandler: () => undefined,
        setDevicePermissionHandler: () => undefined,
      },
    });
    constructor({ webPreferences }) {
      super();
      say('window', webPreferences.preload.split(/[\\\\/]/).at(-1));
    }
    setContentProtection() {}
    async loadURL(url) {
      say('load', /<h1>(.*)<\\/h1>/.exec(decodeURIComponent(url))?.[1] ?? url);
    }
  }
  export const utilityProcess = {
    fork(path) {
      say('fork', path.split(/[\\\\/]/).at(-1));
      const error = { code: 'service/port-taken', message: 'Port 8400 is taken.', details: {} };
      return Object.assign(on(), {
        pid: 1,
        stdout: null,
        stderr: null,
        postMessage({ type, controlPort, version }) {
          say('post', type, controlPort, version);
          setImmediate(() => {
            this.emit('message', { type: 'failed', error });
            this.emit('exit', 1);
          });
        },
      });
    },
  };
`;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron'
      ? { url: `data:text/javascript,${encodeURIComponent(source)}`, shortCircuit: true }
      : next(specifier, context),
});
