import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStreamingPolicies } from '../../../../src-main/core/protect/streaming-policies.ts';
import { streamingPolicyCreate } from '../../../../src-main/shared/api/publishing.ts';
import {
  chosenProtocols,
  FIRST_POLICY,
  isComplete,
  newProtection,
  type PolicyProtection,
  PROTECTIONS,
  PROTOCOLS,
  type ProtectionDraft,
  policyOf,
  protectionFaults,
  streamingPolicyDraftOf,
} from '../../../../src-renderer/features/service/streaming-policy-draft.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { memoryRows } from '../../../support/memory-rows.ts';

const ALL = PROTOCOLS.none;
const LICENCES = 'https://licences.example.org/{ContentKeyId}?of={AlternativeMediaId}';

function draftOf(protection: PolicyProtection, part: Partial<ProtectionDraft> = {}) {
  return { protections: [{ ...newProtection(0, protection), ...part }], keyPolicy: '' };
}

function policies() {
  return createStreamingPolicies({
    rows: memoryRows(),
    clock: manualClock(),
    checkKeyPolicy: () => undefined,
    usersOf: () => [],
    limit: () => 100,
  });
}

test('what is chosen and cannot be protected so is not sent, and is there again without the protection', () => {
  const draft = newProtection(0, 'cbcs');

  assert.deepEqual(chosenProtocols({ ...draft, protocols: ALL }), ['hls', 'dash']);
  assert.deepEqual(policyOf(draftOf('cbcs', { protocols: ALL })), {
    commonEncryptionCbcs: {
      enabledProtocols: { hls: true, dash: true, smoothStreaming: false, download: false },
      clearKeyEncryptionConfiguration: {},
    },
  });
  assert.deepEqual(chosenProtocols({ ...draft, protocols: ALL, protection: 'none' }), ALL);
});

test('who gets keys is said only where there are some', () => {
  const draft = { ...FIRST_POLICY, keyPolicy: 'members' };

  assert.equal(policyOf(draft).defaultContentKeyPolicyName, undefined);
  assert.equal(policyOf({ ...draftOf('envelope'), keyPolicy: 'members' }).defaultContentKeyPolicyName, 'members');
});

test('every protection with every protocol that it offers, alone and all together, is what the service takes', () => {
  const made = policies();
  const parts = PROTECTIONS.map((protection, id) => ({ ...newProtection(id, protection), protocols: ALL }));

  for (const part of parts) {
    const body = policyOf({ protections: [part], keyPolicy: 'members' });
    assert.doesNotThrow(() => made.create(part.protection, streamingPolicyCreate.parse(body)), part.protection);
  }
  const together = streamingPolicyCreate.parse(policyOf({ protections: parts, keyPolicy: 'members' }));
  assert.doesNotThrow(() => made.create('together', together));
  assert.equal(Object.keys(together).length, 5);
});

test('licence servers of others, their keys and tracks are what the service takes', () => {
  const body = policyOf(
    draftOf('cbcs', {
      clearKey: false,
      systems: ['widevine', 'fairPlay', 'playReady'],
      urls: { widevine: ` ${LICENCES} `, fairPlay: 'skd://keys.example.org/{ContentKeyId}', playReady: '' },
      playReadyAttributes: '<a/>',
      isPersistent: true,
      clearTracks: 'mp4a;ec-3',
      keyLabel: 'picture',
      keyPolicy: 'members',
      trackKeys: [{ id: 0, codecs: 'hvc1 hev1', label: 'uhd', keyPolicy: 'gold' }],
    }),
  );
  const codec = (value: string) => ({ trackSelections: [{ property: 'FourCC', operation: 'Equal', value }] });

  assert.doesNotThrow(() => policies().create('mine', streamingPolicyCreate.parse(body)));
  assert.deepEqual(body, {
    commonEncryptionCbcs: {
      enabledProtocols: { hls: true, dash: true, smoothStreaming: false, download: false },
      clearTracks: [codec('mp4a'), codec('ec-3')],
      contentKeys: {
        defaultKey: { label: 'picture', policyName: 'members' },
        keyToTrackMappings: [{ label: 'uhd', policyName: 'gold', tracks: [codec('hvc1'), codec('hev1')] }],
      },
      drm: {
        fairPlay: {
          customLicenseAcquisitionUrlTemplate: 'skd://keys.example.org/{ContentKeyId}',
          allowPersistentLicense: true,
        },
        playReady: { playReadyCustomAttributes: '<a/>' },
        widevine: { customLicenseAcquisitionUrlTemplate: LICENCES },
      },
    },
  });
});

test('keys change only where the service gives them out itself, and not with Smooth Streaming', () => {
  const faultOf = (protection: PolicyProtection, part: Partial<ProtectionDraft>) =>
    protectionFaults({ ...newProtection(0, protection), protocols: ['dash'], rotation: '3600', ...part }).rotation;
  const interval = policyOf(draftOf('envelope', { rotation: '3600', protocols: ['hls'] }));

  assert.equal(faultOf('envelope', {}), undefined);
  assert.deepEqual(interval.envelopeEncryption?.keyRotation, { interval: 'PT1H' });
  assert.doesNotThrow(() => policies().create('mine', streamingPolicyCreate.parse(interval)));
  assert.equal(faultOf('envelope', { rotation: '9' }), 'rotation');
  assert.equal(faultOf('envelope', { rotation: 'x' }), 'rotation');
  assert.equal(faultOf('envelope', { keyUrl: LICENCES }), 'rotationElsewhere');
  assert.equal(faultOf('cenc', { systems: ['widevine'] }), 'rotationElsewhere');
  assert.equal(faultOf('cenc', { systems: ['fairPlay'] }), undefined);
  assert.equal(faultOf('cenc', { clearKey: false }), 'rotationElsewhere');
  assert.equal(faultOf('cenc', { protocols: ['dash', 'smoothStreaming'] }), 'rotationSmooth');
  assert.equal(faultOf('none', {}), undefined);
});

test('what is no codec is told, and a key for some tracks needs one', () => {
  const faultsOf = (part: Partial<ProtectionDraft>) => protectionFaults({ ...newProtection(0, 'cenc'), ...part });
  const row = { id: 0, codecs: '', label: '', keyPolicy: '' };

  assert.deepEqual(faultsOf({ clearTracks: 'aac' }), { clearTracks: 'codecs' });
  assert.deepEqual(faultsOf({ trackKeys: [row] }), { trackKeys: 'codecs' });
  assert.deepEqual(faultsOf({ trackKeys: [{ ...row, codecs: 'mp4a' }] }), {});
  assert.equal(isComplete(draftOf('cenc', { protocols: [] })), false);
});

test('another policy like one that is there is that one, the predefined ones among them', () => {
  const made = policies();
  const own = streamingPolicyCreate.parse({
    defaultContentKeyPolicyName: 'members',
    ...policyOf(draftOf('envelope', { rotation: '90', clearTracks: 'mp4a', protocols: ['hls'] })),
    ...policyOf(draftOf('cbcs', { systems: ['fairPlay'], keyUrl: LICENCES, keyLabel: 'x' })),
  });
  made.create('own', own);

  for (const { name, created: _created, ...policy } of made.list()) {
    const draft = streamingPolicyDraftOf({ name, ...policy });
    assert(draft !== undefined);
    assert.deepEqual(streamingPolicyCreate.parse(policyOf(draft)), streamingPolicyCreate.parse(policy), name);
  }
});
