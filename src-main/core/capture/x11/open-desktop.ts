import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { openXConnection } from './connection.ts';
import { describeDesktop, type XDesktop } from './describe-desktop.ts';
import { parseDisplayName } from './display-name.ts';
import { findCookie, type XCredential } from './xauthority.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Asks the X server that DISPLAY names for its screens and windows. Rejects when there is none or it does not answer. */
export async function openDesktop(environment: Environment, signal: AbortSignal): Promise<XDesktop> {
  const text = environment['DISPLAY'] ?? '';
  const display = parseDisplayName(text);
  if (display === undefined) {
    throw new Error(`DISPLAY is "${text}", which is no display`);
  }
  using connection = await openXConnection(display, await credentialFor(environment, display.display), signal);
  return await describeDesktop(connection);
}

async function credentialFor(environment: Environment, display: number): Promise<XCredential | undefined> {
  const path = environment['XAUTHORITY'] ?? join(environment['HOME'] ?? '', '.Xauthority');
  try {
    return findCookie(await readFile(path), display, hostname());
  } catch {
    // Many servers let in every program of their user without one.
    return undefined;
  }
}
