import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Sample } from '../../../src-main/media/cmaf/types.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { frames, sounds } from '../../support/broadcast-media.ts';
import { AUDIO_TRACK, SMALL_TRACK, segmenterRig, VIDEO_TRACK } from './segmenter-rig.ts';

const at = (samples: readonly Sample[]): number[] => samples.map(({ decodeTime }) => Number(decodeTime));

function shifted(samples: readonly Sample[], byTicks: number): Sample[] {
  return samples.map((sample) => ({ ...sample, decodeTime: ticks(sample.decodeTime + BigInt(byTicks)) }));
}

describe('the segmenter cuts', () => {
  test('at every key frame of the pictures, and nowhere else', () => {
    const rig = segmenterRig([VIDEO_TRACK]);

    rig.push('v', frames({ from: 0, to: 180 }));
    rig.flush();

    assert.deepEqual(rig.segments('v'), [
      { sequence: 1, at: 0, long: 2 },
      { sequence: 2, at: 2, long: 2 },
      { sequence: 3, at: 4, long: 2 },
    ]);
  });

  test('after one second when an encoder makes its first GOP that short', () => {
    const rig = segmenterRig([VIDEO_TRACK]);

    rig.push('v', [...frames({ from: 0, to: 30 }), ...frames({ from: 30, to: 90 })]);
    rig.flush();

    assert.deepEqual(
      rig.segments('v').map(({ long }) => long),
      [1, 2],
    );
  });

  test('not again at a key frame less than half a second behind the last cut', () => {
    const rig = segmenterRig([VIDEO_TRACK]);

    rig.push('v', frames({ from: 0, to: 60, gop: 10 }));
    rig.flush();

    assert.deepEqual(
      rig.segments('v').map(({ at: start }) => start),
      [0, 0.667, 1.333],
    );
  });

  test('sound at the first frame that begins at or behind the cut of the pictures', () => {
    const rig = segmenterRig([VIDEO_TRACK, AUDIO_TRACK]);

    rig.push('v', frames({ from: 0, to: 121 }));
    rig.push('a', sounds({ from: 0, to: 121 }));
    rig.flush();

    assert.deepEqual(
      rig
        .of('a')
        .filter(({ position }) => position.part === 0)
        .map(({ chunk }) => Number(chunk.decodeTime)),
      [0, 94 * 1024, 188 * 1024],
    );
  });

  test('sound alone every two seconds of whole frames', () => {
    const rig = segmenterRig([AUDIO_TRACK]);

    rig.push('a', sounds({ from: 0, to: 300 }));
    rig.flush();

    assert.deepEqual(
      rig.boundaries.map(({ at: start }) => Math.round((start * 48_000) / 1024)),
      [0, 94, 188, 282, 376],
    );
  });

  test('other qualities where the first one is cut, also when their key frame is a tick early', () => {
    const rig = segmenterRig([VIDEO_TRACK, SMALL_TRACK]);

    rig.push('v', frames({ from: 0, to: 121 }));
    rig.push('s', [...frames({ from: 0, to: 60 }), ...shifted(frames({ from: 60, to: 121 }), -1)]);
    rig.flush();

    assert.deepEqual(rig.segments('s'), rig.segments('v'));
  });
});

describe('parts', () => {
  test('are six pictures of 33 ms each, numbered from 0 in each segment', () => {
    const rig = segmenterRig([VIDEO_TRACK]);

    rig.push('v', frames({ from: 0, to: 120 }));
    rig.flush();

    assert.deepEqual(
      rig.of('v').map(({ position, chunk }) => [position.sequence, position.part, chunk.sampleCount]),
      [1, 2].flatMap((sequence) => Array.from({ length: 10 }, (_, part) => [sequence, part, 6])),
    );
    assert.deepEqual(
      rig
        .of('v')
        .filter(({ chunk }) => chunk.independent)
        .map(({ position }) => position.part),
      [0, 0],
    );
  });

  test('of sound stay below the length that is told to players', () => {
    const rig = segmenterRig([VIDEO_TRACK, AUDIO_TRACK]);

    rig.push('v', frames({ from: 0, to: 301 }));
    rig.push('a', sounds({ from: 0, to: 301 }));

    const longest = Math.max(...rig.of('a').map(({ chunk }) => chunk.duration / 48_000));
    assert.ok(longest <= 0.2134, `${longest} s`);
  });
});

