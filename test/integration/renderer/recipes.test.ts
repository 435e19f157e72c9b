import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { LiveEvent, LiveEventCreate } from '../../../src-main/shared/api/live-events.ts';
import { metadataCommand, recipesOf } from '../../../src-renderer/features/service/recipes.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { mediaFile } from '../../support/senders.ts';
import { previewBase, request, segmentsAt, startEvent, textOf } from '../../support/service-stage.ts';
import { openStage, type Stage, until } from '../../support/studio-stage.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';

const skip = process.platform === 'win32' ? 'needs a shell' : missingPrograms('ffmpeg', 'curl');

/** Every command line that the Service screen offers, pasted into a shell as a person would, beside a file of the name that stands in it. */
suite('the recipes of a live event work as they are pasted', { skip }, () => {
  const opened = new AsyncDisposableStack();
  let stage: Stage;
  let folder: string;

  before(async () => {
    const made = opened.use(await mkdtempDisposable(join(tmpdir(), 'lectern-recipes-')));
    folder = made.path;
    const media = await mediaFile({ seconds: 60, layers: [{ size: '1280x720', kbps: 1000 }] });
    await symlink(media, join(folder, 'input.mp4'));
    stage = opened.use(await openStage());
  });
  after(() => opened.disposeAsync());

  /** Runs while `watch` looks; the shell becomes the program, so that it is that which is ended. */
  async function pasted<T>(command: string, watch: () => Promise<T>): Promise<T> {
    const child = spawn('sh', ['-c', `exec ${command}`], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-4000);
    });
    const exited = once(child, 'exit');
    try {
      return await watch();
    } catch (error) {
      throw new Error(`${command} said: ${words}`, { cause: error });
    } finally {
      child.kill('SIGKILL');
      await exited;
    }
  }

  function commandOf(event: LiveEvent, kind: string): string {
    const recipe = recipesOf(event).find((one) => one.kind === kind);
    assert.ok(recipe !== undefined && 'command' in recipe, `${event.name} has the recipe ${kind}`);
    return recipe.command;
  }

  const RTMP: LiveEventCreate = { input: { streamingProtocol: 'RTMP' } };
  const SRT: LiveEventCreate = { input: { streamingProtocol: 'TransportStream' } };
  const offered = new Set<string>();
  const CASES = [
    { kind: 'ffmpeg', create: RTMP, qualities: 1 },
    { kind: 'ffmpeg-qualities', create: RTMP, qualities: 3 },
    { kind: 'ffmpeg-both', create: RTMP, qualities: 1 },
    { kind: 'ffmpeg-smooth', create: { input: { streamingProtocol: 'FragmentedMP4' } }, qualities: 1 },
    { kind: 'ffmpeg-srt', create: SRT, qualities: 1 },
    { kind: 'ffmpeg-srt-encrypted', create: SRT, qualities: 1 },
    { kind: 'ffmpeg-udp', create: SRT, qualities: 1 },
  ] satisfies readonly { kind: string; create: LiveEventCreate; qualities: number }[];

  for (const { kind, create, qualities } of CASES) {
    test(`${kind}: ${qualities} of picture and one of sound`, async () => {
      const { lectern } = stage;
      const event = await startEvent(lectern, kind, create);
      const hls = `${previewBase(lectern, event)}/manifest(format=m3u8-cmaf)`;

      const playlists = await pasted(commandOf(event, kind), () => segmentsAt(hls, 2));

      assert.equal(playlists.length, qualities + 1);
      recipesOf(event).forEach((recipe) => 'command' in recipe && offered.add(recipe.kind));
      await request(lectern, 'POST', `/liveEvents/${kind}/stop`);
      await request(lectern, 'DELETE', `/liveEvents/${kind}`);
    });
  }

  test('of those that are offered there is none that was not run', () => {
    assert.deepEqual([...offered].toSorted(), CASES.map(({ kind }) => kind).toSorted());
  });

  test('the one for metadata puts its message into the stream', async () => {
    const { lectern } = stage;
    const event = await startEvent(lectern, 'noted', RTMP);
    const hls = `${previewBase(lectern, event)}/manifest(format=m3u8-cmaf)`;
    const [metadata] = event.input.timedMetadataEndpoints ?? [];
    assert.ok(metadata !== undefined);

    await pasted(commandOf(event, 'ffmpeg'), async () => {
      const [playlist = ''] = await segmentsAt(hls, 1);
      const posted = spawn('sh', ['-c', `${metadataCommand(metadata.url)} --fail`], { stdio: 'ignore' });
      await once(posted, 'exit');
      assert.equal(posted.exitCode, 0);
      await until('the message is in a segment', async () => {
        const segments = ((await textOf(playlist)) ?? '').split('\n').filter((line) => /^[^#]/.test(line));
        const bodies = await Promise.all(
          segments.map(async (segment) => await (await fetch(new URL(segment, playlist))).bytes()),
        );
        return bodies.some((bytes) => Buffer.from(bytes).includes('{"message": "hello"}')) ? true : undefined;
      });
    });
  });
});
