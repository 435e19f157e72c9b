/**
 * Where stream keys (and later content keys) are kept: the OS keychain in the desktop app, a file of mode 0600 headless. Values go in and
 * are used; no API gives them out.
 */
export type SecretStore = {
  get(name: string): Promise<string | undefined>;
  set(name: string, value: string): Promise<void>;
  delete(name: string): Promise<void>;
};
