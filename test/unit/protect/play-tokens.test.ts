import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toAppError } from '../../../src-main/shared/app-error.ts';
import { type ProtectRig, protectRig, tokenOption } from '../../support/protect-rig.ts';

const SUBJECT = 'streamingLocator/talk';

async function published(): Promise<{ readonly rig: ProtectRig; readonly id: string }> {
  const rig = protectRig();
  await rig.putKeyPolicy('members', tokenOption());
  const streamingPolicyName = 'Predefined_ClearKey';
  for (const subject of [SUBJECT, 'streamingLocator/other']) {
    await rig.keys.create({ subject, streamingPolicyName, defaultContentKeyPolicyName: 'members' }, []);
  }
  return { rig, id: rig.keys.list(SUBJECT)[0]?.id ?? '' };
}

async function ask(rig: ProtectRig, id: string, token: string, address = '127.0.0.1'): Promise<string> {
  try {
    const [key] = await rig.delivery.deliver({ ids: [id], token, address });
    return `${key?.value.byteLength ?? 0} bytes`;
  } catch (error) {
    return toAppError(error).code;
  }
}

test('a token of the studio is good for the keys of what it was issued for, for ten minutes, and is not logged', async () => {
  const { rig, id } = await published();
  const { token, expiresAt } = rig.playTokens.issue(SUBJECT);
  assert.equal(Date.parse(expiresAt), rig.clock.wallMs() + 600_000);

  assert.equal(await ask(rig, id, token), '16 bytes');
  assert.equal(await ask(rig, rig.keys.list('streamingLocator/other')[0]?.id ?? '', token), 'keys/token-invalid');
  assert.equal(await ask(rig, id, `${token}x`), 'keys/token-invalid');
  rig.clock.advance(600_000);
  assert.equal(await ask(rig, id, token), 'keys/token-invalid');
  assert.equal(rig.logged().includes(token), false);
});

test('the list of addresses is of viewers, and does not keep the studio out', async () => {
  const { rig, id } = await published();
  rig.denied.add('10.1.1.1');

  assert.equal(await ask(rig, id, 'x', '10.1.1.1'), 'keys/address-denied');
  assert.equal(await ask(rig, id, rig.playTokens.issue(SUBJECT).token, '10.1.1.1'), '16 bytes');
});

test('keys that are given out to nobody, and those of what cannot be watched now, are not given to the studio either', async () => {
  const { rig, id } = await published();
  const { token } = rig.playTokens.issue(SUBJECT);
  await rig.keys.create(
    { subject: 'streamingLocator/drm', streamingPolicyName: 'Predefined_MultiDrmCencStreaming' },
    [],
  );
  const drm = rig.playTokens.issue('streamingLocator/drm').token;

  assert.equal(await ask(rig, rig.keys.list('streamingLocator/drm')[0]?.id ?? '', drm), 'keys/not-given-out');
  rig.closed.add(SUBJECT);
  assert.equal(await ask(rig, id, token), 'keys/not-found');
});
