import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LADDERS } from '../../../../src-main/core/encode/ladder-presets.ts';
import { patchedEvent, type ResourceRules } from '../../../../src-main/core/live/event-resource.ts';
import { customPreset, type LiveEvent, liveEventPatch } from '../../../../src-main/shared/api/live-events.ts';
import { pageProblem } from '../../../../src-renderer/api/problem.ts';
import {
  type AddressRow,
  isEverybody,
  listOf,
  refusedRow,
  rowsOf,
  typedFaults,
} from '../../../../src-renderer/features/service/address-list.ts';
import {
  type EventFields,
  faultsOfFields,
  fieldsOf,
  patchOf,
} from '../../../../src-renderer/features/service/event-fields.ts';
import { isoOf } from '../../../../src-renderer/features/service/local-time.ts';
import { pathLabel } from '../../../../src-renderer/features/service/path-label.ts';
import {
  draftFrom,
  isSendable,
  namedRow,
  PRESET_LAYERS,
  type PresetDraft,
  presetFaults,
  presetOf,
  presetsOf,
  totalBitrate,
  withAudio,
  withLayer,
} from '../../../../src-renderer/features/service/preset-draft.ts';
import { slateFault, slateName } from '../../../../src-renderer/features/service/slate-file.ts';
import { aLiveEvent } from '../../../support/fake-service/scenarios.ts';

function row(id: number, address: string, prefix = '', name = ''): AddressRow {
  return { id, address, prefix, name };
}

const RULES: ResourceRules = {
  checkAccessControl: () => undefined,
  checkEncoding: () => undefined,
  checkPreviewPolicy: () => undefined,
  hasRecogniser: () => false,
  hasOwnNames: () => true,
  newGuid: () => '3f2b8c1e-5a4d-4f6b-9c0d-7e8f9a0b1c2d',
  now: () => '2026-11-21T09:00:00.000Z',
};

const ENCODING = aLiveEvent('talk', {
  encoding: { encodingType: 'Standard', presetName: 'Default720p', keyFrameInterval: 'PT2S', stretchMode: 'None' },
});

test('a list of addresses becomes rows and the same list again', () => {
  const list = {
    ip: {
      allow: [
        { name: 'hall', address: '10.0.0.0', subnetPrefixLength: 22 },
        { address: '10.0.0.1(255.255.252.0)' },
        { address: 'fd00::/8', subnetPrefixLength: 0 },
      ],
    },
  };

  assert.deepEqual(listOf(rowsOf(list)), list);
  assert.deepEqual(listOf([row(0, ' '), row(4, ' 10.0.0.1 ', ' 8 ', ' x ')]), {
    ip: { allow: [{ name: 'x', address: '10.0.0.1', subnetPrefixLength: 8 }] },
  });
});

test('a prefix without an address, and one that is no number, are faults of their row', () => {
  const faults = typedFaults([
    row(0, ''),
    row(1, '', '8'),
    row(2, '10.0.0.1', 'eight'),
    row(3, '::', '129'),
    row(4, '::', '128'),
  ]);

  assert.deepEqual(
    [...faults],
    [
      [1, 'address'],
      [2, 'prefix'],
      [3, 'prefix'],
    ],
  );
});

test('everybody is recognised however a list writes it', () => {
  const listed = (...allow: { address: string; subnetPrefixLength?: number }[]): boolean =>
    isEverybody({ ip: { allow } });

  assert.deepEqual(
    [
      isEverybody(undefined),
      listed({ address: '0.0.0.0/0' }),
      listed({ address: '0.0.0.0', subnetPrefixLength: 0 }),
      listed({ address: '0.0.0.0' }),
      listed({ address: '::/0' }),
      listed(),
    ],
    [true, true, true, false, false, false],
  );
});

test('a refused address is told at its row, however the service names it', () => {
  const problem = pageProblem('page/bad-answer', 'Nothing was changed.');
  // The blank one is not sent, and so not counted.
  const rows = [row(0, '10.0.0.1'), row(3, ''), row(5, '10.0.0.300')];
  const field = 'input.accessControl';
  const errors = [{ field: 'input.accessControl.ip.allow.1.address', message: 'is no address' }];

  assert.deepEqual(refusedRow({ ...problem, errors }, field, rows), { row: 5, message: 'is no address' });
  assert.deepEqual(refusedRow({ ...problem, details: { field, address: '10.0.0.300' } }, field, rows), {
    row: 5,
    message: 'Nothing was changed.',
  });
  assert.deepEqual(refusedRow({ ...problem, details: { field } }, field, rows), {
    row: undefined,
    message: 'Nothing was changed.',
  });
  const sentence =
    'input.accessControl: The entry 10.0.0.300 of the list of addresses is not right: "10.0.0.300" is not an IP address. Write 10.0.0.1. Nothing was changed.';
  assert.deepEqual(
    refusedRow({ ...problem, detail: sentence, details: { field, address: '10.0.0.300' } }, field, rows),
    { row: 5, message: '"10.0.0.300" is not an IP address' },
  );
  assert.equal(refusedRow({ ...problem, errors }, 'preview.accessControl', rows), undefined);
  assert.equal(refusedRow(undefined, field, rows), undefined);
});

