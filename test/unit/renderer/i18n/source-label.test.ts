import assert from 'node:assert/strict';
import { test } from 'node:test';
import i18next from 'i18next';
import { describeSource } from '../../../../src-main/core/capture/source-labels.ts';
import type { SourceSpec } from '../../../../src-main/shared/api/studio.ts';
import { de } from '../../../../src-renderer/i18n/de.ts';
import { sourceLabel } from '../../../../src-renderer/i18n/source-label.ts';
import { LINUX_DEVICES } from '../../capture/contexts.ts';

test('what the service names itself is told in the language of the page, what people named stays', async () => {
  const instance = i18next.createInstance();
  await instance.init({ lng: 'de', resources: { de: { translation: de } } });
  const specs: readonly SourceSpec[] = [
    { id: 'test', kind: 'test' },
    { id: 'screen', kind: 'screen', cursor: true, region: { x: 0, y: 0, width: 640, height: 480 } },
    { id: 'screen-2', kind: 'screen', cursor: true },
    { id: 'sound', kind: 'system-audio' },
    { id: 'file', kind: 'file', path: '/talks/Test picture.mp4', loop: false },
  ];

  const labels = specs.map((spec) =>
    sourceLabel(instance.t, { spec, label: describeSource(spec, LINUX_DEVICES, undefined).label }),
  );

  assert.deepEqual(labels, [
    'Testbild',
    'Ganzer Desktop, 640 × 480',
    'Ganzer Desktop',
    'Computerton',
    'Test picture.mp4',
  ]);
});
