// Makes text of speech with whisper.cpp, for Lectern's setting service.transcription.command:
//
//     ["node", "/path/to/whisper-cpp.mjs", "/path/to/whisper-cli", "/path/to/ggml-base.bin", "{language}"]
//
// An example to change: it cuts the sound at pauses and runs whisper-cli for each piece. Its tests run it with a stand-in that prints as whisper-cli
// does; with whisper.cpp and a model themselves it has not been run where it was written.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

const [whisper, model, language = 'en'] = process.argv.slice(2);
if (whisper === undefined || model === undefined) {
  process.stderr.write('usage: whisper-cpp.mjs WHISPER_CLI MODEL [LANGUAGE]\n');
  process.exit(2);
}

/** What Lectern gives: mono, signed 16 bits, little-endian. */
const SAMPLE_RATE = 16_000;
const BYTES_PER_SECOND = 2 * SAMPLE_RATE;
/** It is looked for pauses in steps of this. */
const STEP_BYTES = BYTES_PER_SECOND / 10;
/** A piece ends with a pause of so many steps, and is no longer than so many: text is as late as pieces are long. */
const PAUSE_STEPS = 4;
const MAX_STEPS = 80;
/** Root mean square of 16-bit samples below which nothing is said. */
const QUIET = 200;
const LINE = /^\[(\d+):(\d{2}):(\d{2})[.,](\d{3}) --> (\d+):(\d{2}):(\d{2})[.,](\d{3})\]\s*(.*)$/;

const folder = await mkdtemp(join(tmpdir(), 'whisper-'));
let rest = Buffer.alloc(0);
/** Steps of the piece that is being collected, and how many of the last ones are quiet. */
let piece = [];
let quiet = 0;
let hasSpeech = false;
/** Seconds of sound before the piece. */
let before = 0;

try {
  // While a piece is being understood nothing is read: Lectern sees that it is slow, and leaves out what is oldest.
  for await (const chunk of process.stdin) {
    rest = Buffer.concat([rest, chunk]);
    for (; rest.length >= STEP_BYTES; rest = rest.subarray(STEP_BYTES)) {
      await take(rest.subarray(0, STEP_BYTES));
    }
  }
  await finish();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function take(step) {
  const isQuiet = loudness(step) < QUIET;
  piece.push(step);
  quiet = isQuiet ? quiet + 1 : 0;
  hasSpeech ||= !isQuiet;
  if (quiet >= PAUSE_STEPS || piece.length >= MAX_STEPS) {
    await finish();
  }
}

async function finish() {
  const sound = Buffer.concat(piece);
  const seconds = sound.length / BYTES_PER_SECOND;
  if (hasSpeech) {
    for (const { start, end, text } of await understand(sound)) {
      say({ start: before + start, end: before + Math.min(end, seconds), text, final: true });
    }
  }
  before += seconds;
  say({ until: before });
  piece = [];
  quiet = 0;
  hasSpeech = false;
}

async function understand(sound) {
  const file = join(folder, 'piece.wav');
  await writeFile(file, Buffer.concat([wavHeader(sound.length), sound]));
  // whisper.cpp knows languages, not places: en of en-US.
  const args = ['-m', model, '-l', language.split('-')[0], '-np', '-f', file];
  const { stdout } = await promisify(execFile)(whisper, args, { maxBuffer: 1024 * 1024 });
  return stdout.split('\n').flatMap((line) => {
    const [, h1, m1, s1, ms1, h2, m2, s2, ms2, text] = LINE.exec(line.trim()) ?? [];
    return text === undefined || text === ''
      ? []
      : [{ start: secondsOf(h1, m1, s1, ms1), end: secondsOf(h2, m2, s2, ms2), text }];
  });
}

function secondsOf(hours, minutes, seconds, ms) {
  return (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds) + Number(ms) / 1000;
}

function loudness(step) {
  let sum = 0;
  for (let at = 0; at < step.length; at += 2) {
    sum += step.readInt16LE(at) ** 2;
  }
  return Math.sqrt(sum / (step.length / 2));
}

/** RIFF with PCM. */
function wavHeader(length) {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + length, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(SAMPLE_RATE, 24);
  header.writeUInt32LE(BYTES_PER_SECOND, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(length, 40);
  return header;
}

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
