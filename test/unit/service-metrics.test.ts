import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeMetrics } from '../../src-main/core/control/metrics.ts';
import { collectMetrics } from '../../src-main/core/service-metrics.ts';
import type { IngestHeartbeat } from '../../src-main/shared/api/telemetry.ts';
import type { ViewerSession } from '../../src-main/shared/api/viewers.ts';
import { createFakeServices } from '../support/fake-services.ts';

const track: IngestHeartbeat = {
  trackType: 'video',
  trackName: 'video_2500000',
  bitrate: 2_500_000,
  incomingBitrate: 2_400_000,
  lastTimestamp: '159000000000000',
  timescale: '90000',
  overlapCount: 0,
  discontinuityCount: 0,
  nonincreasingCount: 0,
  unexpectedBitrate: false,
  state: 'Running',
  healthy: true,
  ingestDriftValue: '0.25',
  transcriptionState: '',
  transcriptionLanguage: '',
};

test('what comes in, is recorded and goes out is told of each track, output and kind of answer', async () => {
  const services = createFakeServices();
  await services.liveEvents.create('news', { input: { streamingProtocol: 'RTMP' } }, { autoStart: true });
  await services.liveEvents.createOutput('news', 'tape', { assetName: 'tape', archiveWindowLength: 'PT1H' });
  services.setTracks([
    track,
    { ...track, trackType: 'audio', trackName: 'audio_128000', ingestDriftValue: 'n/a' },
  ]);
  services.setRequests([
    { outputFormat: 'm3u8-cmaf', status: 200, requests: 7, bytes: 7000, serverMs: 1 },
    {
      outputFormat: 'mpd-time-cmaf',
      status: 404,
      code: 'MPE_RESOURCE_NOT_FOUND',
      requests: 2,
      bytes: 0,
      serverMs: 1,
    },
  ]);

  const lines = writeMetrics(collectMetrics(services)).split('\n');

  for (const line of [
    'lectern_live_events{state="Running"} 1',
    'lectern_ingest_bits_per_second{live_event="news",track="video_2500000"} 2400000',
    'lectern_ingest_drift_seconds_per_minute{live_event="news",track="video_2500000"} 0.25',
    'lectern_ingest_last_timestamp_seconds{live_event="news",track="audio_128000"} 1766666666.6666667',
    'lectern_live_output_last_timestamp_seconds{live_event="news",live_output="tape",track="video_2500000"} 12.5',
    'lectern_origin_requests_total{streaming_endpoint="default",output_format="m3u8-cmaf",http_status_code="200",error_code="S_OK"} 7',
    'lectern_origin_requests_total{streaming_endpoint="default",output_format="mpd-time-cmaf",http_status_code="404",error_code="MPE_RESOURCE_NOT_FOUND"} 2',
    'lectern_origin_egress_bytes_total{streaming_endpoint="default",output_format="m3u8-cmaf",http_status_code="200",error_code="S_OK"} 7000',
    'lectern_origin_response_seconds_total{streaming_endpoint="default",output_format="m3u8-cmaf",http_status_code="200",error_code="S_OK"} 0.001',
  ]) {
    assert.ok(lines.includes(line), line);
  }
  assert.ok(
    !lines.some((line) => line.includes('drift') && line.includes('audio')),
    'a drift that is not known is left out',
  );
});

test('what the players of viewers say is told as a count and a median', () => {
  const services = createFakeServices();
  const viewer = (id: number, measuredBitrate: number | undefined, waiting: boolean): ViewerSession => ({
    id,
    streamingLocatorId: '0f0e',
    firstSeen: '2030-01-01T00:00:00.000Z',
    lastSeen: '2030-01-01T00:00:00.000Z',
    ...(measuredBitrate === undefined ? {} : { measuredBitrate }),
    startingUp: false,
    starvations: Number(waiting),
    waiting,
  });
  const linesOf = (viewers: readonly ViewerSession[]): readonly string[] => {
    services.setViewers(viewers);
    return writeMetrics(collectMetrics(services))
      .split('\n')
      .filter((line) => /^lectern_viewer(?:s_waiting|_throughput)/.test(line));
  };

  assert.deepEqual(linesOf([]), ['lectern_viewers_waiting 0']);
  assert.deepEqual(linesOf([viewer(1, 9e6, true), viewer(2, undefined, true), viewer(3, 1e6, false)]), [
    'lectern_viewers_waiting 2',
    'lectern_viewer_throughput_bits_per_second 5000000',
  ]);
  assert.equal(
    linesOf([viewer(1, 9e6, false), viewer(2, 3e6, false), viewer(3, 1e6, false)]).at(-1),
    'lectern_viewer_throughput_bits_per_second 3000000',
  );
});
