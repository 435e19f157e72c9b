import { openXConnection } from '../../src-main/core/capture/x11/connection.ts';
import { parseDisplayName } from '../../src-main/core/capture/x11/display-name.ts';
import { getGeometry } from '../../src-main/core/capture/x11/messages.ts';
import type { Processes } from '../../src-main/core/ports/process.ts';

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
  const name = parseDisplayName(display);
  if (name === undefined) {
    throw new Error(`${display} is no display`);
  }
  using connection = await openXConnection(name, undefined, AbortSignal.timeout(5000));
  const { root } = connection;
  const changeBackground = new Uint8Array(16);
  const change = new DataView(changeBackground.buffer);
  // ChangeWindowAttributes, background pixel only.
  change.setUint8(0, 2);
  change.setUint16(2, 4, true);
  change.setUint32(4, root.window, true);
  change.setUint32(8, 2, true);
  change.setUint32(12, colour, true);
  const clearArea = new Uint8Array(16);
  const clear = new DataView(clearArea.buffer);
  // ClearArea of everything.
  clear.setUint8(0, 61);
  clear.setUint16(2, 4, true);
  clear.setUint32(4, root.window, true);
  for (const bytes of [changeBackground, clearArea]) {
    // Neither has an answer; the connection's end is theirs.
    connection.ask({ bytes, parse: () => undefined }).catch(() => undefined);
  }
  await connection.ask(getGeometry(root.window));
}
