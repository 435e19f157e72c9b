import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { runStep } from './foreground.mjs';
import { withLock } from './lock.mjs';
import { cachePath, findProgram, ROOT, Stop, say } from './project.mjs';

/**
 * Makes `node_modules` what the lock file says, if it is not that already. Exactly the lock file: npm chooses older releases under an older
 * Node when it may choose.
 *
 * @param {string} root
 */
export async function ensurePackages(root = ROOT) {
  if (packagesAreFresh(root)) {
    return;
  }
  await withLock(cachePath(root, 'packages.lock'), { onWait: sayWhoInstalls }, async () => {
    // Whoever held the lock before us may have done it.
    if (!packagesAreFresh(root)) {
      await install(root);
    }
  });
}

/** @param {number} pid */
function sayWhoInstalls(pid) {
  say(`Another Lectern (process ${pid}) is fetching the packages; waiting for it.`);
}

/**
 * npm writes its hidden lock file last, so a tree whose installation was cut short does not have one. Our own stamp beside it holds what
 * was installed: a checkout gives `package-lock.json` a new time without a new content.
 *
 * @param {string} root
 */
export function packagesAreFresh(root) {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) {
    return false;
  }
  const lock = join(root, 'package-lock.json');
  return statSync(hidden).mtimeMs >= statSync(lock).mtimeMs || readStamp(root) === wantedStamp(root);
}

/** @param {string} root */
function stampPath(root) {
  return join(root, 'node_modules', '.lectern-packages');
}

/** @param {string} root */
function readStamp(root) {
  try {
    return readFileSync(stampPath(root), 'utf8');
  } catch {
    return undefined;
  }
}

/** @param {string} root */
function wantedStamp(root) {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

/** @param {string} root */
async function install(root) {
  say('Fetching the packages that Lectern is made of. This happens once and takes a minute or two.');
  const startedMs = performance.now();
  const npm = findNpm(process.env, stepAside(root));
  const wanted = wantedStamp(root);
  const { code, output } = await runStep(npm.program, [...npm.args, ...INSTALL_ARGS], { cwd: root, quiet: true });
  if (code !== 0) {
    throw new Stop(sentenceForFailedInstall(output));
  }
  writeFileSync(stampPath(root), wanted);
  say(`The packages are there (${Math.round((performance.now() - startedMs) / 1000)} s).`);
}

const INSTALL_ARGS = [
  'ci',
  // Whatever the user's own npm settings or NODE_ENV leave out: the compiler and the pinned Node are among these.
  '--include=dev',
  '--include=optional',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
];

/**
 * npm as a program and its first arguments. Its own script is run with this Node where it can be found: on Windows `npm` is a batch file,
 * which needs a shell to run.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {string} node
 * @returns {{ readonly program: string, readonly args: readonly string[] }}
 */
export function findNpm(env, node) {
  const beside = dirname(node);
  const scripts = [
    // Set by npm for the scripts it runs; other package managers set it to themselves.
    env['npm_execpath']?.endsWith('npm-cli.js') === true ? env['npm_execpath'] : '',
    join(beside, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(beside, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  const script = scripts.find((path) => path !== '' && existsSync(path));
  if (script !== undefined) {
    return { program: node, args: [script] };
  }
  const program = findProgram('npm', env);
  if (program === undefined) {
    throw new Stop(
      'npm was not found. It comes with Node.js from https://nodejs.org (on Debian and Ubuntu: apt install npm). Install it and run the same command again.',
    );
  }
  return { program, args: [] };
}

/**
 * Windows does not delete a program that is running, but lets it be renamed. When packages change under a Lectern that runs in the pinned
 * Node, npm is about to delete this very program.
 *
 * @param {string} root
 * @returns {string} the program of this process, by the name it has now
 */
function stepAside(root) {
  const node = process.execPath;
  if (process.platform !== 'win32' || !realpathSync(node).startsWith(join(root, 'node_modules') + sep)) {
    return node;
  }
  const aside = cachePath(root, `node-${process.pid}.exe`);
  renameSync(node, aside);
  return aside;
}

/**
 * What to tell a person when `npm ci` failed; npm's own words follow for those who read them.
 *
 * @param {string} output
 */
export function sentenceForFailedInstall(output) {
  const cause = CAUSES.find(({ sign }) => sign.test(output))?.sentence ?? 'npm could not install the packages.';
  const words = output.trim().split('\n').slice(-12).join('\n');
  return `${cause} Nothing else was changed.${words === '' ? '' : `\n\nnpm said:\n${words}`}`;
}

const CAUSES = [
  {
    sign: /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b|network (request|connectivity)/i,
    sentence:
      'The npm registry cannot be reached. Lectern needs it once, for its packages: connect to the internet, or tell npm your proxy or mirror (npm config set proxy …, npm config set registry …), and run the same command again.',
  },
  {
    sign: /\b(SELF_SIGNED_CERT|UNABLE_TO_(VERIFY|GET)|CERT_)/,
    sentence:
      'The certificate of the npm registry is not trusted here, as happens behind a company proxy. Give npm its certificate (npm config set cafile …) and run the same command again.',
  },
  {
    sign: /\bEUSAGE\b/,
    sentence:
      'package.json and package-lock.json do not fit together. In a fresh checkout that is a mistake of ours; after a change of your own, run npm install once, with Node 24.',
  },
  {
    sign: /\b(E401|E403|E404)\b/,
    sentence:
      'The npm registry refused to give a package. If a mirror is set (npm config get registry), it may not have all of them.',
  },
  {
    sign: /\bENOSPC\b/,
    sentence: 'The disk is full. Lectern’s packages need about 1 GB; make room and run the same command again.',
  },
  {
    sign: /\b(EACCES|EPERM|EROFS|EBUSY)\b/,
    sentence:
      'The folder node_modules cannot be written. If it belongs to another user (after a run with sudo, say) or another program has it open, put that right and run the same command again.',
  },
  {
    sign: /\bEINTEGRITY\b/,
    sentence:
      'A package arrived damaged. Empty npm’s cache (npm cache clean --force) and run the same command again.',
  },
];
