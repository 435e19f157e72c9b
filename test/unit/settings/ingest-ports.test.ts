import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ingestPorts } from '../../../src-main/core/settings/ingest-ports.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/shared/api/settings.ts';

const { network } = DEFAULT_SETTINGS;

test('the ports for encoders are those of the settings', () => {
  assert.deepEqual(ingestPorts(network, {}), {
    rtmp: 1935,
    rtmpSecondary: 1936,
    rtmps: 2935,
    rtmpsSecondary: 2936,
    ingest: 8485,
    ingestTls: 8486,
    srt: 8890,
  });
});

test('a port that is given stands for its pair, and 0 for any two free ones', () => {
  const given = ingestPorts(network, { rtmpPort: 5000, rtmpsPort: 0, ingestPort: 65_535, srtPort: 7000 });

  assert.deepEqual(given, {
    rtmp: 5000,
    rtmpSecondary: 5001,
    rtmps: 0,
    rtmpsSecondary: 0,
    ingest: 65_535,
    ingestTls: 0,
    srt: 7000,
  });
});
