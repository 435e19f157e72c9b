import { z } from 'zod';
import { parseIsoDuration } from '../../shared/iso-duration.ts';

/** What a filter can compare. Times and durations are compared as numbers, so that `+02:00` and `PT60M` mean what they say. */
export type ScalarKind = 'text' | 'number' | 'boolean' | 'time' | 'duration';
export type Scalar = string | number | boolean | null;

/** A property of the listed resources that can be filtered and sorted by. */
export type Field = {
  /** More than one for a union, as `quality` of a destination: a name or a number. */
  readonly kinds: ReadonlySet<ScalarKind>;
  /** Its value in comparable form; null when the resource does not have it. */
  readonly read: (item: unknown) => Scalar;
};

/** The part of JSON Schema that `z.toJSONSchema` writes and that says what can be compared. */
type Shape = {
  readonly type?: string;
  readonly format?: string;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: Shape | boolean;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
};

/** Finds a property by its OData path (`input/streamingProtocol`); undefined when the resources have no such thing to compare. */
export type FindField = (path: string) => Field | undefined;

export function fieldsOf(schema: z.ZodType): FindField {
  let root: Shape | undefined;
  return (path) => {
    // Not before somebody filters: it is work, and most runs of a command never list anything.
    root ??= shapeOf(schema);
    const steps = path.split('/');
    // AMS wrote everything but the name below `properties`; its JavaScript SDK and we do not.
    const meant = steps[0] === 'properties' && stepInto(root, 'properties') === undefined ? steps.slice(1) : steps;
    const shape = meant.reduce<Shape | undefined>((at, step) => at && stepInto(at, step), root);
    const kinds = new Set(shape === undefined ? [] : kindsOf(shape));
    return kinds.size === 0 ? undefined : { kinds, read: (item) => comparable(valueAt(item, meant), kinds) };
  };
}

function shapeOf(schema: z.ZodType): Shape {
  // What z.toJSONSchema gives is a JSON Schema; `Shape` only names the keywords of it that are read here.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  return z.toJSONSchema(schema) as Shape;
}

function stepInto(shape: Shape, step: string): Shape | undefined {
  if (shape.properties !== undefined && Object.hasOwn(shape.properties, step)) {
    return shape.properties[step];
  }
  return typeof shape.additionalProperties === 'object' ? shape.additionalProperties : undefined;
}

function kindsOf(shape: Shape): readonly ScalarKind[] {
  const members = shape.anyOf ?? shape.oneOf;
  if (members !== undefined) {
    return members.flatMap(kindsOf);
  }
  switch (shape.type) {
    case 'string':
      return [shape.format === 'date-time' ? 'time' : shape.format === 'duration' ? 'duration' : 'text'];
    case 'number':
    case 'integer':
      return ['number'];
    case 'boolean':
      return ['boolean'];
    default:
      return [];
  }
}

function valueAt(item: unknown, steps: readonly string[]): unknown {
  return steps.reduce<unknown>(
    // Own properties only: `constructor` is a path one may write, not a property of a resource.
    (at, step) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, step) ? Reflect.get(at, step) : undefined,
    item,
  );
}

function comparable(value: unknown, kinds: ReadonlySet<ScalarKind>): Scalar {
  if (typeof value === 'string' && !kinds.has('text')) {
    return textAs(kinds.has('time') ? 'time' : 'duration', value) ?? null;
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

/** Text as the number that times and durations are compared by; undefined when it is none. */
export function textAs(kind: 'time' | 'duration', text: string): number | undefined {
  if (kind === 'duration') {
    return parseIsoDuration(text);
  }
  const atMs = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/.test(text)
    ? Date.parse(text.includes('T') && !/(?:Z|[+-]\d\d:\d\d)$/.test(text) ? `${text}Z` : text)
    : NaN;
  return Number.isNaN(atMs) ? undefined : atMs;
}
