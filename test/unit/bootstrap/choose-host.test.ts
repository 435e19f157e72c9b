import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  hasDisplay,
  isStillborn,
  reasonAgainstDesktop,
  reasonAgainstSandbox,
  sentenceForHeadless,
} from '../../../src-main/bootstrap/choose-host.mjs';

const laptop = { platform: 'linux', headlessWanted: false, hasDisplay: true, isRoot: false };

test('a laptop with a display gets the desktop window', () => {
  assert.equal(reasonAgainstDesktop(laptop), undefined);
});

test('the wish of the person comes first among the reasons against the window', () => {
  const reason = reasonAgainstDesktop({ ...laptop, headlessWanted: true, hasDisplay: false, isRoot: true });

  assert.equal(reason, 'that was asked for');
});

test('without a display, and as root on Linux, the browser is used and the reason is said', () => {
  assert.match(reasonAgainstDesktop({ ...laptop, hasDisplay: false }) ?? '', /no display/);
  assert.match(reasonAgainstDesktop({ ...laptop, isRoot: true }) ?? '', /as root/);
  assert.equal(reasonAgainstDesktop({ ...laptop, platform: 'darwin', isRoot: true }), undefined);
});

test('the sentence says which way the studio opens, and where no browser can be opened, what to do', () => {
  assert.match(
    sentenceForHeadless('it rains', true),
    /^Opening Lectern in your browser, because it rains\. .*same studio/,
  );
  assert.match(
    sentenceForHeadless('it rains', false),
    /^Starting Lectern without a window, because it rains\. Open the address .*same studio/,
  );
});

test('the sandbox needs one of its two ways, not both', () => {
  assert.equal(reasonAgainstSandbox({ userNamespaces: true, helperReady: false }), undefined);
  assert.equal(reasonAgainstSandbox({ userNamespaces: false, helperReady: true }), undefined);
  assert.match(reasonAgainstSandbox({ userNamespaces: false, helperReady: false }) ?? '', /chrome-sandbox/);
});

test('on Linux X11 and Wayland are displays, an empty variable is none; elsewhere there always is one', () => {
  assert.equal(hasDisplay('linux', { DISPLAY: ':0' }), true);
  assert.equal(hasDisplay('linux', { WAYLAND_DISPLAY: 'wayland-0' }), true);
  assert.equal(hasDisplay('linux', { DISPLAY: '' }), false);
  assert.equal(hasDisplay('darwin', {}), true);
});

test('a window that ends at once with a failure never opened; a person who quits or interrupts is no failure', () => {
  assert.equal(isStillborn({ code: 127, afterMs: 40, interrupted: false }), true);
  assert.equal(isStillborn({ code: 0, afterMs: 40, interrupted: false }), false);
  assert.equal(isStillborn({ code: 130, afterMs: 40, interrupted: true }), false);
  assert.equal(isStillborn({ code: 1, afterMs: 60_000, interrupted: false }), false);
});
