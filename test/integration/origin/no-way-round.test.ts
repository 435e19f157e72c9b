import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SegmentRef } from '../../../src-main/media/cmaf/segment-table.ts';
import { filterContent } from '../../../src-main/shared/api/filters.ts';
import { FAKE_START_MS, fakePublication } from '../../support/fake-presentation.ts';
import {
  at,
  BEST,
  NARROW,
  OTHER,
  openFilteredStage,
  range,
  SMALL,
  TRACKS,
  WIDE,
} from '../../support/filtered-stage.ts';
import { mediaAddresses, viewsOf } from '../../support/media-addresses.ts';
import { ask, talk } from '../../support/open-test-origin.ts';

/** The same address in other words. */
function spellings(path: string): readonly string[] {
  return [
    path.toUpperCase().replace('=INIT', '=i'),
    path.replaceAll('(', '%28').replaceAll('=', '%3D').replaceAll(',', '%2C'),
    path.replaceAll(',', ', '.replace(' ', '%20')),
    Array.from(path, (sign) => (/[A-Za-z]/.test(sign) ? `%${sign.charCodeAt(0).toString(16)}` : sign)).join(''),
    `${path}?filter=all`,
    `${path}#`,
  ];
}

function withFilter(path: string, filter: string): string {
  return path.replace(/\)([^)]*)$/, `,filter=${filter})$1`);
}

const onlySmall = filterContent.parse({
  tracks: [
    {
      trackSelections: [
        { property: 'Type', operation: 'Equal', value: 'video' },
        { property: 'Bitrate', operation: 'Equal', value: '0-500000' },
      ],
    },
  ],
});

test('of a recording with filters nothing else is to be had at any address of any format', async (context) => {
  const stage = await openFilteredStage(context, {
    clip: range({ startTimestamp: at(8), endTimestamp: at(14) }),
    small: onlySmall,
  });
  stage.segments(8);
  stage.end();
  const wrong: string[] = [];

  for (const track of TRACKS) {
    for (const row of stage.rowsOf(track)) {
      const seconds = Number(row.time) / track.timescale - FAKE_START_MS / 1000;
      const isIn = track === SMALL && seconds >= 7.99 && seconds < 14;
      const [wide, narrow] = [mediaAddresses(track, row, 1), mediaAddresses(track, row, isIn ? 5 : 1)];
      await Promise.all(
        wide.map(async (path, index) => {
          const inFull = await stage.statusOf(WIDE, path);
          const filtered = await stage.statusOf(NARROW, narrow[index] ?? '');
          if (inFull !== 200 || (isIn ? filtered !== 200 : filtered < 400)) {
            wrong.push(`${track.id} ${seconds} s ${path}: ${inFull}, with filters ${filtered}`);
          }
        }),
      );
    }
    for (const rest of [
      ...(['m3u8-cmaf', 'mpd-time-cmaf', 'mpd-time-csf'] as const).flatMap((format) =>
        viewsOf(format).map((view) => `Fragments(${track.name}=i${view})`),
      ),
      ...(['m3u8-cmaf', 'm3u8-aapl', 'm3u8-aapl-v3'] as const).flatMap((format) =>
        viewsOf(format).map((view) => `Manifest(${track.name}${view})`),
      ),
    ]) {
      const path = `QualityLevels(${track.bitrate})/${rest}`;
      const statuses = [await stage.statusOf(WIDE, path), await stage.statusOf(NARROW, path)];
      assert.deepEqual(statuses, [200, track === SMALL ? 200 : 404], path);
    }
  }

  assert.deepEqual(wrong, []);
});

test('what filters take away does not come back by other words, other filters, or the number of a fragment', async (context) => {
  const stage = await openFilteredStage(context, { clip: range({ startTimestamp: at(8), endTimestamp: at(14) }) });
  stage.segments(10);
  stage.end();
  const [first] = stage.rowsOf(BEST);
  assert.ok(first !== undefined);
  const gotRound: string[] = [];
  let understood = 0;

  for (const path of mediaAddresses(BEST, first, 1)) {
    for (const said of [
      ...spellings(path),
      ...['all', 'clip', 'all;all', 'clip;all'].map((name) => withFilter(path, name)),
    ]) {
      const status = await stage.statusOf(NARROW, said);
      understood += (await stage.statusOf(WIDE, said.replaceAll('clip', 'all'))) === 200 ? 1 : 0;
      if (status < 400) {
        gotRound.push(`${status} ${said}`);
      }
    }
  }
  assert.ok(understood > 40, `${understood} of them are addresses at all`);
  // HDS counts from where an address says.
  for (const [base, fragment] of [
    [0, 1],
    [0, 2],
    [1, 1],
    [2, 0],
    [4, 1],
    [5, 0],
    [8, 1],
    [9, 1],
  ]) {
    const path = `QualityLevels(${BEST.bitrate})/Fragments(video=${base},format=f4m-f4f)Seg1-Frag${fragment}`;
    const status = await stage.statusOf(NARROW, path);
    if (status < 400) {
      gotRound.push(`${status} ${path}`);
    }
  }

  assert.deepEqual(gotRound, []);
});

