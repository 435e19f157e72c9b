import { createHash, createHmac } from 'node:crypto';
import type { ContentKey } from '../ports/protection.ts';
import { ivOf, keyId } from './key-id.ts';

/**
 * The keys of crypto periods, made from the one that is kept: so a service that was started anew has all of them, and another site that was given
 * the same key has the same. None of them says anything of the others. The key that is kept encrypts nothing and is given to nobody.
 */

const PREFIX_DIGITS = 24;
const KEY_BYTES = 16;
/** Of what is of no time; no period comes to be as high. */
const TIMELESS = 0xffff_ffff;

/** A GUID: in front whose keys they are, behind the number of the period. */
function periodKeyId(id: string, cryptoPeriod = TIMELESS): string {
  return keyId(prefixOf(id) + cryptoPeriod.toString(16).padStart(8, '0'));
}

export function periodKey({ id, value }: Pick<ContentKey, 'id' | 'value'>, cryptoPeriod = TIMELESS): ContentKey {
  const derived = periodKeyId(id, cryptoPeriod);
  return {
    id: derived,
    value: createHmac('sha256', value)
      .update(`Lectern crypto period ${cryptoPeriod}`)
      .digest()
      .subarray(0, KEY_BYTES),
    iv: ivOf(derived),
  };
}

/** The crypto period of a key by its id; `timeless` for the one that is of none, undefined for what is no key of this one's periods. */
export function cryptoPeriodOf(keyOfPeriod: string, id: string): number | 'timeless' | undefined {
  const digits = keyOfPeriod.replaceAll('-', '');
  if (!digits.startsWith(prefixOf(id))) {
    return undefined;
  }
  const period = Number.parseInt(digits.slice(PREFIX_DIGITS), 16);
  return period === TIMELESS ? 'timeless' : period;
}

function prefixOf(id: string): string {
  return createHash('sha256').update(`Lectern rotating key ${id}`).digest('hex').slice(0, PREFIX_DIGITS);
}
