import { malformed } from '../malformed.ts';
import { XML_NAMESPACE, type XmlElement } from './xml.ts';

/**
 * A reader of XML 1.0 with namespaces for documents from outside. Strict and bounded: no document type and so no entities but the five of
 * XML itself, nothing that is not well formed, nothing over the limits. Comments and processing instructions are passed over.
 */

export type XmlLimits = {
  readonly maxCharacters: number;
  readonly maxElements: number;
  readonly maxDepth: number;
  /** Of one element. */
  readonly maxAttributes: number;
};

/** Room for a day of two-second segments in eight timelines, each with its own `S`. */
export const XML_LIMITS: XmlLimits = {
  maxCharacters: 16 * 1024 * 1024,
  maxElements: 400_000,
  maxDepth: 64,
  maxAttributes: 256,
};

const NAME = /[\p{L}_][\p{L}\p{N}._\-\u00b7]*(?::[\p{L}_][\p{L}\p{N}._\-\u00b7]*)?/uy;
const SPACE = /[ \t\r\n]+/y;
const TEXT = /[^<]+/y;
const DECLARATION = /\ufeff?(?:<\?xml[ \t\r\n]+version[ \t\r\n]*=[^?<>]*\?>)?/y;
const NOT_XML = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);
const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/';

/** A place in the text. */
type Cursor = {
  readonly isAtEnd: () => boolean;
  /** Moves behind `literal` when it stands here. */
  readonly skip: (literal: string) => boolean;
  readonly expect: (literal: string) => void;
  /** What matches here, or an empty text. */
  readonly take: (sticky: RegExp) => string;
  /** Everything up to `end`; moves behind it. */
  readonly takeUntil: (end: string) => string;
  readonly fail: (rule: string) => Error;
};

function createCursor(text: string): Cursor {
  let at = 0;
  const fail = (rule: string): Error => malformed('XML', rule, lineOf(text, at));
  const skip = (literal: string): boolean => {
    const stands = text.startsWith(literal, at);
    at += stands ? literal.length : 0;
    return stands;
  };
  return {
    isAtEnd: () => at >= text.length,
    skip,
    expect(literal) {
      if (!skip(literal)) {
        throw fail(`${literal} is missing`);
      }
    },
    take(sticky) {
      sticky.lastIndex = at;
      const [found = ''] = sticky.exec(text) ?? [];
      at += found.length;
      return found;
    },
    takeUntil(end) {
      const found = text.indexOf(end, at);
      if (found < 0) {
        throw fail(`${end} is missing`);
      }
      const content = text.slice(at, found);
      at = found + end.length;
      return content;
    },
    fail,
  };
}

type Scope = { readonly get: (prefix: string) => string | undefined };

const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();
const ROOT_SCOPE: Scope = new Map([
  ['', ''],
  ['xml', XML_NAMESPACE],
]);

/** An element whose end tag has not come yet. */
type Open = {
  readonly qualifiedName: string;
  readonly element: XmlElement & { readonly children: (XmlElement | string)[] };
  readonly scope: Scope;
};

type Tree = { root: XmlElement | undefined; elements: number; readonly open: Open[]; readonly limits: XmlLimits };

/** The document element. Throws `media/malformed` with the line. */
export function readXml(text: string, limits = XML_LIMITS): XmlElement {
  if (text.length > limits.maxCharacters) {
    throw malformed('XML', `it has more than ${limits.maxCharacters} characters`);
  }
  if (NOT_XML.test(text)) {
    throw malformed('XML', 'it has a character in it that XML does not allow');
  }
  const cursor = createCursor(text);
  const tree: Tree = { root: undefined, elements: 0, open: [], limits };
  cursor.take(DECLARATION);
  while (!cursor.isAtEnd()) {
    const characters = cursor.take(TEXT);
    if (characters === '') {
      readMarkup(cursor, tree);
    } else if (characters.includes(']]>')) {
      throw cursor.fail(']]> stands in text');
    } else {
      addText(cursor, tree, decode(cursor, normalizeLineEnds(characters)));
    }
  }
  if (tree.root === undefined || tree.open.length > 0) {
    throw cursor.fail('the document element is missing or does not end');
  }
  return tree.root;
}

