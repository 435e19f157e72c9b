// Makes text of speech with PocketSphinx, for Lectern's setting service.transcription.command:
//
//     ["node", "/path/to/pocketsphinx.mjs"]
//
// Small enough for any computer, and no more than that: it knows about half of what is said. On Debian and Ubuntu: apt install pocketsphinx
// pocketsphinx-en-us. What follows the name goes to pocketsphinx_continuous, such as -hmm, -lm and -dict for another language.
import { spawn } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';

/** A word with its beginning and end in seconds of the sound, and how sure it is: `welcome 5.090 5.630 0.453939`. */
const WORD = /^(\S+) (\d+\.\d+) (\d+\.\d+) \d+\.\d+$/;
/** What stands between words: silence, noise, where what was said begins and ends, the joints of a grammar. */
const NO_WORD = /^(?:<.*>|\[.*\]|\+\+.*\+\+|\(NULL\))$/;

// It opens a file, and what node gives a program as its input is a socket, which cannot be opened: hence `cat`. Line by line, because it would
// keep what it writes until there is much of it.
const recogniser = spawn(
  'sh',
  [
    ...['-c', 'cat | stdbuf -oL pocketsphinx_continuous "$@"', 'sh'],
    ...['-infile', '/dev/stdin', '-time', 'yes', '-logfn', '/dev/null', ...process.argv.slice(2)],
  ],
  { stdio: ['inherit', 'pipe', 'inherit'] },
);
recogniser.once('error', ({ message }) => {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
});
recogniser.once('exit', (code) => {
  process.exitCode ??= code ?? 1;
});

/** What was said stands in a line of its own, and behind it a line for each word. */
let words = [];
let missing = 0;
for await (const line of createInterface({ input: recogniser.stdout })) {
  const [, word, start, end] = WORD.exec(line) ?? [];
  if (word === undefined) {
    words = [];
    missing = line.split(' ').filter((one) => one !== '').length;
  } else if (!NO_WORD.test(word)) {
    // `to(3)` is another way to say it.
    words.push({ text: word.replace(/\(\d+\)$/, ''), start: Number(start), end: Number(end) });
    missing -= 1;
    if (missing === 0) {
      const text = words.map((one) => one.text).join(' ');
      say({ start: words[0].start, end: Number(end), text, final: true });
      say({ until: Number(end) });
    }
  }
}

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
