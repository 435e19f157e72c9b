// npm run build [-- --force]
import { inPinnedNode } from './pinned-node.mjs';
import { command } from './project.mjs';
import { ALL_TARGETS, build } from './targets.mjs';

await command(() =>
  inPinnedNode(import.meta.url, async () => {
    await build(ALL_TARGETS, { force: process.argv.includes('--force') });
    return 0;
  }),
);
