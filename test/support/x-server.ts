import { openXConnection, type XConnection } from '../../src-main/core/capture/x11/connection.ts';
import { parseDisplayName } from '../../src-main/core/capture/x11/display-name.ts';
import { getGeometry } from '../../src-main/core/capture/x11/messages.ts';
import type { Processes } from '../../src-main/core/ports/process.ts';
import { encodeMark, markHeight } from '../../src-main/shared/test-mark.ts';

export type XServer = AsyncDisposable & {
  /** For the DISPLAY variable. */
  readonly display: string;
};

/** An X server of its own for one test, on a display that is free. */
export async function startXvfb(
  { spawn }: Processes,
  options: { readonly screen?: string; readonly args?: readonly string[] } = {},
): Promise<XServer> {
  const child = await spawn({
    name: 'Xvfb',
    executable: 'Xvfb',
    args: [
      '-displayfd',
      '3',
      '-screen',
      '0',
      options.screen ?? '640x480x24',
      '-nolisten',
      'tcp',
      // Otherwise it begins anew, with an empty screen, whenever its last client goes.
      '-noreset',
      ...(options.args ?? []),
    ],
    stdin: 'none',
    stdout: 'ignore',
    pipes: ['from-child'],
    priority: 'normal',
    secrets: [],
    quit: 'term',
    graceMs: 1000,
  });
  let text = '';
  for await (const chunk of child.pipe(3)) {
    text += String(chunk);
    if (text.endsWith('\n')) {
      break;
    }
  }
  return {
    display: `:${text.trim()}`,
    async [Symbol.asyncDispose]() {
      await child.stop();
    },
  };
}

/** Starts a program that draws on the display. */
export async function startClient(
  { spawn }: Processes,
  display: string,
  executable: string,
  args: readonly string[],
) {
  return await spawn({
    name: executable,
    executable,
    args,
    stdin: 'none',
    stdout: 'ignore',
    pipes: [],
    env: { DISPLAY: display },
    priority: 'normal',
    secrets: [],
    quit: 'term',
    graceMs: 500,
  });
}

/** Fills the desktop with one colour, 0xRRGGBB. */
export async function paintDesktop(display: string, colour: number): Promise<void> {
  using connection = await openDisplay(display, AbortSignal.timeout(5000));
  for (const request of painting(connection, colour, [EVERYTHING])) {
    send(connection, request);
  }
  await connection.ask(getGeometry(connection.root.window));
}

const CLOCK_MS = 40;
/** Of a mark, in columns. */
const BITS = 64;

/**
 * The mark of the test picture on the upper sixteenth of the desktop, where no window covers it: the time at which it is there. So the
 * pictures of a display, wherever they come to, say how old they are.
 */
export async function showClock(display: string): Promise<Disposable & { readonly height: number }> {
  const connection = await openDisplay(display, new AbortController().signal);
  const { width, height } = connection.root;
  const block = Math.floor(height / 32);

  function tick(): void {
    const luma = new Uint8Array(BITS * markHeight(0));
    encodeMark(luma, BITS, 0, { utcMs: Date.now(), frame: 0 });
    const areas = Array.from({ length: 2 * BITS }, (_, index) => {
      const [bit, row] = [index % BITS, Math.floor(index / BITS)];
      const x = Math.floor((bit * width) / BITS);
      const level = luma[row * (luma.length / 2) + bit] ?? 0;
      return { level, x, y: row * block, width: Math.floor(((bit + 1) * width) / BITS) - x, height: block };
    });
    // All of it each time, because windows that open or move leave holes in it; dark last, which is what is then seen in such a hole. In one
    // piece, so that hardly any capture has only some of it: nothing is asked on this connection, so that no number of a request matters.
    const requests = [...new Set(areas.map(({ level }) => level))]
      .sort((one, other) => other - one)
      .flatMap((level) =>
        painting(
          connection,
          level * 0x010101,
          areas.filter((area) => area.level === level),
        ),
      );
    send(connection, Buffer.concat(requests));
  }

  tick();
  const timer = setInterval(tick, CLOCK_MS);
  return {
    height: 2 * block,
    [Symbol.dispose]() {
      clearInterval(timer);
      connection[Symbol.dispose]();
    },
  };
}

async function openDisplay(display: string, signal: AbortSignal): Promise<XConnection> {
  const name = parseDisplayName(display);
  if (name === undefined) {
    throw new Error(`${display} is no display`);
  }
  return await openXConnection(name, undefined, signal);
}

type Area = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
/** Of no width and height: what there is of them. */
const EVERYTHING: Area = { x: 0, y: 0, width: 0, height: 0 };

/** Requests that give areas of the desktop one colour, where no window covers them. */
function painting({ root }: XConnection, colour: number, areas: readonly Area[]): readonly Uint8Array[] {
  const changeBackground = new Uint8Array(16);
  const change = new DataView(changeBackground.buffer);
  // ChangeWindowAttributes, background pixel only.
  change.setUint8(0, 2);
  change.setUint16(2, 4, true);
  change.setUint32(4, root.window, true);
  change.setUint32(8, 2, true);
  change.setUint32(12, colour, true);
  const clearAreas = areas.map(({ x, y, width, height }) => {
    const clearArea = new Uint8Array(16);
    const clear = new DataView(clearArea.buffer);
    clear.setUint8(0, 61);
    clear.setUint16(2, 4, true);
    clear.setUint32(4, root.window, true);
    clear.setInt16(8, x, true);
    clear.setInt16(10, y, true);
    clear.setUint16(12, width, true);
    clear.setUint16(14, height, true);
    return clearArea;
  });
  return [changeBackground, ...clearAreas];
}

/** Requests that have no answer; the connection's end is theirs. */
function send(connection: XConnection, bytes: Uint8Array): void {
  connection.ask({ bytes, parse: () => undefined }).catch(() => undefined);
}
