import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { createMediaTools } from './media-tools.ts';
import { silentLogger } from './ports/logger.ts';
import type { OpenProbes } from './ports/service.ts';
import { createProcesses } from './process/create-processes.ts';
import { peekSettings } from './settings/settings.ts';
import { tryRecogniser } from './transcription/try-recogniser.ts';

/** Looks at this computer afresh: nothing that was found earlier is believed, and nothing in the data folder is touched. */
export const openProbes: OpenProbes = async ({ dataDir, resourcesFolder, logger = silentLogger }) => {
  await using opened = new AsyncDisposableStack();
  const clock = systemClock();
  const settings = await peekSettings(join(dataDir, 'settings.json'));
  const processes = opened.use(
    createProcesses({ clock, random: Math.random, logger, platform: process.platform }),
  );
  const cacheFolder = await mkdtemp(join(tmpdir(), 'lectern-probes-'));
  opened.defer(() => rm(cacheFolder, { recursive: true, force: true }));
  const tools = createMediaTools({
    processes,
    settings: { get: () => settings },
    clock,
    logger,
    cache: { get: () => Promise.resolve(undefined), set: () => Promise.resolve() },
    cacheFolder,
    resourcesFolder,
  });
  const owned = opened.move();
  return {
    settings,
    tools: tools.tools,
    encoders: tools.encoderTrials,
    devices: tools.devices,
    async recogniser() {
      const [program, ...args] = settings.service.transcription.command;
      return program === undefined
        ? undefined
        : await tryRecogniser([program, ...args], { spawn: processes.spawn, clock });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};
