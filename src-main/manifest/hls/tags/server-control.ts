import { compact } from '../../compact.ts';
import { malformed } from '../../malformed.ts';
import { decimal, decimalFloat, readAttributes, type Tag, tagLine, yes, yesOnly } from '../attribute-list.ts';

/** EXT-X-SERVER-CONTROL, 8216bis §4.4.3.8: what the server can do, and how far from the end players should stay. */
export type ServerControl = {
  readonly canBlockReload?: boolean | undefined;
  /** Delta updates leave out what is older than this, counted from the end. At least 6 target durations. */
  readonly canSkipUntilSeconds?: number | undefined;
  /** Delta updates can leave out date ranges too. Only with `canSkipUntilSeconds`. */
  readonly canSkipDateRanges?: boolean | undefined;
  /** At least 3 target durations, which it is when left out. */
  readonly holdBackSeconds?: number | undefined;
  /** At least 2, better 3 part targets. Needed when there are parts. */
  readonly partHoldBackSeconds?: number | undefined;
};

export function writeServerControl(control: ServerControl): string {
  if (Object.values(control).every((value) => value === undefined || value === false)) {
    throw malformed('EXT-X-SERVER-CONTROL', 'an attribute list is not empty');
  }
  return tagLine('EXT-X-SERVER-CONTROL', [
    ['CAN-BLOCK-RELOAD', yes(control.canBlockReload)],
    ['CAN-SKIP-UNTIL', decimal(control.canSkipUntilSeconds)],
    ['CAN-SKIP-DATERANGES', yes(control.canSkipDateRanges)],
    ['HOLD-BACK', decimal(control.holdBackSeconds)],
    ['PART-HOLD-BACK', decimal(control.partHoldBackSeconds)],
  ]);
}

export function parseServerControl(tag: Tag): ServerControl {
  const attributes = readAttributes(tag);
  return compact({
    canBlockReload: attributes.optional('CAN-BLOCK-RELOAD', yesOnly),
    canSkipUntilSeconds: attributes.optional('CAN-SKIP-UNTIL', decimalFloat),
    canSkipDateRanges: attributes.optional('CAN-SKIP-DATERANGES', yesOnly),
    holdBackSeconds: attributes.optional('HOLD-BACK', decimalFloat),
    partHoldBackSeconds: attributes.optional('PART-HOLD-BACK', decimalFloat),
  });
}