describe('before the first key frame', () => {
  test('pictures are left out, and sound that would begin without them', () => {
    const rig = segmenterRig([VIDEO_TRACK, AUDIO_TRACK]);

    rig.push('a', sounds({ from: 0, to: 80 }));
    rig.push('v', frames({ from: 0, to: 80 }).slice(1));
    rig.flush();

    assert.deepEqual(rig.boundaries, [{ sequence: 1, at: 2, discontinuity: false }]);
    assert.equal(rig.of('a')[0]?.chunk.decodeTime, 94n * 1024n);
    assert.deepEqual(rig.dropped, ['v 0.03333333333333333 no-key-frame']);
  });

  test('a track that comes late begins with the next cut it can join', () => {
    const rig = segmenterRig([VIDEO_TRACK, SMALL_TRACK, AUDIO_TRACK]);

    rig.push('v', frames({ from: 0, to: 181 }));
    rig.push('s', frames({ from: 60, to: 181 }));
    rig.push('a', sounds({ from: 75, to: 181 }));
    rig.flush();

    assert.equal(rig.segments('s')[0]?.sequence, 2);
    assert.equal(rig.segments('a')[0]?.sequence, 2);
  });
});

describe('a track that is announced when others have begun', () => {
  test('begins with the newest cut when it has that very key frame', () => {
    const rig = segmenterRig([VIDEO_TRACK]);
    rig.push('v', frames({ from: 0, to: 75 }));

    rig.addTrack(SMALL_TRACK);
    rig.push('s', frames({ from: 60, to: 181 }));
    rig.push('v', frames({ from: 75, to: 181, start: 0 }));
    rig.flush();

    assert.deepEqual(rig.segments('s'), rig.segments('v').slice(1));
  });

  test('begins behind the next cut when its key frames are others, not in the middle of the segment that is open', () => {
    const rig = segmenterRig([VIDEO_TRACK]);
    rig.push('v', frames({ from: 0, to: 75 }));

    rig.addTrack(SMALL_TRACK);
    for (let from = 90; from < 300; from += 30) {
      rig.push('s', frames({ from, to: from + 30, start: 90 }));
      rig.push('v', frames({ from: from - 15, to: from + 15, start: 0 }));
    }
    rig.flush();

    assert.deepEqual(rig.segments('s')[0], { sequence: 3, at: 5, long: 2 });
  });

  test('begins at the cut also when it is sound that came in the middle', () => {
    const rig = segmenterRig([VIDEO_TRACK]);
    rig.push('v', frames({ from: 0, to: 75 }));

    rig.addTrack(AUDIO_TRACK);
    for (let from = 75; from < 180; from += 15) {
      rig.push('a', sounds({ from, to: from + 15 }));
      rig.push('v', frames({ from, to: from + 15, start: 0 }));
    }
    rig.flush();

    assert.deepEqual([rig.segments('a')[0]?.sequence, rig.of('a')[0]?.chunk.decodeTime], [3, 188n * 1024n]);
    assert.deepEqual([rig.gaps, rig.dropped], [[], []]);
  });

  test('sets the cuts from its first key frame on when it is the first of the pictures', () => {
    const rig = segmenterRig([AUDIO_TRACK]);
    rig.push('a', sounds({ from: 0, to: 75 }));

    rig.addTrack(VIDEO_TRACK);
    rig.push('a', sounds({ from: 75, to: 90 }));
    rig.push('v', frames({ from: 90, to: 271 }));
    rig.push('a', sounds({ from: 90, to: 271 }));
    rig.flush();

    const pictures = rig.segments('v');
    assert.deepEqual(
      pictures.map(({ at: start, long }) => [start, long]),
      [
        [3, 2],
        [5, 2],
        [7, 2],
        [9, 0.033],
      ],
    );
    assert.deepEqual(
      rig.segments('a').filter(({ sequence }) => sequence >= (pictures[0]?.sequence ?? 0)).length,
      pictures.length,
    );
  });
});

