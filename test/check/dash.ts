import { runCheck, untilInterrupted } from './command.ts';
import { checkDash } from './dash/check.ts';

// npm run check:dash -- URL [--seconds N] [--insecure]: a running stream against ISO/IEC 23009-1 and the DASH-IF timing model.

process.exitCode = await runCheck({
  script: 'check:dash',
  what: 'follows a DASH stream and says which rules of ISO/IEC 23009-1 and the DASH-IF timing model it breaks',
  args: process.argv.slice(2),
  check: checkDash,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  signal: untilInterrupted(),
});
