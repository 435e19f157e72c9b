import type { BodyInputOf } from '../../../src-main/shared/api/routes.ts';

/** What is typed in the form of a content key policy. */
export type KeyPolicyDraft = {
  readonly restriction: 'Open' | 'Token';
  readonly tokenType: 'Jwt' | 'Swt';
  readonly issuer: string;
  readonly audience: string;
  /** What tokens are signed with, base64. Known to the page until the form is closed. */
  readonly secret: string;
};

/** HS256 takes a key as long as its hash, RFC 7518 §3.2. */
const SECRET_BYTES = 32;

export function newKeyPolicy(): KeyPolicyDraft {
  return { restriction: 'Token', tokenType: 'Jwt', issuer: '', audience: '', secret: newSecret() };
}

export function newSecret(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(SECRET_BYTES))));
}

export function isComplete({ restriction, issuer, audience }: KeyPolicyDraft): boolean {
  return restriction === 'Open' || (issuer.trim() !== '' && audience.trim() !== '');
}

/** One option that gives the keys themselves: the service gives out no licences of DRM systems. */
export function keyPolicyOf(name: string, draft: KeyPolicyDraft): BodyInputOf<'putContentKeyPolicy'> {
  return {
    options: [
      {
        // By its name a later change finds the secret that it leaves out.
        name,
        configuration: { kind: 'ClearKey' },
        restriction:
          draft.restriction === 'Open'
            ? { kind: 'Open' }
            : {
                kind: 'Token',
                restrictionTokenType: draft.tokenType,
                issuer: draft.issuer.trim(),
                audience: draft.audience.trim(),
                primaryVerificationKey: { kind: 'Symmetric', keyValue: draft.secret },
              },
      },
    ],
  };
}
