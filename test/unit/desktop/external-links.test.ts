import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOwnPage, judgeLink } from '../../../src-main/desktop/external-links.ts';

const OWN = { controlUrl: 'http://127.0.0.1:8400', originUrl: 'http://127.0.0.1:8480' };

for (const [link, verdict] of [
  ['https://studio.youtube.com/live', 'open'],
  ['https://youtube.com/', 'open'],
  ['https://notyoutube.com/', 'ask'],
  ['https://youtube.com.evil.example/', 'ask'],
  ['https://example.org/x', 'ask'],
  ['http://127.0.0.1:8480/watch/abc', 'open'],
  ['http://127.0.0.1:8400/help/', 'open'],
  ['http://192.168.1.20:8480/watch/abc', 'ask'],
  ['http://127.0.0.1:22/', 'refuse'],
  ['http://example.org/', 'refuse'],
  ['https://youtube.com@evil.example/', 'refuse'],
  ['file:///etc/passwd', 'refuse'],
  ['javascript:alert(1)', 'refuse'],
  ['ms-settings:privacy', 'refuse'],
  ['x-apple.systempreferences:com.apple', 'refuse'],
  ['vbscript:x', 'refuse'],
  ['not a link', 'refuse'],
  ['', 'refuse'],
] as const) {
  test(`a link to ${JSON.stringify(link)}: ${verdict}`, () => {
    assert.equal(judgeLink(link, OWN).verdict, verdict);
  });
}

test('our own page is one origin: scheme, host and port', () => {
  assert.equal(isOwnPage('http://127.0.0.1:8400/studio#x', OWN.controlUrl), true);
  assert.equal(isOwnPage('https://127.0.0.1:8400/', OWN.controlUrl), false);
  assert.equal(isOwnPage('http://127.0.0.1:84000/', OWN.controlUrl), false);
  assert.equal(isOwnPage('http://127.0.0.1:8400/', undefined), false);
});
