import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bitrateOf, holes, probed } from '../../support/encoded-ladder.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { makeClip, openStage } from './rig.ts';

test('720p becomes the six layers of Default720p, with their bitrates to within a tenth and AAC of 128 kbit/s', {
  skip: missingPrograms('ffmpeg', 'ffprobe'),
}, async (context) => {
  // Noise needs every bit there is; twelve pictures a second cost the small computer that tests this the least.
  const picture = 'testsrc2=s=1280x720:r=12,noise=alls=40:allf=t';
  const clip = makeClip({
    picture,
    sound: 'anoisesrc=r=48000:a=0.3',
    seconds: 12,
    video: ['-g', '24', '-b:v', '6M'],
  });
  await using stage = await openStage({ encoding: { encodingType: 'Standard', presetName: 'Default720p' } });

  await stage.send(clip);
  await stage.encoding.stop();

  const rungs = stage.rungs();
  assert.deepEqual(
    rungs.map((rung) => (rung.track.kind === 'video' ? probed(rung) : `${rung.track.codec} ${rung.track.id}`)),
    [
      ...[...['1280,720', '960,540', '704,396', '512,288'], ...['384,216', '340,192']].map(
        (size) => `h264,High,${size},24000/1001`,
      ),
      'mp4a.40.2 audio_128000',
    ],
  );
  if (rungs.flatMap(holes).length > 0) {
    // A fresh process may spend what its buffer holds, two seconds of bits.
    context.diagnostic('the computer was too busy: the encoder was started anew, and bitrates mean nothing');
    return;
  }
  for (const rung of rungs) {
    const measured = bitrateOf(rung, 4);
    const away = measured / rung.track.bitrate - 1;
    assert(Math.abs(away) <= 0.1, `${rung.track.id} has ${Math.round(measured)} bit/s`);
  }
});