test('nothing changed is nothing sent, for every event that can be read', () => {
  const withLists: LiveEvent = {
    ...ENCODING,
    tags: { room: 'hall' },
    input: { ...ENCODING.input, accessControl: { ip: { allow: [{ address: '0.0.0.0/0' }] } } },
    preview: { ...ENCODING.preview, accessControl: { ip: { allow: [] } } },
    crossSiteAccessPolicies: { crossDomainPolicy: '<x/>' },
  };

  for (const event of [aLiveEvent('talk'), ENCODING, withLists]) {
    assert.deepEqual(patchOf(event, fieldsOf(event)), {});
  }
});

test('what was typed is what the service then has, whatever it was', () => {
  const fields = fc.record(
    {
      description: fc.constantFrom('', 'The hall'),
      tags: fc.constantFrom([], [{ id: 0, key: 'room', value: 'hall' }]),
      keyFrameInterval: fc.constantFrom('2', '1', '0,5'),
      stretchMode: fc.constantFrom('None', 'AutoFit'),
      ingestAccess: fc.constantFrom('everybody', 'list'),
      ingestAllow: fc.constantFrom([], [row(0, '10.0.0.0', '22', 'hall')]),
      previewAccess: fc.constantFrom('everybody', 'list'),
      previewAllow: fc.constantFrom([], [row(0, 'fd00::/8')]),
      slateOnBreaks: fc.boolean(),
      slateAsset: fc.constantFrom('', 'slate-hall'),
      useStaticHostname: fc.boolean(),
      crossDomainPolicy: fc.constantFrom('', '<x/>'),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fields, (typed) => {
      const after: EventFields = { ...fieldsOf(ENCODING), ...(typed as Partial<EventFields>) };
      const patch = liveEventPatch.parse(patchOf(ENCODING, after));

      const changed = patchedEvent(ENCODING, patch, RULES);

      assert.deepEqual(patchOf(changed, after), {});
    }),
  );
});

test('of a running event only what was changed is sent, so that nothing is refused that nobody touched', () => {
  const running = { ...ENCODING, resourceState: 'Running' as const };

  const patch = patchOf(running, { ...fieldsOf(running), description: 'Now live' });

  assert.deepEqual(patch, { description: 'Now live' });
  assert.equal(patchedEvent(running, patch, RULES).description, 'Now live');
});

test('what cannot be sent is known at its field', () => {
  const before = { ...fieldsOf(ENCODING), hostnamePrefix: 'hall' };
  const faulty: EventFields = {
    ...before,
    keyFrameInterval: 'two',
    ingestAccess: 'list',
    ingestAllow: [row(0, '10.0.0.1', 'x')],
    tags: [
      { id: 0, key: 'a', value: '1' },
      { id: 1, key: 'a', value: '2' },
    ],
    accessToken: 'no-guid',
    hostnamePrefix: '',
  };

  assert.deepEqual([...faultsOfFields(before, before)], []);
  assert.deepEqual([...faultsOfFields(faulty, before)].sort(), [
    'accessToken',
    'hostnamePrefix',
    'ingestAllow',
    'keyFrameInterval',
    'tags',
  ]);
});

test('an own ladder begins as a preset of the service, to the kilobit', () => {
  for (const kind of ['Standard', 'Premium1080p'] as const) {
    for (const name of presetsOf(kind)) {
      assert(isPreset(name), name);
      const ladder = LADDERS[name];

      assert.deepEqual(
        PRESET_LAYERS[kind][name]?.map(([kbps, width, height]) => ({ width, height, bitrate: kbps * 1000 })),
        ladder.video,
      );
      const draft = draftFrom(kind, name);
      assert(isSendable(presetFaults(draft, kind)));
      assert.deepEqual(customPreset.parse(presetOf(draft)), { layers: ladder.video, audioBitrates: [128] });
    }
  }
});

