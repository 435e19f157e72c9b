import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { build } from '../../../src-main/bootstrap/targets.mjs';
import type { DesktopBridge } from '../../../src-main/shared/desktop-contract.ts';
import { createHub } from './fake-electron.ts';

let bundle = '';

before(async () => {
  await build(['preload']);
  bundle = await readFile(new URL('../../../dist/preload/preload.cjs', import.meta.url), 'utf8');
});

const CONNECTION = { controlUrl: 'http://127.0.0.1:8400', token: 'the-token', platform: 'linux' };

/** Runs the bundle as Electron does: a script that can `require` nothing but Electron. */
function load(connection: unknown, invoke: (channel: string, request: unknown) => unknown = () => assert.fail()) {
  const hub = createHub();
  const exposed = new Map<string, unknown>();
  const required: string[] = [];
  runInNewContext(bundle, {
    module: { exports: {} },
    exports: {},
    require(name: string) {
      required.push(name);
      return {
        contextBridge: { exposeInMainWorld: (key: string, value: unknown) => void exposed.set(key, value) },
        ipcRenderer: {
          sendSync: (channel: string) => (channel === 'desktop:connection' ? connection : assert.fail(channel)),
          invoke: (channel: string, request: unknown) => Promise.resolve(invoke(channel, request)),
          on: hub.on,
          off: hub.off,
        },
        webUtils: { getPathForFile: ({ name }: File) => `/drop/${name}` },
      };
    },
    Error,
  });
  return { hub, exposed, required };
}

function bridgeOf(exposed: ReadonlyMap<string, unknown>): DesktopBridge {
  // What the preload exposes is checked by the compiler there.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  return exposed.get('lectern') as DesktopBridge;
}

test('the preload is one CommonJS file that needs Electron and nothing else', () => {
  const { required } = load(CONNECTION);

  assert.deepEqual(required, ['electron']);
  assert.equal(/\bimport\b/.test(bundle), false);
});

test('the page gets the calls of the contract, where the service is, and nothing of Electron', () => {
  const { exposed } = load(CONNECTION);

  assert.deepEqual([...exposed.keys()], ['lectern']);
  assert.deepEqual(Object.keys(bridgeOf(exposed)).sort(), [
    'chooseFile',
    'chooseSavePath',
    'controlUrl',
    'mediaAccess',
    'onCommand',
    'onService',
    'openExternal',
    'pathOfFile',
    'platform',
    'protectContent',
    'requestMediaAccess',
    'showInFolder',
    'token',
  ]);
  const { controlUrl, token, platform } = bridgeOf(exposed);
  assert.deepEqual({ controlUrl, token, platform }, CONNECTION);
});

test('a page that is not ours gets nothing', () => {
  assert.equal(load(null).exposed.size, 0);
});

test('an answer is given as it is, nothing chosen is undefined, and a refusal is an error with its words', async () => {
  const calls: unknown[][] = [];
  const { exposed } = load(CONNECTION, (...call) => {
    calls.push(call);
    return call[0] === 'desktop:show-in-folder'
      ? { ok: false, error: { code: 'resource/not-found', message: 'There is no file.', details: {} } }
      : { ok: true, value: call[0] === 'desktop:choose-file' ? '/a/file.mp4' : null };
  });
  const bridge = bridgeOf(exposed);

  assert.equal(await bridge.chooseFile(), '/a/file.mp4');
  assert.equal(await bridge.chooseSavePath('x.mp4'), undefined);
  assert.equal(bridge.pathOfFile(new File([], 'talk.mp4')), '/drop/talk.mp4');
  await assert.rejects(bridge.showInFolder('/a'), { message: 'There is no file.' });
  assert.deepEqual(
    JSON.stringify(calls),
    JSON.stringify([
      ['desktop:choose-file', { kind: 'media' }],
      ['desktop:choose-save-path', { name: 'x.mp4' }],
      ['desktop:show-in-folder', { path: '/a' }],
    ]),
  );
});

test('a listener hears the state and never the event, and nothing after it stopped', () => {
  const { hub, exposed } = load(CONNECTION);
  const heard: unknown[][] = [];

  const stop = bridgeOf(exposed).onService((...args) => void heard.push(args));
  hub.emit('desktop:service', { sender: 'everything' }, { state: 'running' });
  stop();
  hub.emit('desktop:service', {}, { state: 'restarting', attempt: 1 });

  assert.deepEqual(heard, [[{ state: 'running' }]]);
});
