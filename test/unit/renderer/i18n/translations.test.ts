import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import i18next from 'i18next';
import { rareKeyFrames } from '../../../../src-main/core/live/rare-key-frames.ts';
import { ERROR_CODES } from '../../../../src-main/shared/error-codes.ts';
import { problemOf } from '../../../../src-main/shared/problem.ts';
import { pageProblem } from '../../../../src-renderer/api/problem.ts';
import { problems } from '../../../../src-renderer/i18n/de/problems.ts';
import { de } from '../../../../src-renderer/i18n/de.ts';
import { en } from '../../../../src-renderer/i18n/en.ts';
import {
  bitrate,
  byteSize,
  clockTime,
  decibels,
  exactTime,
  parseClockTime,
  roughDuration,
} from '../../../../src-renderer/i18n/format.ts';
import { problemText } from '../../../../src-renderer/i18n/problem-text.ts';
import { chooseLanguage } from '../../../../src-renderer/i18n/setup.ts';

const SOURCES = join(import.meta.dirname, '../../../../src-renderer');
const HELP = join(import.meta.dirname, '../../../../resources/help');

function leaves(tree: object, prefix = ''): Map<string, string> {
  const found = new Map<string, string>();
  const entries: [string, unknown][] = Object.entries(tree);
  for (const [key, value] of entries) {
    if (typeof value === 'string') {
      found.set(`${prefix}${key}`, value);
    } else if (typeof value === 'object' && value !== null) {
      leaves(value, `${prefix}${key}.`).forEach((text, path) => found.set(path, text));
    }
  }
  return found;
}

const english = leaves(en);
const german = new Map([...leaves(de)].filter(([key]) => english.has(key) || !key.startsWith('problems.')));

test('English and German have the same keys', () => {
  assert.deepEqual([...german.keys()].sort(), [...english.keys()].sort());
});

test('a translation fills in what the original fills in', () => {
  const holes = (text: string | undefined): string[] => [...new Set(text?.match(/\{\{\w+\}\}/g))].sort();

  for (const [key, text] of english) {
    assert.deepEqual(holes(german.get(key)), holes(text), key);
  }
});

