import type { Service } from '../../core/ports/service.ts';
import type { ServiceEvent } from '../../shared/api/events.ts';
import { defineCommand } from '../command.ts';
import { EXIT, type ExitCode, type Host } from '../host.ts';
import { flag } from '../options.ts';
import { SERVICE_OPTIONS, serviceOptions } from '../service-options.ts';

/** What a reader of the event stream may leave lying. More is dropped, and said so, rather than remembered without end. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

export const serveCommand = defineCommand({
  name: 'serve',
  usage: '[options]',
  summary:
    'Runs the whole studio without a window: the control API, the page for a browser, the streams for viewers.',
  options: {
    open: flag('Opens the studio in the default browser.'),
    json: flag('Prints one JSON line when ready, with url and token, and then every event as one.'),
    ...SERVICE_OPTIONS,
  },
  notes: [
    'Ctrl-C or SIGTERM ends it cleanly; a broadcast is ended and its recording made whole first.',
    'Keys (of streams, destinations, mirrors) lie in the data folder, and until a passphrase is set the permissions of their file are all that protects them.',
    'The passphrase itself is never an option: others on this computer could read it there.',
  ],
  async run(host, { options }) {
    await using service = await host.openService(serviceOptions(host, options, options));
    using _events = options.json ? printJson(host, service) : printWords(host, service);
    if (options.open) {
      await openPage(host, pageUrl(service));
    }
    return await untilEnd(host, service);
  },
});

/** The token is in the fragment: no browser sends that anywhere. */
function pageUrl({ controlUrl, token }: Service): string {
  return `${controlUrl}/#token=${encodeURIComponent(token)}`;
}

function printJson(host: Host, service: Service): Disposable {
  const { controlUrl, originUrl, rtmpUrl = null, token } = service;
  const write = (line: unknown): void => host.out.write(`${JSON.stringify(line)}\n`);
  write({ event: 'ready', controlUrl, originUrl, rtmpUrl, token });
  let dropped = 0;
  return service.events.published.on((event: ServiceEvent) => {
    if (host.out.waiting() > MAX_WAITING_BYTES) {
      dropped += 1;
      return;
    }
    if (dropped > 0) {
      write({ event: 'dropped', count: dropped });
      dropped = 0;
    }
    write(event);
  });
}

function printWords(host: Host, service: Service): Disposable {
  const rows = [
    ['Studio', pageUrl(service)],
    ['Viewers', service.originUrl],
    ...(service.rtmpUrl === undefined ? [] : [['Encoders', service.rtmpUrl]]),
    ['Data', service.dataDir],
  ];
  const lines = rows.map(([what = '', where = '']) => `  ${what.padEnd(9)} ${where}`);
  host.out.write(`Lectern is running.\n\n${lines.join('\n')}\n\nCtrl-C ends it.\n`);
  return { [Symbol.dispose]: () => host.err.write('Lectern is ending.\n') };
}

async function openPage(host: Host, url: string): Promise<void> {
  try {
    await host.openInBrowser(url);
  } catch (error) {
    const words = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
    host.err.write(`The browser could not be opened: ${words}. The address above leads to the studio.\n`);
  }
}

async function untilEnd(host: Host, service: Service): Promise<ExitCode> {
  const { promise: interrupted, resolve } = Promise.withResolvers<undefined>();
  const onAbort = (): void => resolve(undefined);
  host.interrupted.addEventListener('abort', onAbort, { once: true });
  if (host.interrupted.aborted) {
    onAbort();
  }
  const reason = await Promise.race([interrupted, service.closed]);
  if (reason === undefined) {
    return EXIT.ok;
  }
  host.err.write(`${reason.message}\n`);
  return EXIT.failed;
}