test('a ladder that is not right says so at the field of its row', () => {
  const layer = (id: number, width: string, height: string, kbps: string) => ({ id, width, height, kbps });
  const draft: PresetDraft = {
    layers: [
      layer(0, '1280', '720', '2500'),
      layer(1, '1281', '720', '2000'),
      layer(2, '1920', '1080', '1900'),
      layer(3, '640', '', '1800'),
      layer(4, '640', '360', '49'),
      layer(5, '640', '360', '2500,0'),
      layer(6, '640', '480', '700'),
    ],
    audio: [128, 96, 128],
  };

  const faults = presetFaults(draft, 'Standard');

  assert.deepEqual(Object.fromEntries(faults.layers), {
    1: { field: 'width', kind: 'even' },
    2: { field: 'width', kind: 'tooLarge' },
    3: { field: 'height', kind: 'size' },
    4: { field: 'kbps', kind: 'bitrate' },
    5: { field: 'kbps', kind: 'twice' },
    6: { field: 'width', kind: 'shape' },
  });
  assert.deepEqual([...faults.audio], [2]);
  assert(!isSendable(faults));
  assert(!isSendable(presetFaults({ layers: [], audio: [128] }, 'Standard')));
});

test('a quality that is added fits, until six are there', () => {
  let draft: PresetDraft = { layers: [], audio: [128] };
  while (draft.layers.length < 6) {
    draft = withLayer(draft);
  }

  assert.deepEqual(Object.fromEntries(presetFaults(draft, 'Standard').layers), {});
  assert.equal(new Set(draft.layers.map(({ id }) => id)).size, 6);
  assert.deepEqual(withAudio(withAudio(draft)).audio, [128, 96, 112]);
});

test('all bitrates together are counted, and what cannot be read is left out', () => {
  const draft = withAudio(draftFrom('Standard', '720p-3-Layer'));

  assert.equal(totalBitrate(draft), 3_900_000 + 128_000 + 96_000);
  assert.equal(totalBitrate({ layers: [{ id: 0, width: '', height: '', kbps: 'x' }], audio: [128] }), 128_000);
});

test('the row that the service names is found by its place', () => {
  const draft = { ...draftFrom('Standard', '720p-3-Layer') };
  const without = { ...draft, layers: draft.layers.slice(1) };

  assert.equal(namedRow(without, 'encoding.customPreset.layers[1].bitrate'), 2);
  assert.equal(namedRow(without, 'encoding.customPreset.layers.0'), 1);
  assert.equal(namedRow(without, 'encoding.customPreset.audioBitrates[0]'), undefined);
});

test('a slate is a JPEG of at most 1920x1080 and 3 MB', () => {
  const jpeg = { type: 'image/jpeg', size: 1000 };

  assert.equal(slateFault({ ...jpeg, size: 3 * 1024 * 1024 }, { width: 1920, height: 1080 }), undefined);
  assert.deepEqual(slateFault({ ...jpeg, size: 3 * 1024 * 1024 + 1 }, { width: 10, height: 10 }), {
    kind: 'bytes',
    bytes: 3_145_729,
  });
  assert.deepEqual(slateFault(jpeg, { width: 1920, height: 1082 }), { kind: 'size', width: 1920, height: 1082 });
  assert.deepEqual(slateFault({ ...jpeg, type: 'image/png' }, { width: 10, height: 10 }), { kind: 'no-jpeg' });
  assert.deepEqual(slateFault(jpeg, undefined), { kind: 'no-jpeg' });
});

test('the asset of a slate is called like its file, in letters that a name may have, and like nothing else', () => {
  assert.equal(slateName('Pause (1).jpg', new Set()), 'slate-Pause (1)');
  assert.equal(slateName('…/.jpg', new Set()), 'slate-picture');
  assert.equal(slateName('a.jpg', new Set(['slate-a', 'slate-a-2'])), 'slate-a-3');
});

test('a path is called by what it is', () => {
  assert.deepEqual(
    [
      pathLabel('Hls', '/id/talk.ism/manifest(format=m3u8-cmaf)'),
      pathLabel('Dash', '/id/talk.ism/manifest(format=mpd-time-cmaf,encryption=cenc)'),
      pathLabel('SmoothStreaming', '/id/talk.ism/manifest'),
      pathLabel('Download', '/id/talk_720p.mp4'),
    ],
    ['HLS · m3u8-cmaf', 'DASH · mpd-time-cmaf, cenc', 'Smooth', 'File · talk_720p.mp4'],
  );
});

test('a time that was typed is sent as an instant', () => {
  const instant = isoOf('2026-11-21T18:30');

  assert.equal(new Date(instant ?? '').getHours(), 18);
  assert.deepEqual([isoOf(''), isoOf('tomorrow')], [undefined, undefined]);
});

function isPreset(name: string): name is keyof typeof LADDERS {
  return name in LADDERS;
}
