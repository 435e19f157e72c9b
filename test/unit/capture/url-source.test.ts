import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { captureCommand } from '../../../src-main/core/capture/capture-command.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { paperBinary } from '../../support/ffmpeg-binary.ts';
import { LIVE_STREAM, linux } from './contexts.ts';

function command(url: string, over: Parameters<typeof linux>[0] = {}) {
  return captureCommand({ id: 'u', kind: 'url', url }, linux({ media: LIVE_STREAM, ...over }));
}

test('the address is on standard input only, with the options of its protocol', () => {
  const { args, stdin } = command('https://anna:pa55word@host.example/live/playlist.m3u8?token=abcdefgh');

  assert.equal(
    stdin,
    [
      'ffconcat version 1.0',
      "file 'https://anna:pa55word@host.example/live/playlist.m3u8?token=abcdefgh'",
      'option reconnect 1',
      'option reconnect_streamed 1',
      'option reconnect_delay_max 2',
      'option rw_timeout 5000000',
      '',
    ].join('\n'),
  );
  assert(!args.join(' ').includes('host.example'));
});

test('RTSP goes over TCP with a deadline, by the name that the option has in this ffmpeg', () => {
  const binary = linux().binary;
  const [now, before] = [7, 4].map(
    (major) => command('rtsp://cam.example/1', { binary: { ...binary, major } }).stdin,
  );

  assert.match(now ?? '', /option rtsp_transport tcp\noption timeout 5000000\n/);
  assert.match(before ?? '', /option stimeout 5000000\n/);
});

test('passwords, tokens and stream keys are secrets; short words and the host are not', () => {
  const { secrets } = command('rtmp://anna:pa55word@host.example/live/stream-key-0815?token=abcdefgh&v=1');

  assert.deepEqual(secrets, [
    'rtmp://anna:pa55word@host.example/live/stream-key-0815?token=abcdefgh&v=1',
    'pa55word',
    'anna:pa55word',
    'token=abcdefgh&v=1',
    'abcdefgh',
    'stream-key-0815',
  ]);
});

test('a quote in an address does not end the word it is in', () => {
  const { stdin } = command("rtsp://cam.example/it's?x='");

  assert.match(stdin ?? '', /^file 'rtsp:\/\/cam\.example\/it'\\''s\?x='\\''?'/m);
});

test('no address can write a line of its own into the list', () => {
  const nasty = fc.string({
    unit: fc.constantFrom('a', '\n', '\r', '\t', "'", '\\', ' ', '%0a', 'file /etc/passwd'),
  });
  fc.assert(
    fc.property(nasty, (path) => {
      const { stdin = '' } = command(`rtsp://cam.example/${path}`);

      const lines = stdin.split('\n');
      assert.equal(lines.length, 5, JSON.stringify(stdin));
      assert(lines[1]?.startsWith("file 'rtsp://cam.example/"));
      assert(lines.slice(2, 4).every((line) => line.startsWith('option ')));
    }),
  );
});

test('an address that is none, or leads to a file, or needs what this ffmpeg has not, is refused', () => {
  const errors = ['nonsense', 'file:///etc/passwd', 'concat:/etc/passwd', 'javascript:alert(1)'].map((url) =>
    refusal(url),
  );
  const withoutSrt = refusal('srt://host.example:9000', paperBinary({ inputProtocols: new Set(['http']) }));

  assert(errors.every(({ code, details }) => code === 'capture/unsupported' && details['field'] === 'url'));
  assert.match(withoutSrt.message, /built without srt/);
});

function refusal(url: string, binary = linux().binary): AppError {
  try {
    command(url, { binary });
  } catch (error) {
    assert(error instanceof AppError);
    assert(!error.message.includes(url));
    return error;
  }
  assert.fail(`${url} was accepted`);
}
