import { broadcast } from '../broadcast.ts';
import { defineCommand } from '../command.ts';
import { connect } from '../connect.ts';
import { chooseSources, parseSource, SOURCE_FORMS } from '../live-sources.ts';
import { flag, text, UsageError, value, values } from '../options.ts';
import { SERVICE_OPTIONS } from '../service-options.ts';
import { parseDuration } from '../words.ts';

export const liveCommand = defineCommand({
  name: 'live',
  usage: '--source test|screen|camera|file:PATH|URL [options]',
  summary: 'Goes live and records, until Ctrl-C or for a time.',
  options: {
    source: value('SOURCE', `What to show: ${SOURCE_FORMS}.`, SOURCE_FORMS, parseSource),
    mic: text('NAME', 'A microphone by name, or default.'),
    'system-audio': flag('What the computer plays.'),
    duration: value(
      'TIME',
      'Ends by itself after this time: 30s, 1h30m, 1:30 or PT30S.',
      'a time such as 30s, 1:30 or PT30S',
      parseDuration,
    ),
    to: values(
      'URL',
      'Pushes to an rtmp:// or rtmps:// address, with the stream key in it, or to an srt:// address.',
      'an rtmp:// or rtmps:// address, or an srt:// address',
      parsePushUrl,
    ),
    'no-record': flag('Keeps no recording.'),
    title: text('TITLE', 'What the recording and the page for viewers are called.'),
    ...SERVICE_OPTIONS,
  },
  notes: [
    'Prints the addresses for players on stdout, one a line, each as soon as it answers; how it goes is told on stderr.',
    'Ctrl-C ends the broadcast and makes the recording whole; a second Ctrl-C ends at once.',
    'Exit codes: 0 ended, and the recording checked; 1 could not go live, or failed while live; 3 the recording is damaged.',
  ],
  async run(host, { options }) {
    if (options.source === undefined) {
      throw new UsageError(`live needs --source: ${SOURCE_FORMS}.`);
    }
    const wanted = { source: options.source, mic: options.mic, systemAudio: options['system-audio'] };
    await using connection = await connect(host, options, options);
    const { client } = connection;
    return await broadcast(host, client, {
      sources: await chooseSources(client, wanted, host.workingFolder),
      pushTo: options.to,
      title: options.title,
      record: !options['no-record'],
      durationSeconds: options.duration,
    });
  },
});

function parsePushUrl(given: string): string | undefined {
  return /^(?:rtmps?|srt):\/\/[^\s/]+/i.test(given) && URL.canParse(given) ? given : undefined;
}