describe('a track that has stopped', () => {
  test('is closed behind ten seconds, and begins again with a cut behind what was closed', () => {
    const rig = segmenterRig([VIDEO_TRACK, SMALL_TRACK]);
    rig.push('v', frames({ from: 0, to: 75 }));
    rig.push('s', frames({ from: 0, to: 75 }));

    for (let from = 75; from < 600; from += 15) {
      rig.push('v', frames({ from, to: from + 15, start: 0 }));
    }
    const closed = [...rig.stopped];
    rig.push('s', frames({ from: 400, to: 480, start: 0 }));
    rig.push('s', frames({ from: 480, to: 661, start: 0 }));
    rig.push('v', frames({ from: 600, to: 661, start: 0 }));
    rig.flush();

    // The newest cut is at 18 s, the newest one that is ten seconds older at 8 s.
    assert.deepEqual(closed, ['s 3', 's 4', 's 5']);
    assert.deepEqual(
      rig.segments('s').map(({ sequence }) => sequence),
      [1, 2, 8, 9, 10, 11, 12],
    );
    assert.deepEqual(rig.gaps, ['s 2.5-13.333333333333334']);
  });

  test('is not closed by an outage of all, whose end some of them see a little later', () => {
    const rig = segmenterRig([VIDEO_TRACK, AUDIO_TRACK]);
    rig.push('v', frames({ from: 0, to: 75 }));
    rig.push('a', sounds({ from: 0, to: 60 }));

    rig.push('v', frames({ from: 1800, to: 1890 }));
    rig.push('a', sounds({ from: 60, to: 75 }));
    rig.push('a', sounds({ from: 1800, to: 1890 }));
    rig.flush();

    assert.deepEqual(rig.stopped, []);
    assert.equal(
      rig.samples('a').length,
      sounds({ from: 0, to: 75 }).length + sounds({ from: 1800, to: 1890 }).length,
    );
  });
});

test('the first quality breaks nothing when it comes back and another has gone on', () => {
  const rig = segmenterRig([VIDEO_TRACK, SMALL_TRACK]);
  rig.push('v', frames({ from: 0, to: 60 }));
  rig.push('s', frames({ from: 0, to: 60 }));
  for (let from = 60; from < 600; from += 15) {
    rig.push('s', frames({ from, to: from + 15, start: 0 }));
  }

  for (let from = 600; from < 750; from += 15) {
    rig.push('v', frames({ from, to: from + 15, start: 0 }));
    rig.push('s', frames({ from, to: from + 15, start: 0 }));
  }
  rig.flush();

  assert.deepEqual(
    rig.boundaries,
    Array.from({ length: 13 }, (_, index) => ({ sequence: index + 1, at: index * 2, discontinuity: false })),
  );
  assert.deepEqual(rig.gaps, ['v 2-20']);
  assert.deepEqual(
    rig.segments('v').map(({ sequence }) => sequence),
    [1, 11, 12, 13],
  );
});

describe('a gap', () => {
  test('is followed by sound in the same segment as the pictures, also when it begins a tick before them', () => {
    const rig = segmenterRig([VIDEO_TRACK, AUDIO_TRACK]);
    rig.push('v', shifted(frames({ from: 0, to: 60 }), 2));
    rig.push('a', sounds({ from: 0, to: 60 }));

    rig.push('v', shifted(frames({ from: 240, to: 300 }), 2));
    rig.push('a', sounds({ from: 240, to: 300 }));
    rig.flush();

    const [before, behind] = rig.segments('a');
    assert.deepEqual([before?.sequence, behind?.sequence, behind?.at], [1, 2, 8]);
    assert.ok((before?.long ?? 0) < 2.1, `${before?.long} s`);
  });

  test('of the pictures is told, breaks the timeline and goes on at a key frame', () => {
    const rig = segmenterRig([VIDEO_TRACK, AUDIO_TRACK]);
    rig.push('v', frames({ from: 0, to: 75 }));
    rig.push('a', sounds({ from: 0, to: 75 }));

    rig.push('v', frames({ from: 225, to: 345 }));
    rig.push('a', sounds({ from: 225, to: 345 }));
    rig.flush();

    assert.deepEqual(rig.gaps, ['v 2.5-7.5', 'a 2.517333333333333-7.509333333333333']);
    assert.deepEqual(rig.boundaries, [
      { sequence: 1, at: 0, discontinuity: false },
      { sequence: 2, at: 2, discontinuity: false },
      { sequence: 3, at: 7.5, discontinuity: true },
      { sequence: 4, at: 9.5, discontinuity: false },
    ]);
    assert.deepEqual(
      rig
        .of('a')
        .filter(({ position }) => position.sequence === 3 && position.part === 0)
        .map(({ position }) => position),
      [{ sequence: 3, part: 0, discontinuity: true }],
    );
  });

  test('of pictures that do not come back with a key frame lasts until the next one', () => {
    const rig = segmenterRig([VIDEO_TRACK]);
    const all = frames({ from: 0, to: 180 });

    rig.push('v', [...all.slice(0, 70), ...all.slice(80)]);
    rig.flush();

    assert.equal(at(rig.samples('v')).length, 70 + 60);
    assert.deepEqual(rig.dropped, ['v 2.6666666666666665 no-key-frame']);
    assert.equal(rig.boundaries.at(-1)?.discontinuity, true);
  });

  test('of a frame or two costs no more than those, because nothing that was coded is missing', () => {
    const rig = segmenterRig([VIDEO_TRACK]);
    const all = frames({ from: 0, to: 120 });

    rig.push('v', [...all.slice(0, 70), ...all.slice(72)]);
    rig.flush();

    assert.equal(rig.samples('v').length, 118);
    assert.deepEqual([rig.gaps, rig.dropped], [[], []]);
    assert.deepEqual(rig.segments('v').at(-1), { sequence: 2, at: 2, long: 2 });
  });

  test('of the sound alone breaks nothing', () => {
    const rig = segmenterRig([VIDEO_TRACK, AUDIO_TRACK]);
    const sound = sounds({ from: 0, to: 181 });

    rig.push('v', frames({ from: 0, to: 181 }));
    rig.push('a', [...sound.slice(0, 50), ...sound.slice(120)]);
    rig.flush();

    assert.deepEqual(
      rig.boundaries.map(({ discontinuity }) => discontinuity),
      [false, false, false, false],
    );
    assert.equal(rig.samples('a').length, sound.length - 70);
    assert.equal(rig.gaps.length, 1);
  });
});

