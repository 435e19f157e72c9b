import { runCheck, untilInterrupted } from './command.ts';
import { checkHls } from './hls/check.ts';

// npm run check:llhls -- URL [--seconds N] [--insecure]: a running stream against draft-pantos-hls-rfc8216bis.

process.exitCode = await runCheck({
  script: 'check:llhls',
  what: 'follows a low-latency HLS stream and says which rules of draft-pantos-hls-rfc8216bis it breaks',
  args: process.argv.slice(2),
  check: checkHls,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  signal: untilInterrupted(),
});
