import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '../..');

/** What secrets are called here, as the last word of a name: `accessToken`, but neither `tokenType` nor `hasToken`. */
const SECRET = /(?:^|[a-z])(?:[Tt]oken|[Ss]ecret|[Ss]ignature|[Pp]assphrase|[Pp]assword|[Hh]mac|[Mm]ac)$/;
const ANY_SECRET = /token|secret|signature|passphrase|password|mac/i;
const QUESTION = /^(?:is|has|may|needs|without)[A-Z]/;

const EQUALITY: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
]);

/** Calls that stop at the first sign which is not the same. */
const COMPARING_CALLS: ReadonlySet<string> = new Set([
  'equals',
  'includes',
  'startsWith',
  'endsWith',
  'localeCompare',
  'indexOf',
]);

function namesSecret(node: ts.Expression): boolean {
  if (ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node)) {
    return namesSecret(node.expression);
  }
  const name = ts.isIdentifier(node)
    ? node.text
    : ts.isPropertyAccessExpression(node)
      ? node.name.text
      : ts.isCallExpression(node) && ts.isIdentifier(node.expression)
        ? node.expression.text
        : '';
  return SECRET.test(name) && !QUESTION.test(name);
}

/** What is written in the source is no secret, and whether there is one at all is none either. */
function isKnown(node: ts.Expression): boolean {
  return (
    ts.isLiteralExpression(node) ||
    ts.isTypeOfExpression(node) ||
    node.kind === ts.SyntaxKind.NullKeyword ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword ||
    (ts.isIdentifier(node) && (node.text === 'undefined' || /^[A-Z][A-Z_]*$/.test(node.text)))
  );
}

/** Comparisons of secrets whose time tells how much of them was right. */
function leakyComparisons(path: string, text: string): readonly string[] {
  const found: string[] = [];
  if (!ANY_SECRET.test(text)) {
    return found;
  }
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const report = (node: ts.Node): void => {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart());
    found.push(`${path}:${line + 1} ${node.getText()}`);
  };
  const look = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && EQUALITY.has(node.operatorToken.kind)) {
      const { left, right } = node;
      if ((namesSecret(left) && !isKnown(right)) || (namesSecret(right) && !isKnown(left))) {
        report(node);
      }
    }
    if (
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      COMPARING_CALLS.has(node.expression.name.text) &&
      node.arguments.some((argument) => namesSecret(argument))
    ) {
      report(node);
    }
    ts.forEachChild(node, look);
  };
  look(file);
  return found;
}

test('no secret is compared sign by sign: isSameSecret and timingSafeEqual take as long for every wrong one', () => {
  const folder = 'src-main';
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(?:ts|mjs)$/.test(path) && !path.startsWith('bootstrap'))
    .map((path) => join(folder, path));
  assert.ok(files.length > 200, 'the sources are found');

  assert.deepEqual(
    files.flatMap((path) => leakyComparisons(path, readFileSync(join(ROOT, path), 'utf8'))),
    [],
  );
});

test('a comparison of secrets is found in every form, and nothing else is', () => {
  const leaky = [
    'given === token',
    'event.input.accessToken !== given',
    '(signature) == right',
    'plainToken(event) === plain',
    'known.includes(secret)',
    'right.equals(signature)',
  ];
  const harmless = [
    'token === undefined',
    "token === ''",
    'password.length === 0',
    "typeof secret === 'string'",
    'restrictionTokenType === other',
    'hasToken === other',
    'token === NO_TOKEN',
    'isSameSecret(given, token)',
    'format === other',
  ];

  for (const text of leaky) {
    assert.equal(leakyComparisons('x.ts', text).length, 1, text);
  }
  for (const text of harmless) {
    assert.deepEqual(leakyComparisons('x.ts', text), [], text);
  }
});