/** The cursor stands at `<`. */
function readMarkup(cursor: Cursor, tree: Tree): void {
  if (cursor.skip('</')) {
    endElement(cursor, tree);
  } else if (cursor.skip('<!--')) {
    cursor.takeUntil('--');
    cursor.expect('>');
  } else if (cursor.skip('<![CDATA[')) {
    if (tree.open.length === 0) {
      throw cursor.fail('there is text outside of the document element');
    }
    addText(cursor, tree, normalizeLineEnds(cursor.takeUntil(']]>')));
  } else if (cursor.skip('<?')) {
    if (takeName(cursor).toLowerCase() === 'xml') {
      throw cursor.fail('an XML declaration does not stand at the beginning');
    }
    cursor.takeUntil('?>');
  } else if (cursor.skip('<!')) {
    throw cursor.fail('document types are not read');
  } else {
    cursor.expect('<');
    startElement(cursor, tree);
  }
}

function startElement(cursor: Cursor, tree: Tree): void {
  const qualifiedName = takeName(cursor);
  const written = takeAttributes(cursor, tree.limits.maxAttributes);
  const isEmpty = cursor.skip('/');
  cursor.expect('>');
  tree.elements += 1;
  if (tree.elements > tree.limits.maxElements) {
    throw cursor.fail(`there are more than ${tree.limits.maxElements} elements`);
  }
  const parent = tree.open.at(-1);
  if (tree.open.length >= tree.limits.maxDepth || (parent === undefined && tree.root !== undefined)) {
    throw cursor.fail(`elements are deeper than ${tree.limits.maxDepth}, or there is a second document element`);
  }
  const started = resolve(cursor, qualifiedName, written, parent?.scope ?? ROOT_SCOPE);
  if (parent === undefined) {
    tree.root = started.element;
  } else {
    parent.element.children.push(started.element);
  }
  if (!isEmpty) {
    tree.open.push(started);
  }
}

function endElement(cursor: Cursor, tree: Tree): void {
  if (tree.open.pop()?.qualifiedName !== takeName(cursor)) {
    throw cursor.fail('an end tag does not match');
  }
  cursor.take(SPACE);
  cursor.expect('>');
}

function addText(cursor: Cursor, tree: Tree, text: string): void {
  const children = tree.open.at(-1)?.element.children;
  if (children === undefined) {
    if (text.trim() !== '') {
      throw cursor.fail('there is text outside of the document element');
    }
    return;
  }
  const last = children.at(-1);
  if (typeof last === 'string') {
    children[children.length - 1] = last + text;
  } else if (text !== '') {
    children.push(text);
  }
}

function takeName(cursor: Cursor): string {
  const name = cursor.take(NAME);
  if (name === '') {
    throw cursor.fail('a name is missing');
  }
  return name;
}

/** By qualified name, namespace declarations among them. */
function takeAttributes(cursor: Cursor, maxAttributes: number): ReadonlyMap<string, string> {
  let written: Map<string, string> | undefined;
  while (cursor.take(SPACE) !== '') {
    const name = cursor.take(NAME);
    if (name === '') {
      break;
    }
    cursor.take(SPACE);
    cursor.expect('=');
    cursor.take(SPACE);
    const quote = cursor.skip('"') ? '"' : "'";
    if (quote === "'") {
      cursor.expect(quote);
    }
    const raw = cursor.takeUntil(quote);
    written ??= new Map();
    if (written.has(name) || written.size >= maxAttributes || raw.includes('<')) {
      throw cursor.fail('an attribute is there twice, is one too many, or has < in it');
    }
    // XML 1.0 §3.3.3: white space that is not written as a reference is a space.
    written.set(name, decode(cursor, raw.replace(/\r\n|[\t\r\n]/g, ' ')));
  }
  return written ?? NO_ATTRIBUTES;
}

