import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KeyHolder } from '../../../src-main/core/ports/keys.ts';
import type { ContentKey, Protection } from '../../../src-main/core/ports/protection.ts';
import { openOption, type ProtectRig, protectRig, tokenOption } from '../../support/protect-rig.ts';
import { jwt } from '../../support/tokens.ts';

const HOUR_MS = 3_600_000;
const KEY_CLAIM = 'urn:microsoft:azure:mediaservices:contentkeyidentifier';
const OF: KeyHolder = {
  subject: 'streamingLocator/show',
  streamingPolicyName: 'Hourly',
  defaultContentKeyPolicyName: 'viewers',
};
const video = { fourCc: 'avc1' };

async function hourly(option: unknown = openOption): Promise<ProtectRig> {
  const rig = protectRig();
  await rig.putKeyPolicy('viewers', option);
  rig.createPolicy('Hourly', {
    envelopeEncryption: { enabledProtocols: { hls: true }, keyRotation: { interval: 'PT1H' } },
  });
  await rig.keys.create(OF, []);
  return rig;
}

async function protectionOf({ keys }: Pick<ProtectRig, 'keys'>): Promise<Protection> {
  const protection = (await keys.protectionOf(OF))('m3u8-cmaf', 'cbc');
  assert(protection !== undefined);
  return protection;
}

function keyOf(protection: Protection, period: number | undefined): ContentKey {
  const key = protection.keyOf(video, period);
  assert(key !== undefined);
  return key;
}

async function ask(rig: Pick<ProtectRig, 'delivery'>, id: string, token?: string): Promise<string> {
  try {
    const [key] = await rig.delivery.deliver({ ids: [id], token, address: '::1' });
    return Buffer.from(key!.value).toString('hex');
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'other';
  }
}

const hexOf = ({ value }: ContentKey): string => Buffer.from(value).toString('hex');

describe('keys that rotate', () => {
  test('are others in every crypto period, and the same after a restart', async () => {
    const rig = await hourly();
    const period = Math.floor(rig.clock.wallMs() / HOUR_MS);
    const protection = await protectionOf(rig);

    const keys = [period - 1, period, undefined].map((one) => keyOf(protection, one));

    assert.equal(protection.cryptoPeriodMs, HOUR_MS);
    for (const part of ['id', 'value', 'iv'] as const) {
      assert.equal(new Set(keys.map((key) => Buffer.from(key[part]).toString('hex'))).size, 3, part);
    }
    assert(keys.every(({ value, iv }) => value.length === 16 && iv.length === 16));
    const again = await protectionOf(rig.reopened());
    assert.deepEqual(keyOf(again, period), keys[1]);
    assert.equal(rig.keys.list(OF.subject)[0]!.keyRotation?.interval, 'PT1H');
  });

  test('are given out for all periods that have been, several at once, and the one they are made from is not', async () => {
    const rig = await hourly();
    const period = Math.floor(rig.clock.wallMs() / HOUR_MS);
    const protection = await protectionOf(rig);
    const keys = [0, period - 200, period, undefined].map((one) => keyOf(protection, one));

    for (const key of keys) {
      assert.equal(await ask(rig, key.id), hexOf(key));
    }
    const ids = keys.map(({ id }) => id);
    const delivered = await rig.delivery.deliver({ ids, token: undefined, address: '::1' });
    assert.deepEqual(
      delivered.map(({ id }) => id),
      ids,
    );
    assert.equal(await ask(rig, rig.keys.list(OF.subject)[0]!.id), 'keys/not-found');
  });

  test('are not given out long before their time: their ids can be told', async () => {
    const rig = await hourly();
    const period = Math.floor(rig.clock.wallMs() / HOUR_MS);
    const next = keyOf(await protectionOf(rig), period + 1);

    assert.equal(await ask(rig, next.id), 'keys/not-found');
    rig.clock.advance((period + 1) * HOUR_MS - 60_000 - rig.clock.wallMs());
    assert.equal(await ask(rig, next.id), hexOf(next));
  });

  test('are given for a token that is bound to one of them, or to the key they are made from', async () => {
    const rig = await hourly(tokenOption());
    const nowMs = rig.clock.wallMs();
    const period = Math.floor(nowMs / HOUR_MS);
    const protection = await protectionOf(rig);
    const [before, now] = [keyOf(protection, period - 1), keyOf(protection, period)];

    const forNow = await jwt(nowMs, { [KEY_CLAIM]: now.id });
    const forAll = await jwt(nowMs, { [KEY_CLAIM]: rig.keys.list(OF.subject)[0]!.id });

    assert.equal(await ask(rig, now.id, forNow), hexOf(now));
    assert.equal(await ask(rig, before.id, forNow), 'keys/token-invalid');
    assert.equal(await ask(rig, before.id, forAll), hexOf(before));
    assert.equal(await ask(rig, before.id), 'keys/token-missing');
  });
});

describe('a policy whose keys rotate', () => {
  const keyRotation = { interval: 'PT10M' };
  for (const [what, request, field] of [
    [
      'Smooth Streaming',
      { envelopeEncryption: { enabledProtocols: { hls: true, smoothStreaming: true }, keyRotation } },
      'envelopeEncryption.enabledProtocols.smoothStreaming',
    ],
    [
      'a key server of somebody else',
      {
        envelopeEncryption: {
          enabledProtocols: { hls: true },
          customKeyAcquisitionUrlTemplate: 'https://keys.example/{ContentKeyId}',
          keyRotation,
        },
      },
      'envelopeEncryption.keyRotation',
    ],
    [
      'licences of vendors',
      {
        commonEncryptionCbcs: {
          enabledProtocols: { hls: true },
          clearKeyEncryptionConfiguration: {},
          drm: { fairPlay: {} },
          keyRotation,
        },
      },
      'commonEncryptionCbcs.keyRotation',
    ],
    [
      'no key system at all',
      { commonEncryptionCenc: { enabledProtocols: { dash: true }, keyRotation } },
      'commonEncryptionCenc.keyRotation',
    ],
  ] as const) {
    test(`is refused with ${what}`, () => {
      assert.throws(() => protectRig().createPolicy('Mine', request), {
        code: 'request/invalid',
        details: { field },
      });
    });
  }

  test('has an interval of ten seconds to thirty days', () => {
    for (const interval of ['PT9S', 'P31D', 'PT0S', 'now']) {
      assert.throws(
        () =>
          protectRig().createPolicy('Mine', {
            envelopeEncryption: { enabledProtocols: { hls: true }, keyRotation: { interval } },
          }),
        interval,
      );
    }
  });
});
