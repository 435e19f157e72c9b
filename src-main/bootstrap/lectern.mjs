// npm run lectern -- <command>
import { runInForeground } from './foreground.mjs';
import { HEADLESS, needsPage, wantsHelp } from './headless.mjs';
import { inPinnedNode } from './pinned-node.mjs';
import { command, Stop, say } from './project.mjs';
import { build } from './targets.mjs';

await command(() =>
  inPinnedNode(import.meta.url, async () => {
    const args = process.argv.slice(2);
    if (needsPage(args)) {
      await buildPage();
    }
    // Not in the root: paths among the arguments are relative to where npm was called.
    const code = await runInForeground(process.execPath, [...HEADLESS, ...args], {
      cwd: process.env['INIT_CWD'] ?? process.cwd(),
    });
    if (wantsHelp(args)) {
      say(
        '\nnpm writes two lines of its own to stdout first; “npm run --silent lectern -- …” keeps it clean for programs.',
      );
    }
    return code;
  }),
);

/** A page that cannot be built is a pity; a broadcast that does not happen for want of it would be worse. */
async function buildPage() {
  try {
    await build(['renderer']);
  } catch (error) {
    if (!(error instanceof Stop)) {
      throw error;
    }
    say(`${error.message}\n\nGoing on without it.`);
  }
}
