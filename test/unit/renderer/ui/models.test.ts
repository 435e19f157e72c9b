import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatRoute, parseRoute } from '../../../../src-renderer/app/routes.ts';
import { parseInlines, parseMarkdown } from '../../../../src-renderer/ui/markdown.ts';
import { advance, EMPTY_LEVEL, levelFraction } from '../../../../src-renderer/ui/meter-model.ts';

test('a meter rises at once and falls slowly', () => {
  const loud = advance(EMPTY_LEVEL, { peakDb: -3, rmsDb: -12 }, 33);
  assert.deepEqual(loud, { peakDb: -3, rmsDb: -12 });

  const later = advance(loud, undefined, 170);
  assert.deepEqual(later, { peakDb: -5, rmsDb: -22.2 });
  assert.deepEqual(advance(loud, undefined, 60_000), EMPTY_LEVEL);
});

test('the meter gives half of its length to the upper 20 dB', () => {
  assert.deepEqual([-120, -60, -40, -20, -10, 0, 6].map(levelFraction), [0, 0, 0.25, 0.5, 0.75, 1, 1]);
});

test('a table of the help is read with its head, its rows and what is strong in them', () => {
  const source = [
    'Before',
    '| What | Lost |',
    '|---|---|',
    '| **Cable** out | 0 s |',
    '| a | b |',
    '',
    'After',
  ].join('\n');
  const text = (words: string) => [{ kind: 'text', text: words }];

  assert.deepEqual(parseMarkdown(source), [
    { kind: 'paragraph', inlines: text('Before') },
    {
      kind: 'table',
      head: [text('What'), text('Lost')],
      rows: [
        [
          [
            { kind: 'strong', text: 'Cable' },
            { kind: 'text', text: ' out' },
          ],
          text('0 s'),
        ],
        [text('a'), text('b')],
      ],
    },
    { kind: 'paragraph', inlines: text('After') },
  ]);
});

test('Markdown of the help is read: headings, lists over several lines, code, images, inlines', () => {
  const source =
    '# One\n\nText **bold**\nand `code`.\n\n- first\n  goes on\n- [two](two.md)\n\n1. a\n2. b\n\n```\nx = 1\n```\n\n![Alt](images/a.png)\n';

  assert.deepEqual(parseMarkdown(source), [
    { kind: 'heading', level: 1, text: 'One' },
    {
      kind: 'paragraph',
      inlines: [
        { kind: 'text', text: 'Text ' },
        { kind: 'strong', text: 'bold' },
        { kind: 'text', text: ' and ' },
        { kind: 'code', text: 'code' },
        { kind: 'text', text: '.' },
      ],
    },
    {
      kind: 'list',
      isOrdered: false,
      items: [[{ kind: 'text', text: 'first goes on' }], [{ kind: 'link', text: 'two', href: 'two.md' }]],
    },
    { kind: 'list', isOrdered: true, items: [parseInlines('a'), parseInlines('b')] },
    { kind: 'code', text: 'x = 1' },
    { kind: 'image', alt: 'Alt', src: 'images/a.png' },
  ]);
});

test('routes survive the address bar, also with names that need encoding', () => {
  for (const route of [
    { place: 'studio' },
    { place: 'archive', asset: undefined },
    { place: 'archive', asset: 'Talk 50 % – ü' },
    { place: 'service' },
    { place: 'settings' },
  ] as const) {
    assert.deepEqual(parseRoute(formatRoute(route)), route);
  }
  assert.deepEqual(parseRoute('#/archive/%E0%A4%A'), { place: 'archive', asset: undefined });
  assert.deepEqual(parseRoute('#token=x'), { place: 'studio' });
});
