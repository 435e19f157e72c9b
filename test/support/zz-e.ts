import { encodeTracks, makeRecording, openMadeRecording } from '/work/main/test/support/make-recording.ts';
import { planExport } from '/work/main/src-main/core/export/plan-export.ts';
import { openPartFile } from '/work/main/src-main/core/export/part-file.ts';
import { writeMovie } from '/work/main/src-main/core/export/write-movie.ts';
import { existsSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
const dir = '/tmp/expz'; const out = dir + '/out.mp4';
if (!existsSync(dir + '/asset')) {
  const tracks = await encodeTracks(dir + '/enc', { seconds: 60, videoBitrates: [2_372_000], audioBitrate: 128_000, size: '1280x720' });
  await makeRecording({ folder: dir + '/asset', tracks, repeat: 60 });
}
await using made = await openMadeRecording(dir + '/asset');
async function ours(path: string) {
  const c = process.cpuUsage(); const t = performance.now(); const r = process.resourceUsage();
  const plan = await planExport(made.presentation, { format: 'mp4', quality: 'top' });
  const f = await openPartFile({ target: path, part: path });
  await writeMovie(plan, f, { title: 'x', signal: new AbortController().signal, onProgress: () => {}, pace: async () => {} });
  await f.close();
  const d = process.cpuUsage(c); 
  return `wall ${Math.round(performance.now() - t)} user ${Math.round(d.user/1000)} sys ${Math.round(d.system/1000)} faults ${process.resourceUsage().minorPageFault - r.minorPageFault}`;
}
async function settle() { const h = await open(out, 'r+'); await h.datasync(); await h.close(); await rm(out); await new Promise(r => setTimeout(r, 300)); }
await ours(dir + '/src.mp4');
for (let i = 0; i < 5; i++) {
  let t = performance.now(); const o = execFileSync('bash', ['-c', `TIMEFORMAT='%R %S'; time cp ${dir}/src.mp4 ${out}`], { stdio: ['ignore','pipe','pipe'] }); console.log('cp', Math.round(performance.now() - t)); await settle();
  console.log('ours', await ours(out)); await settle();
}
await rm(dir + '/src.mp4');
