import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** npm passes a signal on that the terminal has sent to everybody already; the same signal again within this time is that echo. */
const ECHO_MS = 1000;

/**
 * Which of our own signals the child has to be sent by us. A terminal sends Ctrl-C to every process in the foreground by itself, and on
 * Windows every signal but that one would end the child without a chance to finish its recording.
 *
 * @param {{ readonly platform: string, readonly terminal: boolean }} host
 * @returns {readonly ('SIGINT' | 'SIGTERM')[]}
 */
export function signalsToPassOn(host) {
  if (host.platform === 'win32') {
    return [];
  }
  return host.terminal ? ['SIGTERM'] : ['SIGINT', 'SIGTERM'];
}

/**
 * Runs a program in our place: it has our terminal, gets each signal once, and we end when and as it ends.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ readonly cwd?: string, readonly env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>} the exit code as a shell gives it: 128 + n after signal n
 */
export async function runInForeground(program, args, options = {}) {
  const child = spawn(program, args, { stdio: 'inherit', ...options });
  const passOn = signalsToPassOn({ platform: process.platform, terminal: process.stdin.isTTY });
  const last = new Map();

  /** @param {NodeJS.Signals} signal */
  function onSignal(signal) {
    const now = performance.now();
    const echo = now - (last.get(signal) ?? -Infinity) < ECHO_MS;
    last.set(signal, now);
    if (!echo && passOn.some((name) => name === signal)) {
      child.kill(signal);
    }
  }
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);

  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) =>
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
      );
    });
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

/**
 * Runs a step of the preparation. What it writes on either stream goes to our stderr, and is given back for the sentence about a failure.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ readonly cwd?: string, readonly env?: NodeJS.ProcessEnv, readonly limitMs?: number, readonly quiet?: boolean }} options
 *   `quiet` keeps the output from the terminal
 * @returns {Promise<{ readonly code: number | null, readonly output: string, readonly timedOut: boolean }>} never rejects; a program
 *   that cannot be started has code null and the reason as its output
 */
export async function runStep(program, args, options = {}) {
  const { limitMs = 0, quiet = false, ...where } = options;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true, ...where });
  let output = '';
  let timedOut = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text) => {
      output = (output + text).slice(-200_000);
      if (!quiet) {
        process.stderr.write(text);
      }
    });
  }
  const timer =
    limitMs === 0
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          child.kill('SIGKILL');
        }, limitMs);
  try {
    return await new Promise((resolve) => {
      child.once('error', (error) => resolve({ code: null, output: error.message, timedOut: false }));
      child.once('close', (code) => resolve({ code, output, timedOut }));
    });
  } finally {
    clearTimeout(timer);
  }
}
