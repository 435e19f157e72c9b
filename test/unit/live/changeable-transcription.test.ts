import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createEmitter } from '../../../src-main/base/emitter.ts';
import { createChangeableTranscription } from '../../../src-main/core/live/changeable-transcription.ts';
import type { LiveText } from '../../../src-main/core/ports/presentation.ts';
import type { TimelineInput } from '../../../src-main/core/ports/timeline.ts';
import type { Spoken, Transcription } from '../../../src-main/core/ports/transcription.ts';

type Fake = Transcription & {
  readonly changed: ReturnType<typeof createEmitter<undefined>>;
  readonly spoken: ReturnType<typeof createEmitter<Spoken>>;
  readonly heard: string[];
};

function fake(language: string): Fake {
  const text: LiveText = {
    ...{ kind: 'text', id: `text_${language}`, name: language, bitrate: 1, language },
    shownAs: {
      ...{ label: language, hidden: false, isDefault: false, forced: false, characteristics: [], role: undefined },
    },
    sourceTrackId: () => undefined,
    isFinalUntil: () => true,
    closeUntil: () => undefined,
    within: () => [],
  };
  const heard: string[] = [];
  return {
    texts: [text],
    heard,
    revision: () => 5,
    changed: createEmitter<undefined>(),
    spoken: createEmitter<Spoken>(),
    listen: (input) => ({
      open: (tracks) => input.open(tracks),
      push(trackId, samples) {
        heard.push(trackId);
        input.push(trackId, samples);
      },
    }),
    settled: () => Promise.resolve(),
    remove: () => undefined,
    end() {
      heard.push('end');
      return Promise.resolve();
    },
  };
}

function timeline(): TimelineInput & { readonly calls: string[] } {
  const calls: string[] = [];
  return { calls, open: () => calls.push('open'), push: (trackId) => calls.push(trackId) };
}

const languagesOf = ({ texts }: Transcription): readonly string[] => texts.map(({ language }) => language);

suite('what is made of what is said', () => {
  test('can be changed until a track is known, and tells that it was', () => {
    const [french, german] = [fake('fr'), fake('de')];
    const changeable = createChangeableTranscription(french);
    let told = 0;
    changeable.changed.on(() => void (told += 1));
    const input = changeable.listen(timeline());
    const before = changeable.revision();

    assert.equal(changeable.change(german), true);
    assert.deepEqual([languagesOf(changeable), french.heard, told], [['de'], ['end'], 1]);
    assert(changeable.revision() > before);
    input.open([]);
    input.push('audio', []);

    assert.deepEqual(german.heard, ['audio']);
    assert.equal(changeable.change(fake('it')), false);
    assert.deepEqual(languagesOf(changeable), ['de']);
  });

  test('is that of the one there is now', () => {
    const [french, german] = [fake('fr'), fake('de')];
    const changeable = createChangeableTranscription(french);
    const words: string[] = [];
    changeable.spoken.on(({ text }) => void words.push(text.language));
    changeable.change(german);

    for (const { spoken, texts } of [french, german]) {
      const [text] = texts;
      assert(text !== undefined);
      spoken.emit({ text, cues: [] });
    }

    assert.deepEqual(words, ['de']);
  });

  test('can be nothing at first, or in the end, and media passes as it is', async () => {
    const changeable = createChangeableTranscription(undefined);
    const { calls, ...end } = timeline();
    const input = changeable.listen(end);
    assert.deepEqual(languagesOf(changeable), []);
    assert.equal(changeable.change(fake('fr')), true);
    assert.equal(changeable.change(undefined), true);

    input.open([]);
    input.push('audio', []);
    await changeable.settled(0);
    await changeable.end();

    assert.deepEqual(calls, ['open', 'audio']);
  });
});
