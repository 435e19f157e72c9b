import { listOf, listQuery } from './common.ts';
import { contentKeyPolicy, contentKeyPolicyCreate, contentKeyPolicyPatch } from './content-key-policies.ts';
import { locatorContentKeys, playToken, streamingPolicy, streamingPolicyCreate } from './publishing.ts';
import { none, type Route } from './route.ts';

/** Streaming policies, content key policies and the keys of locators. */
export const PROTECTION_ROUTES = {
  listContentKeys: {
    method: 'POST',
    path: '/streamingLocators/{name}/listContentKeys',
    summary: 'Its content keys, without their values.',
    body: none,
    reads: true,
    response: locatorContentKeys,
  },
  putContentKeys: {
    method: 'PUT',
    path: '/streamingLocators/{name}/contentKeys',
    summary:
      'Takes content keys from a CPIX 2.3 document, in the place of those with the same labels: their ids and values, clear or encrypted for this service, and what DRM systems put into manifests. Before anybody watches.',
    kind: 'stream',
    takes: 'application/xml',
    response: locatorContentKeys,
  },
  getDeliveryCertificate: {
    method: 'GET',
    path: '/contentKeyDeliveryCertificate',
    summary: 'The certificate that CPIX documents for this service are encrypted for, PEM.',
    kind: 'stream',
  },
  issuePlayToken: {
    method: 'POST',
    path: '/streamingLocators/{name}/issuePlayToken',
    summary:
      'A token for the keys of this locator alone, good for ten minutes, whatever its content key policy asks for: to play it where the control token is. Not for viewers.',
    body: none,
    reads: true,
    response: playToken,
  },
  issuePreviewToken: {
    method: 'POST',
    path: '/liveEvents/{name}/issuePreviewToken',
    summary: 'The same for the keys of the preview.',
    body: none,
    reads: true,
    response: playToken,
  },
  listPolicies: {
    method: 'GET',
    path: '/streamingPolicies',
    summary: 'Streaming policies, the predefined ones among them.',
    query: listQuery,
    response: listOf(streamingPolicy),
  },
  putPolicy: {
    method: 'PUT',
    path: '/streamingPolicies/{name}',
    summary: 'Makes a streaming policy. It cannot be changed afterwards.',
    body: streamingPolicyCreate,
    response: streamingPolicy,
    status: 201,
  },
  getPolicy: {
    method: 'GET',
    path: '/streamingPolicies/{name}',
    summary: 'One streaming policy.',
    response: streamingPolicy,
  },
  deletePolicy: {
    method: 'DELETE',
    path: '/streamingPolicies/{name}',
    summary: 'Deletes it; refused while something is published under it.',
  },
  listContentKeyPolicies: {
    method: 'GET',
    path: '/contentKeyPolicies',
    summary: 'Who gets content keys.',
    query: listQuery,
    response: listOf(contentKeyPolicy),
  },
  putContentKeyPolicy: {
    method: 'PUT',
    path: '/contentKeyPolicies/{name}',
    summary:
      'Makes or replaces a content key policy. Keys and passwords go in and never come out; those left out of an option that has kept its name stay.',
    body: contentKeyPolicyCreate,
    response: contentKeyPolicy,
  },
  getContentKeyPolicy: {
    method: 'GET',
    path: '/contentKeyPolicies/{name}',
    summary: 'One content key policy, without its secrets.',
    response: contentKeyPolicy,
  },
  patchContentKeyPolicy: {
    method: 'PATCH',
    path: '/contentKeyPolicies/{name}',
    summary: 'Changes the description, or all of the options.',
    body: contentKeyPolicyPatch,
    response: contentKeyPolicy,
  },
  deleteContentKeyPolicy: {
    method: 'DELETE',
    path: '/contentKeyPolicies/{name}',
    summary: 'Deletes it; refused while something names it.',
  },
} as const satisfies Record<string, Route>;
