import { lockDataFolder } from '../../../src-main/core/platform/data-folder-lock.ts';

/** Takes a data folder, says so, and keeps it until it is killed. */
const held = lockDataFolder(process.argv[2] ?? '');
process.send?.('locked');
setInterval(() => held, 1000);
