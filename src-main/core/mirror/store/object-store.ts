/** A file as it is sent. */
export type StoredObject = {
  /** Below the folder of the mirror: letters, digits and `._-/`. */
  readonly name: string;
  readonly contentType: string;
  readonly cacheControl: string;
  /** In a row. */
  readonly chunks: readonly Uint8Array[];
};

/** A bucket or a container, and the folder in it. Each call is one request that is answered once; whoever calls tries again. */
export type ObjectStore = {
  /** Rejects with the `upload/…` error that says why it was not taken. */
  put(object: StoredObject, signal: AbortSignal): Promise<void>;
  /** Resolves also when there is no such object. */
  delete(name: string, signal: AbortSignal): Promise<void>;
  /** Where an object is, for viewers. */
  readonly urlOf: (name: string) => string;
};

/** A request, signed. */
export type SignedRequest = {
  readonly method: 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** In a row; none for a request without a body. */
  readonly chunks: readonly Uint8Array[];
};

export type StoreAnswer = {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The beginning of its body. */
  readonly text: string;
};

/** Sends one request. Rejects with `upload/unreachable` when there is no answer. */
export type SendRequest = (request: SignedRequest, signal: AbortSignal) => Promise<StoreAnswer>;