describe('what overlaps', () => {
  test('is dropped when it came before, and told once for all of it', () => {
    const rig = segmenterRig([VIDEO_TRACK]);
    const all = frames({ from: 0, to: 150 });

    rig.push('v', all.slice(0, 100));
    rig.push('v', all.slice(40, 100));
    rig.push('v', all.slice(100));
    rig.flush();

    assert.deepEqual(at(rig.samples('v')), at(all));
    assert.deepEqual(rig.dropped, ['v 1.3333333333333333 overlap']);
    assert.equal(
      rig.boundaries.some(({ discontinuity }) => discontinuity),
      false,
    );
  });

  test('of an encoder that takes over is decoded in next to no time, because the rest is coded against it', () => {
    const rig = segmenterRig([VIDEO_TRACK]);

    rig.push('v', frames({ from: 0, to: 72 }));
    rig.push('v', frames({ from: 70, to: 190, run: 1 }));
    rig.flush();

    const samples = rig.samples('v');
    assert.equal(samples.length, 72 + 120);
    assert.deepEqual(
      samples.slice(72, 76).map(({ duration, data }) => [duration, data[8]]),
      [
        [1, 2],
        [1, 2],
        [2998, 2],
        [3000, 2],
      ],
    );
    assert.equal(samples.at(-1)?.decodeTime, 189n * 3000n);
    assert.deepEqual([rig.gaps, rig.dropped], [[], []]);
  });

  test('by another encoder for longer than a second is dropped, and so is all that hangs on it', () => {
    const rig = segmenterRig([VIDEO_TRACK]);

    rig.push('v', frames({ from: 0, to: 120 }));
    rig.push('v', frames({ from: 20, to: 240, run: 1 }));
    rig.flush();

    const [first] = rig.samples('v').filter(({ data }) => data[8] === 2);
    assert.ok(first);
    assert.deepEqual([first.sync, first.decodeTime], [true, 140n * 3000n]);
    assert.deepEqual(rig.dropped, ['v 0.6666666666666666 overlap', 'v 4 no-key-frame']);
  });

  test('of a clock that went back stays dropped until it has caught up', () => {
    const rig = segmenterRig([AUDIO_TRACK]);
    rig.push('a', sounds({ from: 300, to: 450 }));

    rig.push('a', sounds({ from: 0, to: 480 }));
    rig.flush();

    assert.deepEqual(at(rig.samples('a')), at(sounds({ from: 300, to: 480 })));
    assert.equal(rig.dropped.length, 1);
  });
});