test('no text is empty, and none was left in English by oversight', () => {
  const same = [...english].filter(([key, text]) => german.get(key) === text).map(([, text]) => text);

  assert(![...english.values(), ...german.values()].includes(''));
  const shared =
    /^(?:Studio|Live|Clip|Logo|Name|Add|Start|QR|Link|Asset|Encoder|Programm|Stream|Bitrate|MP4|RTMP|ff|Apple|NVIDIA|Intel|AMD|VA-API|Windows|Codec|JSON Web Token|Stereo|Mono|Echo|Video \((?:MP4|MKV)\)|\{\{|Port)/;
  assert.deepEqual(
    same.filter((text) => !shared.test(text)),
    [],
  );
});

async function sourceText(): Promise<string> {
  const files = await readdir(SOURCES, { recursive: true });
  const wanted = files.filter((file) => /\.tsx?$/.test(file) && !/^i18n[\\/](?:en|de)/.test(file));
  return (await Promise.all(wanted.map((file) => readFile(join(SOURCES, file), 'utf8')))).join('\n');
}

test('every key that is used exists, and every key that exists is used', async () => {
  const text = await sourceText();
  const plain = new Set([...text.matchAll(/['"]([a-z]\w*(?:\.[\w/-]+)+)['"]/gi)].map(([, key]) => key ?? ''));
  const patterns = [...text.matchAll(/`([a-z]\w*\.[^`\n]*\$\{[^`\n]*)`/gi)].map(
    ([, template]) =>
      new RegExp(
        `^${(template ?? '')
          .split(/\$\{[^}]*\}/)
          .map((part) => part.replace(/[.*+?^$()|[\]\\]/g, '\\$&'))
          .join('.+')}$`,
      ),
  );
  const base = (key: string): string => key.replace(/_(?:one|other)$/, '');

  const unused = [...english.keys()].filter(
    (key) => !plain.has(base(key)) && !patterns.some((pattern) => pattern.test(base(key))),
  );
  assert.deepEqual(unused, []);

  const roots = new Set(Object.keys(en));
  const bases = new Set([...english.keys()].map(base));
  const asked = [...text.matchAll(/\bt\(\s*'([^']+)'/g)].map(([, key]) => key ?? '');
  assert(asked.length > 200, `only ${asked.length} texts are asked for`);
  assert.deepEqual(
    asked.filter((key) => roots.has(key.split('.')[0] ?? '') && !bases.has(key)),
    [],
  );
});

test('every error that the service can report has German words', () => {
  const known: ReadonlySet<string> = new Set(Object.keys(problems));

  assert.deepEqual(
    Object.keys(ERROR_CODES).filter((code) => !known.has(code)),
    [],
  );
});

test('a problem is told in the person’s language with its facts, and in the service’s own words otherwise', async () => {
  const instance = i18next.createInstance();
  await instance.init({ lng: 'de', resources: { de: { translation: de }, en: { translation: en } } });
  const problem = {
    ...pageProblem('page/bad-answer', 'Port 8480 is in use. Close the other program.'),
    code: 'service/port-taken',
    details: { port: 8480, secret: 'not shown' },
  };

  const inGerman = problemText(instance.t, problem);
  assert.equal(inGerman.title, 'Ein Port ist belegt');
  assert.match(inGerman.text, /\(8480\)$/);
  assert.equal(problemText(instance.t, { ...problem, code: 'new/unknown' }).text, problem.detail);
  await instance.changeLanguage('en');
  assert.equal(problemText(instance.t, problem).text, problem.detail);
});

test('the language is the one of the settings, else the first that is spoken here', () => {
  assert.equal(chooseLanguage('de', ['en']), 'de');
  assert.equal(chooseLanguage('auto', ['fr-FR', 'de-AT', 'en']), 'de');
  assert.equal(chooseLanguage('auto', ['fr']), 'en');
});

test('figures are written as people of a language write them', () => {
  assert.deepEqual(
    [clockTime(727), clockTime(3727), clockTime(727, { withHours: true })],
    ['12:07', '1:02:07', '00:12:07'],
  );
  assert.deepEqual(
    [exactTime(12.067, 'en'), exactTime(12.067, 'de'), exactTime(59.96, 'en'), exactTime(3727.04, 'de')],
    ['0:12.1', '0:12,1', '1:00', '1:02:07'],
  );
  assert.deepEqual(['1:02:07.5', '12:07', '7,5', 'x', '1:99'].map(parseClockTime), [
    3727.5,
    727,
    7.5,
    undefined,
    159,
  ]);
  assert.equal(roughDuration(18_659, 'en'), '5 hr 10 min');
  assert.equal(roughDuration(59.9, 'de'), '59 Sek.');
  assert.equal(bitrate(2_640_000, 'de'), '2,6 Mbit/s');
  assert.equal(byteSize(1_290_000_000, 'en'), '1.3 GB');
  assert.deepEqual([decibels(-12.34, 'en'), decibels(-120, 'en')], ['−12.3', '−∞']);
});

test('the help has the same pages in both languages, and its links lead somewhere', async () => {
  const pages = async (language: string): Promise<string[]> => (await readdir(join(HELP, language))).sort();
  const names = await pages('en');

  assert.deepEqual(await pages('de'), names);
  for (const language of ['en', 'de']) {
    for (const name of names) {
      const text = await readFile(join(HELP, language, name), 'utf8');
      const links = [...text.matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, link]) => link ?? '');
      assert.deepEqual(
        links.filter((link) => !names.includes(link)),
        [],
        `${language}/${name}`,
      );
    }
  }
});

test('a problem says in both languages how far apart key frames are, and what is wanted', async () => {
  const instance = i18next.createInstance();
  await instance.init({
    lng: 'de',
    resources: { de: { translation: de } },
    interpolation: { escapeValue: false },
  });
  const problem = problemOf(rareKeyFrames(8.3, 2));

  assert.match(problem.detail, /8\.3 s apart, where every 2 s is wanted.*Keyframe Interval 2 s/);
  assert.match(problemText(instance.t, problem).text, /8,3 s auseinander.*alle 2 s.*Keyframe-Intervall 2 s/);
});
