import { compact } from '../../compact.ts';
import { formatDateTime } from '../../date-time.ts';
import { formatDecimal } from '../../decimal.ts';
import { malformed } from '../../malformed.ts';
import {
  type AttributeReader,
  dateTime,
  decimal,
  decimalFloat,
  hexadecimal,
  hexSequence,
  quoted,
  quotedString,
  readAttributes,
  signedDecimalFloat,
  type Tag,
  tagLine,
  type ValueReader,
  yes,
  yesOnly,
} from '../attribute-list.ts';

/** EXT-X-DATERANGE, 8216bis §4.4.5.1: something about a stretch of time, e.g. a break. Dates are UTC in ms since 1970. */
export type DateRange = {
  /** Never used for another range of the same playlist (§6.2.1). A second tag with it can add attributes, not change them. */
  readonly id: string;
  readonly class?: string | undefined;
  /** May be left out only when an earlier tag with the same id has it. */
  readonly startDateMs?: number | undefined;
  readonly cue?: readonly Trigger[] | undefined;
  readonly endDateMs?: number | undefined;
  readonly durationSeconds?: number | undefined;
  readonly plannedDurationSeconds?: number | undefined;
  /** A whole splice_info_section each (§4.4.5.1.1): `out` and `in` of one break share the id; `command` is for all other sections. */
  readonly scte35Command?: Uint8Array | undefined;
  readonly scte35Out?: Uint8Array | undefined;
  readonly scte35In?: Uint8Array | undefined;
  /** Ends where the next range of its class starts. Needs a class, and neither end nor duration. */
  readonly endOnNext?: boolean | undefined;
  /** By names that begin with `X-`. */
  readonly extensions?: Readonly<Record<string, ExtensionValue>> | undefined;
};

type Trigger = 'PRE' | 'POST' | 'ONCE';

/** Written as quoted-string, signed-decimal-floating-point or hexadecimal-sequence. */
export type ExtensionValue = string | number | Uint8Array;

const EXTENSION_NAME = /^X-[A-Z0-9-]+$/;

export function writeDateRange(range: DateRange): string {
  const extensions = Object.entries(range.extensions ?? {});
  if (!extensions.every(([name]) => EXTENSION_NAME.test(name))) {
    throw malformed('EXT-X-DATERANGE', 'an extension is named X- and capital letters, digits and hyphens');
  }
  return tagLine('EXT-X-DATERANGE', [
    ['ID', quoted(range.id)],
    ['CLASS', quoted(range.class)],
    ['START-DATE', quotedDate(range.startDateMs)],
    ['CUE', quoted(range.cue?.join(','))],
    ['END-DATE', quotedDate(range.endDateMs)],
    ['DURATION', decimal(range.durationSeconds)],
    ['PLANNED-DURATION', decimal(range.plannedDurationSeconds)],
    ...extensions.map(([name, value]) => [name, extensionText(value)] as const),
    ['SCTE35-CMD', hexSequence(range.scte35Command)],
    ['SCTE35-OUT', hexSequence(range.scte35Out)],
    ['SCTE35-IN', hexSequence(range.scte35In)],
    ['END-ON-NEXT', yes(range.endOnNext)],
  ]);
}

function quotedDate(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : `"${formatDateTime(ms)}"`;
}

function extensionText(value: ExtensionValue): string | undefined {
  if (typeof value === 'string') {
    return quoted(value);
  }
  return typeof value === 'number' ? formatDecimal(value) : hexSequence(value);
}

export function parseDateRange(tag: Tag): DateRange {
  const attributes = readAttributes(tag);
  const { optional } = attributes;
  return compact({
    id: attributes.required('ID', quotedString),
    class: optional('CLASS', quotedString),
    startDateMs: optional('START-DATE', dateTime),
    cue: optional('CUE', triggers),
    endDateMs: optional('END-DATE', dateTime),
    durationSeconds: optional('DURATION', decimalFloat),
    plannedDurationSeconds: optional('PLANNED-DURATION', decimalFloat),
    scte35Command: optional('SCTE35-CMD', hexadecimal),
    scte35Out: optional('SCTE35-OUT', hexadecimal),
    scte35In: optional('SCTE35-IN', hexadecimal),
    endOnNext: optional('END-ON-NEXT', yesOnly),
    extensions: readExtensions(attributes),
  });
}

function readExtensions(attributes: AttributeReader): DateRange['extensions'] {
  const names = [...attributes.names()].filter((name) => EXTENSION_NAME.test(name));
  return names.length === 0
    ? undefined
    : Object.fromEntries(names.map((name) => [name, attributes.required(name, extensionValue)]));
}

const extensionValue: ValueReader<ExtensionValue> = (raw) =>
  quotedString(raw) ?? hexadecimal(raw) ?? signedDecimalFloat(raw);

const triggers: ValueReader<readonly Trigger[]> = (raw) => {
  const words = quotedString(raw)?.split(',');
  return words?.every((word) => word === 'PRE' || word === 'POST' || word === 'ONCE') === true ? words : undefined;
};
