import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApiDocument } from '../../../src-main/core/control/openapi.ts';
import type { Route } from '../../../src-main/shared/api/route.ts';
import { ROUTES } from '../../../src-main/shared/api/routes.ts';

type Parameter = {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: unknown;
};
type Description = {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Record<string, { schema: unknown }> };
  readonly responses: Readonly<Record<string, { readonly description?: string; readonly $ref?: string }>>;
};
type Document = {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Description>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
  readonly security: readonly unknown[];
};

// Through JSON, as a caller gets it.
// eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- its shape is what the tests are about
const document = JSON.parse(JSON.stringify(openApiDocument('1.2.3'))) as Document;
const described = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, description]) => ({ path, method, ...description })),
);
const routes = Object.entries(ROUTES) as [string, Route][];

test('every route is described once, under its own name', () => {
  assert.equal(document.openapi, '3.1.0');
  assert.equal(document.info.version, '1.2.3');
  assert.deepEqual(
    described.map(({ operationId, method, path }) => [operationId, method.toUpperCase(), path]).toSorted(),
    routes.map(([name, { method, path }]) => [name, method, path]).toSorted(),
  );
});

test('every reference leads to something', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, target = '']) => target);

  assert(references.length > 100);
  for (const reference of new Set(references)) {
    const found = reference
      .replace(/^#\//, '')
      .split('/')
      .reduce<unknown>(
        (at, step) => (typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined),
        document,
      );
    assert(found !== undefined, reference);
  }
});

test('every parameter of a path is described, required and has its pattern', () => {
  for (const { path, operationId, parameters } of described) {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const inPath = parameters.filter((parameter) => parameter.in === 'path');
    assert.deepEqual(
      inPath.map(({ name }) => name),
      names,
      operationId,
    );
    assert(
      inPath.every(({ required, schema }) => required && JSON.stringify(schema).includes('pattern')),
      operationId,
    );
  }
});

test('every answer has a status and a description, and every call can answer with a problem', () => {
  for (const { operationId, responses } of described) {
    assert.deepEqual(responses['default'], { $ref: '#/components/responses/Problem' }, operationId);
    const good = Object.entries(responses).filter(([status]) => /^2\d\d$/.test(status));
    assert(good.length > 0, operationId);
    assert(
      good.every(([, { description }]) => (description ?? '') !== ''),
      operationId,
    );
  }
});

test('long operations are described as such', () => {
  for (const [name, route] of routes.filter(([, { kind }]) => kind === 'operation')) {
    const found = described.find(({ operationId }) => operationId === name);
    assert(found?.responses['202'] !== undefined, name);
    assert(
      found.parameters.some((parameter) => parameter.name === 'wait'),
      name,
    );
    const status = route.response === undefined ? 204 : (route.status ?? (route.method === 'PUT' ? 201 : 200));
    assert(found.responses[String(status)], name);
  }
});

test('what may be left out of a request is told apart from what is always in an answer', () => {
  const { schemas } = document.components;
  const put = described.find(({ operationId }) => operationId === 'putSources');
  const screen = (name: string) => JSON.stringify(schemas[name]).match(/"required":\["id","kind"(,"cursor")?\]/g);

  assert(JSON.stringify(put?.requestBody).includes('#/components/schemas/SourceSpecInput'));
  assert(!screen('SourceSpecInput')?.some((text) => text.includes('cursor')));
  assert(screen('SourceSpec')?.some((text) => text.includes('cursor')));
});

test('a body that may be left out is not required', () => {
  const requiredOf = (name: string) =>
    described.find(({ operationId }) => operationId === name)?.requestBody?.required;

  assert.equal(requiredOf('putLiveEvent'), true);
  assert.equal(requiredOf('goLive'), false);
  assert.equal(requiredOf('startLiveEvent'), false);
  assert.equal(requiredOf('getStudio'), undefined);
});