/** Puts names into their namespaces (Namespaces in XML 1.0). */
function resolve(cursor: Cursor, qualifiedName: string, written: ReadonlyMap<string, string>, outer: Scope): Open {
  const scope = declare(cursor, written, outer);
  const namespaceOf = (prefix: string): string => {
    const namespace = scope.get(prefix);
    if (namespace === undefined) {
      throw cursor.fail('a namespace prefix is not declared');
    }
    return namespace;
  };
  const attributes = new Map<string, string>();
  for (const [key, value] of written) {
    if (declaredPrefix(key) === undefined) {
      const [prefix, name] = splitName(key);
      const expanded = prefix === '' ? name : `{${namespaceOf(prefix)}}${name}`;
      if (attributes.has(expanded)) {
        throw cursor.fail('an attribute is there twice');
      }
      attributes.set(expanded, value);
    }
  }
  const [prefix, name] = splitName(qualifiedName);
  const common = { namespace: namespaceOf(prefix), name, attributes, children: [] };
  return { qualifiedName, element: prefix === '' ? common : { ...common, prefix }, scope };
}

/** The scope inside an element. A chain, so that deep documents do not copy what they inherit. */
function declare(cursor: Cursor, written: ReadonlyMap<string, string>, outer: Scope): Scope {
  const declared = new Map<string, string>();
  for (const [key, namespace] of written) {
    const prefix = declaredPrefix(key);
    if (prefix !== undefined) {
      const isReserved = prefix === 'xmlns' || namespace === XMLNS_NAMESPACE;
      const isUndeclared = prefix !== '' && namespace === '';
      if (isReserved || isUndeclared || (prefix === 'xml') !== (namespace === XML_NAMESPACE)) {
        throw cursor.fail('a namespace declaration is not allowed');
      }
      declared.set(prefix, namespace);
    }
  }
  return declared.size === 0 ? outer : { get: (prefix) => declared.get(prefix) ?? outer.get(prefix) };
}

/** The prefix that an attribute declares; undefined for other attributes. */
function declaredPrefix(key: string): string | undefined {
  if (key === 'xmlns') {
    return '';
  }
  return key.startsWith('xmlns:') ? key.slice('xmlns:'.length) : undefined;
}

function splitName(qualified: string): readonly [prefix: string, name: string] {
  const colon = qualified.indexOf(':');
  return colon < 0 ? ['', qualified] : [qualified.slice(0, colon), qualified.slice(colon + 1)];
}

function normalizeLineEnds(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

function decode(cursor: Cursor, raw: string): string {
  if (!raw.includes('&')) {
    return raw;
  }
  return raw.replace(/&([^&;]{0,16};)?/g, (_, reference: string | undefined) => {
    const character = reference === undefined ? undefined : decodeReference(reference.slice(0, -1));
    if (character === undefined) {
      throw cursor.fail('a reference is neither one of the five entities nor a character');
    }
    return character;
  });
}

function decodeReference(body: string): string | undefined {
  if (!body.startsWith('#')) {
    return ENTITIES.get(body);
  }
  const [, hexDigits, digits = hexDigits] = /^#(?:x([0-9A-Fa-f]{1,6})|(\d{1,7}))$/.exec(body) ?? [];
  const code = digits === undefined ? Number.NaN : Number.parseInt(digits, hexDigits === undefined ? 10 : 16);
  const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  const character = isCharacter ? String.fromCodePoint(code) : undefined;
  return character === undefined || NOT_XML.test(character) ? undefined : character;
}

function lineOf(text: string, at: number): number {
  let line = 1;
  for (let end = text.indexOf('\n'); end >= 0 && end < at; end = text.indexOf('\n', end + 1)) {
    line += 1;
  }
  return line;
}
