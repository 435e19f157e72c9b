// npm run bench [-- arguments]
import { join } from 'node:path';
import { ensureFfmpeg } from './ensure-ffmpeg.mjs';
import { runInForeground } from './foreground.mjs';
import { inPinnedNode } from './pinned-node.mjs';
import { command, ROOT } from './project.mjs';
import { build } from './targets.mjs';

await command(() =>
  inPinnedNode(import.meta.url, async () => {
    await ensureFfmpeg();
    await build(['renderer']);
    const main = join(ROOT, 'test', 'bench', 'main.ts');
    return await runInForeground(process.execPath, [main, ...process.argv.slice(2)], { cwd: ROOT });
  }),
);
