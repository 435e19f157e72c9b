import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStreamingPolicies } from '../../../../src-main/core/protect/streaming-policies.ts';
import { streamingPolicyCreate } from '../../../../src-main/shared/api/publishing.ts';
import {
  chosenProtocols,
  FIRST_POLICY,
  PROTECTIONS,
  PROTOCOLS,
  policyOf,
} from '../../../../src-renderer/features/service/streaming-policy-draft.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { memoryRows } from '../../../support/memory-rows.ts';

const ALL = PROTOCOLS.none;

test('what is chosen and cannot be protected so is not sent, and is there again without the protection', () => {
  const draft = { ...FIRST_POLICY, protocols: ALL, protection: 'cbcs' as const };

  assert.deepEqual(chosenProtocols(draft), ['hls', 'dash']);
  assert.deepEqual(policyOf(draft), {
    commonEncryptionCbcs: {
      enabledProtocols: { hls: true, dash: true, smoothStreaming: false, download: false },
      clearKeyEncryptionConfiguration: {},
    },
  });
  assert.deepEqual(chosenProtocols({ ...draft, protection: 'none' }), ALL);
});

test('who gets keys is said only where there are some', () => {
  const draft = { ...FIRST_POLICY, keyPolicy: 'members' };

  assert.equal(policyOf(draft).defaultContentKeyPolicyName, undefined);
  assert.equal(policyOf({ ...draft, protection: 'envelope' }).defaultContentKeyPolicyName, 'members');
});

test('every protection with every protocol that it offers is what the service takes', () => {
  const policies = createStreamingPolicies({
    rows: memoryRows(),
    clock: manualClock(),
    checkKeyPolicy: () => undefined,
    usersOf: () => [],
    limit: () => 100,
  });

  for (const protection of PROTECTIONS) {
    const body = policyOf({ protection, protocols: ALL, keyPolicy: 'members' });
    assert.doesNotThrow(() => policies.create(protection, streamingPolicyCreate.parse(body)), protection);
  }
});
