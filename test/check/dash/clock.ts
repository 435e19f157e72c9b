import type { Descriptor } from '../../../src-main/manifest/dash/descriptor.ts';
import { parseDateTime } from '../../../src-main/manifest/date-time.ts';
import { type Client, wordsOf } from '../client.ts';
import type { Ledger } from '../ledger.ts';
import { RULES } from './rules.ts';

/** More than a second has to be there before it is a difference: some of these clocks have whole seconds only. */
const SAME_MS = 1500;
const TIMEOUT_MS = 5000;

/** What a stream's clock is ahead of this computer's, in ms: as the first UTCTiming that answers says it. 0 when none does. */
export async function clockOffset(
  timings: readonly Descriptor[],
  base: string,
  client: Client,
  ledger: Ledger,
): Promise<number> {
  const offsets: { readonly scheme: string; readonly offsetMs: number }[] = [];
  for (const { schemeIdUri, value = '' } of timings) {
    const scheme = schemeIdUri.split(':').at(-2) ?? schemeIdUri;
    // One scheme may have several addresses, with spaces between (23009-1 §5.8.5.7).
    for (const address of scheme === 'direct' ? [value] : value.split(/\s+/).filter((one) => one !== '')) {
      try {
        const offsetMs = await offsetOf(scheme, address, base, client);
        ledger.check(RULES.clock, offsetMs !== undefined, `${scheme} “${address}” gives no time`);
        if (offsetMs !== undefined) {
          offsets.push({ scheme, offsetMs });
        }
      } catch (error) {
        ledger.check(RULES.clock, false, `${scheme}: ${wordsOf(error)}`);
      }
    }
  }
  const [first, ...others] = offsets;
  for (const other of others) {
    const apart = Math.abs(other.offsetMs - (first?.offsetMs ?? 0));
    const said = `${first?.scheme ?? ''} and ${other.scheme} are ${Math.round(apart)} ms apart`;
    ledger.check(RULES.sameClock, apart <= SAME_MS, said);
  }
  if (first !== undefined) {
    ledger.check(
      RULES.ownClock,
      Math.abs(first.offsetMs) <= SAME_MS,
      `it is ${Math.round(Math.abs(first.offsetMs))} ms ${first.offsetMs > 0 ? 'behind' : 'ahead'}; the clock of the stream is taken`,
    );
  }
  // Less than what can be told is nothing.
  return first === undefined || Math.abs(first.offsetMs) <= SAME_MS ? 0 : first.offsetMs;
}

async function offsetOf(
  scheme: string,
  address: string,
  base: string,
  client: Client,
): Promise<number | undefined> {
  if (scheme === 'direct') {
    const time = parseDateTime(address.trim());
    return time === undefined ? undefined : time - Date.now();
  }
  if (scheme !== 'http-xsdate' && scheme !== 'http-iso' && scheme !== 'http-head') {
    return undefined;
  }
  const answer = await client.get(new URL(address, base).href, {
    timeoutMs: TIMEOUT_MS,
    maxBytes: 64 * 1024,
    method: scheme === 'http-head' ? 'HEAD' : 'GET',
  });
  if (answer.status !== 200) {
    return undefined;
  }
  const halfWayMs = (answer.headAtMs - answer.sentAtMs) / 2;
  const text = scheme === 'http-head' ? (answer.headers.date ?? '') : new TextDecoder().decode(answer.body).trim();
  const time = scheme === 'http-head' ? Date.parse(text) : parseDateTime(text);
  return time === undefined || Number.isNaN(time) ? undefined : time + halfWayMs - Date.now();
}
