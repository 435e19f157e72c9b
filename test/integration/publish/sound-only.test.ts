import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { AUDIO_FD, pushArgs, secretOptions } from '../../../src-main/core/publish/push-command.ts';
import { writeSecretFile } from '../../../src-main/core/publish/secret-file.ts';
import { decodeComplaints, flvPackets, noRtmpServer, startRtmpServer } from '../../support/rtmp-server.ts';

test('a broadcast without a picture arrives as sound alone, from 0 on', { skip: noRtmpServer }, async () => {
  await using server = await startRtmpServer();
  using secrets = await writeSecretFile(secretOptions(server.url, 'sound'));
  const { stdout: sound } = await promisify(execFile)(
    'ffmpeg',
    [
      ...['-v', 'error', '-f', 'lavfi', '-i', 'sine=frequency=440:duration=3', '-c:a', 'aac'],
      ...['-output_ts_offset', '1000', '-movflags', '+frag_keyframe+empty_moov+default_base_moof'],
      ...['-frag_duration', '200000', '-f', 'mp4', 'pipe:1'],
    ],
    { encoding: 'buffer' },
  );

  const child = spawn(
    'ffmpeg',
    pushArgs({
      url: server.url,
      hasVideo: false,
      hasAudio: true,
      baseSeconds: '1000.000000',
      secretsFile: secrets.path,
      relayPort: undefined,
    }),
    { stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'pipe'] },
  );
  const pipe = child.stdio[AUDIO_FD];
  assert.ok(pipe instanceof Writable);
  pipe.end(sound);
  await once(child, 'exit');

  assert.equal(child.exitCode, 0);
  const [file = ''] = await server.recordings('sound');
  const packets = await flvPackets(file);
  assert.deepEqual([...new Set(packets.map(({ kind }) => kind))], ['audio']);
  assert.ok(Math.abs(packets[0]?.seconds ?? 9) < 0.05, `${packets[0]?.seconds}`);
  assert.ok((packets.at(-1)?.seconds ?? 0) > 2.8);
  assert.equal(await decodeComplaints(file), '');
});
