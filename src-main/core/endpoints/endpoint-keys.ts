import { z } from 'zod';
import { AppError } from '../../shared/app-error.ts';
import type { SecretStore } from '../ports/secrets.ts';
import type { SignatureSecrets } from './endpoint-resource.ts';

/** What of streaming endpoints only the key store has. All of it rejects with what the key store says. */
export type EndpointKeys = {
  signatures(endpoint: string): Promise<SignatureSecrets>;
  saveSignatures(endpoint: string, secrets: SignatureSecrets): Promise<void>;
  /** PEM; undefined where there is none. */
  privateKey(endpoint: string): Promise<string | undefined>;
  savePrivateKey(endpoint: string, pem: string | undefined): Promise<void>;
  forget(endpoint: string): Promise<void>;
};

const signatures = z.record(z.string(), z.string());

export function createEndpointKeys(secrets: SecretStore): EndpointKeys {
  async function put(name: string, value: string | undefined): Promise<void> {
    await (value === undefined ? secrets.delete(name) : secrets.set(name, value));
  }

  return {
    async signatures(endpoint) {
      const text = await secrets.get(signaturesName(endpoint));
      return text === undefined ? {} : signatures.parse(JSON.parse(text));
    },
    async saveSignatures(endpoint, keys) {
      const isNone = Object.keys(keys).length === 0;
      await put(signaturesName(endpoint), isNone ? undefined : JSON.stringify(keys));
    },
    privateKey: (endpoint) => secrets.get(privateKeyName(endpoint)),
    savePrivateKey: (endpoint, pem) => put(privateKeyName(endpoint), pem),
    async forget(endpoint) {
      await secrets.delete(signaturesName(endpoint));
      await secrets.delete(privateKeyName(endpoint));
    },
  };
}

export function keysGone(endpoint: string): AppError {
  return new AppError(
    'secrets/unavailable',
    `Keys of the streaming endpoint ${endpoint} are not in the key store any more. Enter them again.`,
    { details: { streamingEndpoint: endpoint } },
  );
}

function signaturesName(endpoint: string): string {
  return `streamingEndpoint/${endpoint}/signature-keys`;
}

function privateKeyName(endpoint: string): string {
  return `streamingEndpoint/${endpoint}/private-key`;
}