describe('times that are not quite right', () => {
  test('do not drift: what an encoder rounds adds up to nothing', () => {
    const rig = segmenterRig([VIDEO_TRACK]);
    // As of a container in milliseconds: 33.33 ms written as 33 or 34, every duration as 33.
    const rounded = frames({ from: 0, to: 1800 }).map((sample, index) => ({
      ...sample,
      decodeTime: ticks(Math.round((index * 1000) / 30) * 90),
      duration: 33 * 90,
    }));

    rig.push('v', rounded);
    rig.flush();

    assert.equal(rig.samples('v').length, 1800);
    assert.deepEqual([rig.gaps, rig.dropped], [[], []]);
    const last = rig.samples('v').at(-1);
    assert.ok(Math.abs(Number(last?.decodeTime) - 1799 * 3000) <= 90);
  });

  test('that are too long by a little lose no picture either', () => {
    const rig = segmenterRig([VIDEO_TRACK]);

    rig.push(
      'v',
      frames({ from: 0, to: 1800 }).map((sample) => ({ ...sample, duration: 3060 })),
    );
    rig.flush();

    assert.equal(rig.samples('v').length, 1800);
    assert.deepEqual(rig.dropped, []);
  });
});

describe('the track that sets the cuts', () => {
  test('is waited for by the others', () => {
    const rig = segmenterRig([VIDEO_TRACK, AUDIO_TRACK]);

    rig.push('a', sounds({ from: 0, to: 60 }));

    assert.deepEqual(rig.emitted, []);
  });

  test('gives way to the sound when no pictures come for three seconds', () => {
    const rig = segmenterRig([VIDEO_TRACK, AUDIO_TRACK]);

    rig.push('a', sounds({ from: 0, to: 89 }));
    assert.equal(rig.emitted.length, 0);
    rig.push('a', sounds({ from: 89, to: 180 }));

    assert.deepEqual(
      rig.segments('a').map(({ sequence }) => sequence),
      [1, 2, 3],
    );
  });

  test('gives way to other pictures after one second, and has the same cuts as they when it is back', () => {
    const rig = segmenterRig([VIDEO_TRACK, SMALL_TRACK]);
    rig.push('v', frames({ from: 0, to: 60 }));
    rig.push('s', frames({ from: 0, to: 90, gop: 60 }));
    const waiting = rig.segments('s').length;

    rig.push('s', frames({ from: 90, to: 181, start: 0 }));
    const without = rig.boundaries.map(({ at: start }) => start);
    rig.push('v', frames({ from: 60, to: 301 }));
    rig.push('s', frames({ from: 181, to: 301, start: 0 }));
    rig.flush();

    assert.equal(waiting, 1);
    assert.deepEqual(without, [0, 2, 4, 6]);
    assert.deepEqual(
      rig.segments('v').map(({ at: start }) => start),
      [0, 2, 4, 6, 8, 10],
    );
    assert.deepEqual(rig.segments('v'), rig.segments('s'));
  });

  test('takes the lead again when its pictures are back, and cuts at its key frames as before', () => {
    const rig = segmenterRig([VIDEO_TRACK, AUDIO_TRACK]);
    rig.push('v', frames({ from: 0, to: 60 }));
    rig.push('a', sounds({ from: 0, to: 60 }));
    for (let from = 60; from < 600; from += 6) {
      rig.push('a', sounds({ from, to: from + 6 }));
    }

    for (let from = 600; from < 960; from += 60) {
      rig.push('a', sounds({ from, to: from + 60 }));
      rig.push('v', frames({ from, to: from + 60 }));
    }
    rig.flush();

    const pictures = rig.segments('v').slice(2);
    assert.deepEqual(
      pictures.map(({ long }) => long),
      [2, 2, 2, 2, 2],
    );
    const sound = new Map(rig.segments('a').map((row) => [row.sequence, row.at]));
    for (const { sequence, at: start } of pictures) {
      assert.ok(Math.abs((sound.get(sequence) ?? 0) - start) < 0.022, `segment ${sequence}`);
    }
  });

  test('keeps the lead when it stops and comes back with the sound, as after a restart of the encoder', () => {
    const rig = segmenterRig([VIDEO_TRACK, AUDIO_TRACK]);
    rig.push('v', frames({ from: 0, to: 60 }));
    rig.push('a', sounds({ from: 0, to: 90 }));

    rig.push('a', sounds({ from: 390, to: 400 }));
    rig.push('v', frames({ from: 390, to: 511, run: 1 }));
    rig.push('a', sounds({ from: 400, to: 511 }));
    rig.flush();

    assert.deepEqual(
      rig.boundaries.map(({ at: start, discontinuity }) => [start, discontinuity]),
      [
        [0, false],
        [13, true],
        [15, false],
        [17, false],
      ],
    );
  });
});
