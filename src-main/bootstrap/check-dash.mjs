// npm run check:dash -- URL [--seconds N] [--insecure]
import { join } from 'node:path';
import { runInForeground } from './foreground.mjs';
import { inPinnedNode } from './pinned-node.mjs';
import { command, ROOT } from './project.mjs';

await command(() =>
  inPinnedNode(import.meta.url, () =>
    runInForeground(process.execPath, [join(ROOT, 'test', 'check', 'dash.ts'), ...process.argv.slice(2)], {
      cwd: ROOT,
    }),
  ),
);
