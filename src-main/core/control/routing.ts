import { z } from 'zod';
import type { Route } from '../../shared/api/route.ts';
import { ROUTES, type RouteName } from '../../shared/api/routes.ts';
import { AppError } from '../../shared/app-error.ts';
import { pathNames } from './path-names.ts';
import { validate } from './validate.ts';

export const API_PREFIX = '/api/v1';

type Segment =
  | { readonly kind: 'word'; readonly text: string }
  /** `{name}`, or with something around it: `Channels('{id}')`. */
  | { readonly kind: 'parameter'; readonly name: string; readonly before: string; readonly after: string };

type CompiledRoute = {
  readonly name: RouteName;
  readonly route: Route;
  readonly segments: readonly Segment[];
  readonly params: z.ZodType<Record<string, string>>;
};

type Match = {
  readonly name: RouteName;
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
};

function splitPath(path: string): readonly string[] {
  return path.split('/').slice(1);
}

function parseSegment(text: string): Segment {
  const [, before = '', name, after = ''] = /^([^{]*)\{(\w+)\}(.*)$/.exec(text) ?? [];
  return name === undefined ? { kind: 'word', text } : { kind: 'parameter', name, before, after };
}

/** The routes in the order of the table, with their names. */
export function eachRoute(): readonly (readonly [name: RouteName, route: Route])[] {
  // Object.entries forgets the key type of a constant table.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  return Object.entries(ROUTES) as [RouteName, Route][];
}

const COMPILED: readonly CompiledRoute[] = eachRoute().map(([name, route]) => ({
  name,
  route,
  segments: splitPath(route.path).map(parseSegment),
  params: z.strictObject(pathNames(route.path)),
}));

/**
 * The route of a path below `/api/v1`, still percent-encoded; one slash at the end does no harm. HEAD is GET without its body
 * (RFC 9110 §9.3.2). Throws `resource/not-found`, `request/method-not-allowed` (`details.allow`), and for a name that nothing can
 * have `request/invalid` when it should be created, `resource/not-found` otherwise.
 */
export function matchRoute(method: string, path: string): Match {
  const parts = splitPath(path.endsWith('/') ? path.slice(0, -1) : path);
  const candidates = mostLiteral(COMPILED.filter(({ segments }) => fits(segments, parts)));
  const wanted = method === 'HEAD' ? 'GET' : method;
  const found = candidates.find(({ route }) => route.method === wanted);
  if (found !== undefined) {
    return { name: found.name, route: found.route, params: readParams(found, parts) };
  }
  if (candidates.length === 0) {
    throw new AppError('resource/not-found', `The control API has no ${API_PREFIX}${path}.`);
  }
  const allow = candidates.flatMap(({ route }) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]));
  throw new AppError('request/method-not-allowed', `${path} has ${allow.join(', ')}, but not ${method}.`, {
    details: { allow },
  });
}

function fits(segments: readonly Segment[], parts: readonly string[]): boolean {
  return (
    segments.length === parts.length &&
    segments.every((segment, index) => {
      const part = plainQuotes(parts[index] ?? '');
      return segment.kind === 'word' ? segment.text === part : holdsName(segment, part);
    })
  );
}

type Parameter = Extract<Segment, { kind: 'parameter' }>;

function holdsName({ before, after }: Parameter, part: string): boolean {
  return part.startsWith(before) && part.endsWith(after) && part.length > before.length + after.length;
}

/** OData keys stand in quotes and brackets, which some clients encode and others do not. */
function plainQuotes(part: string): string {
  return /^\w+(?:%28|\()/.test(part)
    ? part.replaceAll('%27', "'").replaceAll('%28', '(').replaceAll('%29', ')')
    : part;
}

/** Of the routes that fit, those with the fewest parameters: a word of ours wins over a name that happens to be the same. */
function mostLiteral(routes: readonly CompiledRoute[]): readonly CompiledRoute[] {
  const parameters = (route: CompiledRoute): number =>
    route.segments.filter(({ kind }) => kind === 'parameter').length;
  const fewest = Math.min(...routes.map(parameters));
  return routes.filter((route) => parameters(route) === fewest);
}

function readParams({ route, segments, params }: CompiledRoute, parts: readonly string[]): Record<string, string> {
  const given = segments.flatMap((segment, index) =>
    segment.kind === 'parameter' ? [[segment.name, decodeOnce(nameIn(segment, parts[index] ?? ''))]] : [],
  );
  try {
    return validate(params, Object.fromEntries(given), 'path');
  } catch (error) {
    if (route.method === 'PUT') {
      throw error;
    }
    throw new AppError('resource/not-found', 'There is nothing of that name, and nothing could have it.', {
      cause: error,
    });
  }
}

function nameIn({ before, after }: Parameter, part: string): string {
  const text = before === '' ? part : plainQuotes(part);
  return text.slice(before.length, text.length - after.length);
}

/** Text that is not percent-encoded right stays as it is: no name may hold a per cent sign, so its schema refuses it. */
function decodeOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
