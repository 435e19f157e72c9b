// npm run soak -- [--accelerated] [--hours N] [--minutes N] [--seed N]
import { join } from 'node:path';
import { ensureFfmpeg } from './ensure-ffmpeg.mjs';
import { runInForeground } from './foreground.mjs';
import { inPinnedNode } from './pinned-node.mjs';
import { command, ROOT } from './project.mjs';

await command(() =>
  inPinnedNode(import.meta.url, async () => {
    await ensureFfmpeg();
    const main = join(ROOT, 'test', 'soak', 'main.ts');
    return await runInForeground(process.execPath, [main, ...process.argv.slice(2)], { cwd: ROOT });
  }),
);
