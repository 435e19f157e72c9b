import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { SenderFrame } from '../../../src-main/desktop/electron-api.ts';
import { createLinkOpener } from '../../../src-main/desktop/link-opener.ts';
import { createMediaAccess } from '../../../src-main/desktop/media-access.ts';
import { pageCalls } from '../../../src-main/desktop/page-calls.ts';
import { registerCalls } from '../../../src-main/desktop/register-calls.ts';
import { chooseWords } from '../../../src-main/desktop/words.ts';
import { REQUEST_GUARDS, type Reply } from '../../../src-main/shared/desktop-contract.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { type Answer, fakeElectron, listLogger } from './fake-electron.ts';

const OWN = { controlUrl: 'http://127.0.0.1:8400', originUrl: 'http://127.0.0.1:8480' };
const PAGE: SenderFrame = { url: 'http://127.0.0.1:8400/archive', parent: null };
const words = chooseWords(['en']);

function openCalls(answer?: Answer) {
  const electron = fakeElectron(answer);
  const logger = listLogger();
  const protectedWith: boolean[] = [];
  let connected = true;
  const registered = registerCalls(electron.api.ipcMain, {
    handlers: pageCalls({
      electron: electron.api,
      words,
      window: { protect: (on) => void protectedWith.push(on) },
      media: createMediaAccess(electron.api, 'linux', manualClock()),
      openLink: createLinkOpener(electron.api, words, () => OWN),
    }),
    connection: () =>
      connected ? { controlUrl: OWN.controlUrl, token: 'the-token', platform: 'linux' } : undefined,
    logger,
  });
  return { electron, logger, protectedWith, registered, disconnect: () => (connected = false) };
}

function codeOf(reply: unknown): string | undefined {
  // What the page gets is what `registerCalls` promises to give.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  const answer = reply as Reply<unknown>;
  return answer.ok ? undefined : answer.error.code;
}

for (const [what, frame] of [
  ['another page', { url: 'https://evil.example/', parent: null }],
  ['another port of this computer', { url: 'http://127.0.0.1:8480/watch/x', parent: null }],
  ['another name of this computer', { url: 'http://localhost:8400/', parent: null }],
  ['a page whose address only begins like ours', { url: 'http://127.0.0.1:8400.evil.example/', parent: null }],
  ['a frame inside of our page', { url: 'http://127.0.0.1:8400/', parent: {} }],
  ['the page that is shown while the service starts', { url: 'data:text/html,x', parent: null }],
  ['a frame that is gone', null],
] as const satisfies readonly (readonly [string, SenderFrame])[]) {
  test(`${what} gets neither an answer nor the token`, async () => {
    const { electron, logger } = openCalls();

    await assert.rejects(
      async () => await electron.call('desktop:media-access', frame, { kind: 'camera' }),
      /refused/,
    );

    assert.equal(electron.ask('desktop:connection', frame), null);
    assert.match(logger.lines.join(), /a call was refused/);
    assert.equal(logger.lines.join().includes('the-token'), false);
  });
}

test('our own page learns where the service is, and nothing before there is one', () => {
  const { electron, disconnect } = openCalls();

  assert.deepEqual(electron.ask('desktop:connection', PAGE), {
    controlUrl: OWN.controlUrl,
    token: 'the-token',
    platform: 'linux',
  });
  disconnect();
  assert.equal(electron.ask('desktop:connection', PAGE), null);
});

for (const [call, request] of [
  ['desktop:show-in-folder', { path: '' }],
  ['desktop:show-in-folder', { path: 'a\0b' }],
  ['desktop:show-in-folder', { path: ['/x'] }],
  ['desktop:show-in-folder', { path: '/x', more: 1 }],
  ['desktop:choose-file', { kind: 'everything' }],
  ['desktop:choose-save-path', { name: 'x'.repeat(256) }],
  ['desktop:open-external', undefined],
  ['desktop:media-access', { kind: '__proto__' }],
  ['desktop:protect-content', { on: 'yes' }],
] as const) {
  test(`${call} with ${JSON.stringify(request ?? null).slice(0, 40)} is refused before anything is done`, async () => {
    const { electron } = openCalls();

    await assert.rejects(async () => await electron.call(call, PAGE, request), /refused/);

    assert.deepEqual(electron.opened, []);
  });
}

