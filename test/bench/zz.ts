import { encodeTracks, makeRecording, openMadeRecording } from '../support/make-recording.ts';
import { planExport } from '../../src-main/core/export/plan-export.ts';
import { openPartFile } from '../../src-main/core/export/part-file.ts';
import { writeMovie } from '../../src-main/core/export/write-movie.ts';
import { existsSync } from 'node:fs';
import { median } from './figure.ts';
const dir = '/tmp/exp1';
if (!existsSync(dir + '/asset')) {
  const tracks = await encodeTracks(dir + '/enc', { seconds: 60, videoBitrates: [2_372_000], audioBitrate: 128_000, size: '1280x720' });
  await makeRecording({ folder: dir + '/asset', tracks, repeat: 60 });
}
await using made = await openMadeRecording(dir + '/asset');
const w: number[] = [], u: number[] = [];
for (let i = 0; i < 7; i++) {
  const c = process.cpuUsage(); const t = performance.now();
  const plan = await planExport(made.presentation, { format: 'mp4', quality: 'top' });
  await using f = await openPartFile({ target: dir + '/out.mp4', part: dir + '/out.part' });
  await writeMovie(plan, f, { title: 'x', signal: new AbortController().signal, onProgress: () => {}, pace: async () => {} });
  const d = process.cpuUsage(c);
  w.push(performance.now() - t); u.push((d.user+d.system)/1000);
}
console.log('wall', Math.round(median(w)), Math.round(Math.min(...w)), 'cpu', Math.round(median(u)));
