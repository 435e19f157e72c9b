/**
 * Where stream keys and the master key of content keys are kept: the OS keychain in the desktop app, a file of mode 0600 headless, sealed by
 * a passphrase where one is given. Values go in and are used; no API gives them out.
 */
export type SecretStore = {
  get(name: string): Promise<string | undefined>;
  set(name: string, value: string): Promise<void>;
  delete(name: string): Promise<void>;
};

/** Where the passphrase of that file may come from. None at all: it is not sealed. */
export type PassphraseSources = {
  /** `--passphrase-file`: its only line. Wins over the others. */
  readonly file?: string | undefined;
  /** `LECTERN_PASSPHRASE`. */
  readonly text?: string | undefined;
  /** The setting `service.passphraseFile`; empty: none. The service puts it here itself. */
  readonly settingsFile?: string | undefined;
  /** Asks who sits at the terminal; left out where nobody does. Only asked when something is sealed. */
  readonly ask?: (() => Promise<string>) | undefined;
};
