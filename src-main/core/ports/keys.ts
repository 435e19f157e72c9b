import type { LocatorContentKey, StreamingLocatorCreate, StreamingPolicy } from '../../shared/api/publishing.ts';
import type { Publication } from './presentation.ts';

/** What is published under a streaming policy: a streaming locator, or the preview of a live event. */
export type KeyHolder = {
  /** `streamingLocator/{name}`, `liveEvent/{name}`. */
  readonly subject: string;
  readonly streamingPolicyName: string;
  readonly defaultContentKeyPolicyName?: string | undefined;
  readonly alternativeMediaId?: string | undefined;
};

export type GivenKeys = NonNullable<StreamingLocatorCreate['contentKeys']>;

/** Streaming policies and content keys, as those who publish need them. */
export type PublicationKeys = {
  /** Throws `resource/not-found`. */
  policy(name: string): StreamingPolicy;
  /** Throws `resource/not-found` and `request/invalid` for what the policy needs and the holder does not have. */
  check(holder: KeyHolder): void;
  /**
   * Makes the keys of a new holder: those given, the others at random. Checks first; rejects with `resource/exists` for the id of a key that
   * is another one, and with `secrets/unavailable`; and has then kept nothing.
   */
  create(holder: KeyHolder, given: GivenKeys): Promise<void>;
  /**
   * Keys of a holder from a CPIX document, in the place of those with the same labels. Rejects with `request/invalid`, which names the element
   * that is not right, with `resource/exists` as `create` does, and with `secrets/unavailable`; and has then changed nothing.
   */
  importCpix(holder: KeyHolder, document: string): Promise<void>;
  /** For whom such documents are encrypted, PEM. Rejects with what the key store says. */
  deliveryCertificate(): Promise<string>;
  /** Never throws. */
  remove(subject: string): void;
  list(subject: string): readonly LocatorContentKey[];
  /** The same function until something about the holder, its policy or its keys changes. Never rejects. */
  protectionOf(holder: KeyHolder): Promise<NonNullable<Publication['protect']>>;
};

export type KeyRequest = {
  /** GUIDs, as asked for. */
  readonly ids: readonly string[];
  readonly token: string | undefined;
  /** Who asks. */
  readonly address: string;
};

/** 16 bytes; the id as a GUID in lower case. */
export type DeliveredKey = { readonly id: string; readonly value: Uint8Array };

export type KeyDelivery = {
  /**
   * Those of the keys that the caller may have, at least one, in the order asked for. Rejects with the `keys/…` code of the first when it may
   * have none.
   */
  deliver(request: KeyRequest): Promise<readonly DeliveredKey[]>;
};
