// npm test [-- group or part of a path]…
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inPinnedNode } from './pinned-node.mjs';
import { command, ROOT, Stop, say } from './project.mjs';
import { testEvents } from './run-tests.mjs';
import { installCommand, installDebianPackages, missingTools, thisHost } from './system-packages.mjs';
import { createTally } from './tally.mjs';
import { build } from './targets.mjs';
import { findTestFiles, planTests } from './test-plan.mjs';

/** Where Debian puts libraries. */
const LIBRARIES = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;

/** @type {readonly import('./system-packages.mjs').Tool[]} */
const TOOLS = [
  { name: 'ffmpeg', package: 'ffmpeg' },
  { name: 'chromium', package: 'chromium' },
  { name: 'Xvfb', package: 'xvfb' },
  { name: 'pulseaudio', package: 'pulseaudio' },
  { name: 'pactl', package: 'pulseaudio-utils' },
  { name: 'openbox', package: 'openbox' },
  { name: 'xterm', package: 'xterm' },
  { name: 'vlc', package: 'vlc-bin' },
  {
    name: 'the decoders of VLC',
    package: 'vlc-plugin-base',
    file: `${LIBRARIES}/vlc/plugins/codec/libavcodec_plugin.so`,
  },
  { name: 'nginx', package: 'nginx' },
  {
    name: 'the RTMP module of nginx',
    package: 'libnginx-mod-rtmp',
    file: '/usr/lib/nginx/modules/ngx_rtmp_module.so',
  },
  { name: 'yt-dlp', package: 'yt-dlp' },
  { name: 'gst-launch-1.0', package: 'gstreamer1.0-tools' },
  ...[
    { package: 'gstreamer1.0-plugins-base', plugin: 'playback' },
    { package: 'gstreamer1.0-plugins-good', plugin: 'flv' },
    { package: 'gstreamer1.0-plugins-bad', plugin: 'rtmp2' },
  ].map((one) => ({
    name: `the ${one.plugin} plug-in of GStreamer`,
    package: one.package,
    file: `${LIBRARIES}/gstreamer-1.0/libgst${one.plugin}.so`,
  })),
];

/** What only the slow tests need besides. */
const SLOW_TOOLS = [
  { name: 'obs', package: 'obs-studio' },
  { name: 'espeak-ng', package: 'espeak-ng' },
  { name: 'pocketsphinx_continuous', package: 'pocketsphinx' },
  {
    name: 'the English of PocketSphinx',
    package: 'pocketsphinx-en-us',
    file: '/usr/share/pocketsphinx/model/en-us/en-us/mdef',
  },
];

/** Whoever waits for a run is told in this time, whatever hangs. Everything takes three quarters of an hour on two cores that are free. */
const LONGEST_RUN_MS = 75 * 60_000;

await command(() => inPinnedNode(import.meta.url, test));

async function test() {
  const plan = planTests(process.argv.slice(2), findTestFiles(ROOT));
  if ('sentence' in plan) {
    say(plan.sentence);
    process.stdout.write('0 passed, 0 failed\n');
    return 1;
  }
  if (plan.phases.some(({ group }) => group.needsSystem)) {
    // Tests run from the sources; only a browser needs something built. That the rest compiles is for `npm run check` to say.
    await build(['renderer']);
    const isSlow = plan.phases.some(({ group }) => group.onRequest === true);
    if (!(await ensureTools(isSlow ? [...TOOLS, ...SLOW_TOOLS] : TOOLS)) && process.env['CI'] !== undefined) {
      // A run that skips half of the tests and is green would say something that nobody has seen.
      say('With CI in the environment that is a failure.');
      process.stdout.write('0 passed, 0 failed\n');
      return 1;
    }
  }

  const stopped = new AbortController();
  const stop = () => stopped.abort(new Error('the run was interrupted'));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const limit = setTimeout(() => {
    say(`The run is ended after ${LONGEST_RUN_MS / 60_000} minutes; what has not begun is not counted.`);
    stop();
  }, LONGEST_RUN_MS);

  const tally = createTally();
  for await (const text of await reported(counted(testEvents(ROOT, plan.phases, stopped.signal), tally))) {
    process.stdout.write(text);
  }
  clearTimeout(limit);
  const { passed, failures } = tally.totals();
  return failures.length === 0 && passed > 0 && !stopped.signal.aborted ? 0 : 1;
}

/**
 * Whether every program that tests need is there now.
 *
 * @param {readonly import('./system-packages.mjs').Tool[]} tools
 */
async function ensureTools(tools) {
  const missing = missingTools(tools);
  if (missing.length === 0) {
    return true;
  }
  const packages = missing.map((tool) => tool.package);
  const host = thisHost();
  if ((await installDebianPackages(packages, host)) === 'installed') {
    return true;
  }
  const names = missing.map((tool) => tool.name).join(', ');
  const how = host.platform === 'linux' ? installCommand(host, packages) : undefined;
  say(
    `Not here: ${names}. Tests that need them are skipped.${how === undefined ? '' : ` To run them too: ${how}`}`,
  );
  return false;
}

/**
 * @param {AsyncIterable<import('node:test/reporters').TestEvent>} source
 * @param {ReturnType<typeof createTally>} tally
 */
async function* counted(source, tally) {
  for await (const event of source) {
    tally.note(event);
    yield event;
  }
}

/**
 * The reporter is the one that `node --test --test-reporter=…` takes; sources know no tests, so it is found by its path.
 *
 * @param {AsyncIterable<import('node:test/reporters').TestEvent>} source
 * @returns {Promise<AsyncIterable<string>>}
 */
async function reported(source) {
  const path = join(ROOT, 'test', 'support', 'reporter.ts');
  const { reporter } = await import(pathToFileURL(path).href);
  if (typeof reporter !== 'function') {
    throw new Stop('test/support/reporter.ts does not export a reporter.');
  }
  return reporter(source);
}
