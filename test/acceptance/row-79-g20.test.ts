import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { type RawBroadcast, rawBroadcast } from '../support/raw-broadcast.ts';
import { request } from '../support/service-stage.ts';
import { openStage, type Stage } from '../support/studio-stage.ts';

/** Another program than ours. */
const OPENSSL = 'openssl';
const HASHES = ['md5', 'sha1', 'sha256'] as const;

function hasOpenssl(): boolean {
  try {
    execFileSync(OPENSSL, ['version']);
    return true;
  } catch {
    return false;
  }
}

describe('Akamai’s signature header authentication', {
  skip: hasOpenssl() ? false : 'openssl is not here',
}, () => {
  const key = Buffer.from('testid1-a shared secret');
  let stage: Stage;
  let live: RawBroadcast;

  before(async () => {
    stage = await openStage();
    live = await rawBroadcast(stage.lectern);
  });
  after(() => stage[Symbol.asyncDispose]());

  const setKeys = async (...list: readonly object[]): Promise<void> => {
    const accessControl = { akamai: { akamaiSignatureHeaderAuthenticationKeyList: list } };
    const { status, body } = await request(stage.lectern, 'PATCH', '/streamingEndpoints/default', {
      accessControl,
    });
    assert.equal(status, 200, JSON.stringify(body));
    assert.doesNotMatch(JSON.stringify(body), /base64Key/);
  };

  /** Signed by another program than ours, as versions 3 to 5. */
  function signed(
    url: string,
    options: {
      readonly version?: 3 | 4 | 5;
      readonly identifier?: string;
      readonly secondsAgo?: number;
      readonly with?: Buffer;
    } = {},
  ): Record<string, string> {
    const { version = 5, identifier = 'edge', secondsAgo = 0 } = options;
    const { pathname, search } = new URL(url);
    const time = Math.floor(Date.now() / 1000) - secondsAgo;
    const data = `${version}, 192.0.2.10, 198.51.100.7, ${time}, 1734029.88, ${identifier}`;
    const hex = (options.with ?? key).toString('hex');
    const args = ['dgst', `-${HASHES[version - 3] ?? ''}`, '-mac', 'HMAC', '-macopt', `hexkey:${hex}`, '-binary'];
    const digest = execFileSync(OPENSSL, args, { input: `${data}${pathname}${search}` });
    return { 'X-Akamai-G2O-Auth-Data': data, 'X-Akamai-G2O-Auth-Sign': digest.toString('base64') };
  }

  async function outcome(url: string, headers: Record<string, string> = {}): Promise<string> {
    const answer = await fetch(url, { headers });
    await answer.arrayBuffer();
    return `${answer.status} ${answer.headers.get('x-ms-error-code') ?? ''}`.trim();
  }

  test('79: what is signed with a key of the endpoint is answered, and nothing else', async () => {
    const [video = ''] = live.playlists;
    assert.equal(await outcome(live.tape.hls), '200');
    await setKeys({ identifier: 'edge', base64Key: key.toString('base64'), expiration: '2099-01-01T00:00:00Z' });

    for (const url of [live.tape.hls, live.tape.dash, video]) {
      for (const version of [3, 4, 5] as const) {
        assert.equal(await outcome(url, signed(url, { version })), '200', `${url} ${version}`);
      }
      assert.equal(await outcome(url), '403 origin/signature-missing');
    }
    const { hls } = live.tape;
    assert.equal(await outcome(hls, signed(live.tape.dash)), '403 origin/signature-invalid');
    assert.equal(await outcome(hls, signed(hls, { with: Buffer.from('wrong') })), '403 origin/signature-invalid');
    assert.equal(await outcome(hls, signed(hls, { identifier: 'other' })), '403 origin/signature-invalid');
    assert.equal(await outcome(hls, signed(hls, { secondsAgo: 120 })), '403 origin/signature-expired');
  });

  test('79: keys change one after the other; one that has expired is refused', async () => {
    const { hls } = live.tape;
    const next = Buffer.from('the next secret');
    await setKeys(
      { identifier: 'edge', expiration: '2020-01-01T00:00:00Z' },
      { identifier: 'next', base64Key: next.toString('base64') },
    );

    assert.equal(await outcome(hls, signed(hls)), '403 origin/signature-expired');
    assert.equal(await outcome(hls, signed(hls, { identifier: 'next', with: next })), '200');
  });

  test('79: without keys everybody is answered again', async () => {
    await request(stage.lectern, 'PATCH', '/streamingEndpoints/default', { accessControl: null });

    assert.equal(await outcome(live.tape.hls), '200');
  });
});