test('every call of the contract is answered, and none after the end', () => {
  const { electron, registered } = openCalls();
  assert.deepEqual([...electron.handlers.keys()].sort(), Object.keys(REQUEST_GUARDS).sort());

  registered[Symbol.dispose]();

  assert.equal(electron.handlers.size, 0);
  assert.equal(electron.ask('desktop:connection', PAGE), 'not answered');
});

test('a failure keeps its code on the way to the page', async () => {
  const { electron } = openCalls();

  const reply = await electron.call('desktop:show-in-folder', PAGE, { path: '/no/such/file' });

  assert.deepEqual(reply, {
    ok: false,
    error: {
      code: 'resource/not-found',
      message: 'There is no file /no/such/file.',
      details: { path: '/no/such/file' },
    },
  });
});

test('a file is shown in its folder; a relative path is nobody’s file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lectern-page-'));
  try {
    const path = join(folder, 'talk.mp4');
    await writeFile(path, '');
    const { electron } = openCalls();

    assert.deepEqual(await electron.call('desktop:show-in-folder', PAGE, { path }), { ok: true, value: null });
    const relative = await electron.call('desktop:show-in-folder', PAGE, { path: 'package.json' });

    assert.deepEqual(electron.opened, [`folder of ${path}`]);
    assert.equal(codeOf(relative), 'resource/not-found');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('files are chosen by the person, in the system’s own dialogs', async () => {
  const { electron } = openCalls();

  assert.deepEqual(await electron.call('desktop:choose-file', PAGE, { kind: 'media' }), {
    ok: true,
    value: '/chosen/file',
  });
  assert.deepEqual(await electron.call('desktop:choose-save-path', PAGE, { name: '../My: talk?.mp4' }), {
    ok: true,
    value: '/chosen/My talk .mp4',
  });
});

test('the window is kept out of captures when the page says so', async () => {
  const { electron, protectedWith } = openCalls();

  await electron.call('desktop:protect-content', PAGE, { on: true });

  assert.deepEqual(protectedWith, [true]);
});

test('an unknown host is shown to the person, and opened only when they agree', async () => {
  const no = openCalls(() => 0);
  const yes = openCalls(() => 1);
  const request = { url: 'https://example.org/path?q=1' };

  assert.deepEqual(await no.electron.call('desktop:open-external', PAGE, request), { ok: true, value: false });
  assert.deepEqual(await yes.electron.call('desktop:open-external', PAGE, request), { ok: true, value: true });

  assert.deepEqual(no.electron.opened, []);
  assert.deepEqual(yes.electron.opened, ['https://example.org/path?q=1']);
  assert.match(yes.electron.boxes[0]!.message, /example\.org/);
  assert.equal(yes.electron.boxes[0]!.defaultId, 0, 'Enter does not open it');
});

test('before the service runs no link is opened at all', async () => {
  const electron = fakeElectron();
  const open = createLinkOpener(electron.api, words, () => undefined);

  assert.equal(await open('https://youtube.com/'), false);
  assert.deepEqual(electron.opened, []);
});

test('a refused link opens nothing and asks nothing', async () => {
  const { electron } = openCalls();

  const reply = await electron.call('desktop:open-external', PAGE, { url: 'file:///etc/passwd' });

  assert.deepEqual(reply, { ok: true, value: false });
  assert.deepEqual([electron.opened, electron.boxes], [[], []]);
});

test('an error that is not ours becomes one, with its words', async () => {
  const electron = fakeElectron();
  const registered = registerCalls(electron.api.ipcMain, {
    handlers: {
      ...pageCalls({
        electron: electron.api,
        words,
        window: { protect: () => undefined },
        media: createMediaAccess(electron.api, 'linux', manualClock()),
        openLink: () => Promise.reject(new Error('no browser')),
      }),
    },
    connection: () => ({ ...OWN, token: 't', platform: 'linux' }),
    logger: listLogger(),
  });

  const reply = await electron.call('desktop:open-external', PAGE, { url: 'https://youtube.com/' });

  assert.equal(codeOf(reply), 'service/internal');
  registered[Symbol.dispose]();
});
