import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { createSerial } from '../../base/serial.ts';
import type { SecretStore } from '../ports/secrets.ts';

const content = z.record(z.string(), z.string());

/**
 * Secrets in a file that only its owner can read (mode 0600): what a headless service has, where there is no keychain to ask. Each change
 * replaces the file as a whole.
 */
export function createFileSecrets(options: {
  readonly path: string;
  readonly writeFile: (path: string, text: string, mode: number) => Promise<void>;
}): SecretStore {
  const serial = createSerial();
  let known: Promise<Map<string, string>> | undefined;

  async function load(): Promise<Map<string, string>> {
    try {
      return new Map(Object.entries(content.parse(JSON.parse(await readFile(options.path, 'utf8')))));
    } catch {
      // None yet, or unreadable: then the keys have to be entered again, and nothing else is lost.
      return new Map();
    }
  }

  async function secrets(): Promise<Map<string, string>> {
    known ??= load();
    return await known;
  }

  /** Known from now on only when it is written. */
  async function replace(next: Map<string, string>): Promise<void> {
    await options.writeFile(options.path, `${JSON.stringify(Object.fromEntries(next))}\n`, 0o600);
    known = Promise.resolve(next);
  }

  return {
    get: async (name) => (await secrets()).get(name),
    set: (name, value) =>
      serial.run(async () => {
        await replace(new Map(await secrets()).set(name, value));
      }),
    delete: (name) =>
      serial.run(async () => {
        const next = new Map(await secrets());
        if (next.delete(name)) {
          await replace(next);
        }
      }),
  };
}
