import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { createSerial } from '../../base/serial.ts';

const content = z.record(z.string(), z.string());

/** Small results that are costly to find again, by key, in one JSON file. A lost or broken file only costs finding them again. */
export function createFileTextCache(options: {
  readonly path: string;
  readonly writeFile: (path: string, text: string) => Promise<void>;
}): { get(key: string): Promise<string | undefined>; set(key: string, value: string): Promise<void> } {
  const serial = createSerial();
  let known: Promise<Record<string, string>> | undefined;

  async function load(): Promise<Record<string, string>> {
    try {
      return content.parse(JSON.parse(await readFile(options.path, 'utf8')));
    } catch {
      return {};
    }
  }

  async function entries(): Promise<Record<string, string>> {
    known ??= load();
    return await known;
  }

  return {
    get: async (key) => (await entries())[key],
    set: (key, value) =>
      serial.run(async () => {
        const all = { ...(await entries()), [key]: value };
        known = Promise.resolve(all);
        await options.writeFile(options.path, `${JSON.stringify(all, undefined, 2)}\n`);
      }),
  };
}