test('who is kept behind the edge has neither the newest segments nor their parts', async (context) => {
  const stage = await openFilteredStage(context, { behind: range({ liveBackoffDuration: 6000 }) });
  stage.segments(20);
  stage.chunk();
  stage.chunk();
  const gotRound: string[] = [];

  for (const track of TRACKS) {
    const rows = stage.rowsOf(track);
    const newest = rows.slice(-3);
    for (const row of newest) {
      const parts = viewsOf('m3u8-cmaf').flatMap((view) =>
        [0, 1, 9, 10].map(
          (part) => `QualityLevels(${track.bitrate})/Fragments(${track.name}=${row.time}${view},part=${part})`,
        ),
      );
      for (const path of [...mediaAddresses(track, row, 0), ...parts]) {
        const status = await stage.statusOf(NARROW, path);
        if (status < 400) {
          gotRound.push(`${status} ${path}`);
        }
      }
    }
    const last = rows.at(-1)!;
    const open = last.time + BigInt(last.duration);
    for (const rest of ['', ',part=0', ',part=1', ',part=2']) {
      const path = `QualityLevels(${track.bitrate})/Fragments(${track.name}=${open},format=m3u8-cmaf${rest})`;
      assert.equal(await stage.statusOf(WIDE, path.replace(',part=2', ',part=1')), 200, path);
      const status = await stage.statusOf(NARROW, path);
      if (status < 400) {
        gotRound.push(`${status} ${path}`);
      }
    }
    const playlist = (
      await ask(
        stage.origin,
        `/${NARROW}/stream.ism/QualityLevels(${track.bitrate})/Manifest(${track.name},format=m3u8-cmaf)`,
      )
    ).body.toString();
    assert.doesNotMatch(playlist, /EXT-X-PART|PRELOAD/);
  }

  assert.deepEqual(gotRound, []);
});

test('behind a forced end there is nothing, however it is asked for', async (context) => {
  const stage = await openFilteredStage(context, {
    until: range({ endTimestamp: at(34), forceEndTimestamp: true }),
  });
  stage.segments(20);
  stage.chunk();
  const gotRound: string[] = [];

  for (const track of TRACKS) {
    const rows = stage.rowsOf(track);
    const isBehind = ({ time }: SegmentRef): boolean =>
      Number(time) / track.timescale - FAKE_START_MS / 1000 >= 34 - 0.001;
    const shown = rows.filter((row) => !isBehind(row)).at(-1)!;
    // The first part of a segment has the address behind the last part of the one before.
    const parts = viewsOf('m3u8-cmaf').flatMap((view) =>
      [10, 11, 12].map(
        (part) => `QualityLevels(${track.bitrate})/Fragments(${track.name}=${shown.time}${view},part=${part})`,
      ),
    );
    for (const path of [...rows.filter(isBehind).flatMap((row) => mediaAddresses(track, row, 0)), ...parts]) {
      const status = await stage.statusOf(NARROW, path);
      if (status < 400) {
        gotRound.push(`${status} ${path}`);
      }
    }
  }

  assert.deepEqual(gotRound, []);
});

test('an address of one locator leads nowhere under another one', async (context) => {
  const stage = await openFilteredStage(context, {});
  stage.segments(5);
  stage.end();
  const [row] = stage.rowsOf(BEST);
  const own = `QualityLevels(${BEST.bitrate})/Fragments(video=${row?.time},format=m3u8-cmaf)`;
  const manifest = 'manifest(format=m3u8-cmaf)';
  assert.equal(await stage.statusOf(WIDE, own), 200);
  const targets = [
    `/${OTHER}/stream.ism/${manifest}`,
    `/${OTHER}/other.ism/${own}`,
    `/${WIDE}/other.ism/${manifest}`,
    `/${WIDE}%2fother.ism/${manifest}`,
    `/${OTHER}/../${WIDE}/stream.ism/${manifest}`,
    `/${OTHER}/..%2f${WIDE}%2fstream.ism/${manifest}`,
    `/${OTHER}/%2e%2e/${WIDE}/stream.ism/${manifest}`,
    `/${OTHER}%2f..%2f${WIDE}/stream.ism/${manifest}`,
    `/${OTHER}/other.ism/../../${WIDE}/stream.ism/${manifest}`,
    `/${OTHER}/other.ism/${manifest}/../../../${WIDE}/stream.ism/${own}`,
    `/${OTHER}/${WIDE}/stream.ism/${manifest}`,
    `/${OTHER}%00${WIDE}/stream.ism/${manifest}`,
    `/${OTHER},${WIDE}/stream.ism/${manifest}`,
    `/${OTHER}/other.ism/${WIDE}/stream.ism/${own}`,
    `//${WIDE}/stream.ism/${manifest}`,
    `/${WIDE.toUpperCase().replaceAll('0', '%30')}%20/stream.ism/${manifest}`,
    `/${WIDE}/stream.ism%2f..%2fother.ism/${manifest}`,
  ];

  for (const target of targets) {
    const said = await talk(stage.origin, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`).said;
    assert.match(said, /^HTTP\/1\.1 40[04] /, target);
  }
});

test('who is not on the list of addresses learns nothing by any address', async (context) => {
  const stage = await openFilteredStage(context, {});
  stage.segments(5);
  stage.publications.set(WIDE, {
    ...fakePublication(stage.presentation),
    title: 'nobody’s business',
    files: new Map([['secret plan.mp4', '/none']]),
    admits: () => false,
  });
  const [row] = stage.rowsOf(BEST);
  const paths = [
    ...mediaAddresses(BEST, row!, 1).map((path) => `stream.ism/${path}`),
    'stream.ism/manifest',
    'stream.ism/manifest(format=mpd-time-cmaf)',
    'secret%20plan.mp4',
    'none.mp4',
  ];

  for (const path of paths) {
    const reply = await ask(stage.origin, `/${WIDE}/${path}`);
    assert.deepEqual([reply.status, reply.headers['x-ms-error-code']], [403, 'origin/address-denied'], path);
  }
  for (const path of [`/watch/${WIDE}`, `/watch/${WIDE}/status.json`]) {
    const reply = await ask(stage.origin, path);
    assert.doesNotMatch(reply.body.toString(), /business|secret plan/, path);
  }
});
