import { malformed } from '../malformed.ts';

/** XML as it is written and read here: elements, attributes and text, in their namespaces. */

/** An element of any vocabulary. */
export type XmlElement = {
  /** Empty: in none. */
  readonly namespace: string;
  /** Without prefix. */
  readonly name: string;
  /** How it was or should be written; without one the namespace becomes the default of the element. */
  readonly prefix?: string | undefined;
  /** By name, or by `{namespace}name` for those in a namespace of their own. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly (XmlElement | string)[];
};

type AttributeValue = string | number | bigint | boolean | undefined;

/** By name as written. What is undefined is left out. */
export type XmlAttributes = Readonly<Record<string, AttributeValue>>;

/** One element and a line end. `content` is written XML; names are taken as they are. */
export function xml(name: string, attributes: XmlAttributes, content = ''): string {
  const tag = startTag(name, attributes);
  return content === '' ? `${tag}/>\n` : `${tag}>\n${content}</${name}>\n`;
}

/** The same where white space counts: the content is all there is between the tags. */
export function xmlInline(name: string, attributes: XmlAttributes, content: string): string {
  const tag = startTag(name, attributes);
  return content === '' ? `${tag}/>\n` : `${tag}>${content}</${name}>\n`;
}

export function xmlText(name: string, attributes: XmlAttributes, text: string): string {
  return xmlInline(name, attributes, escapeText(text));
}

export function xmlEach<T>(items: readonly T[] | undefined, write: (item: T) => string): string {
  return items === undefined ? '' : items.map(write).join('');
}

function startTag(name: string, attributes: XmlAttributes): string {
  let tag = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) {
      tag += ` ${key}="${attributeText(key, value)}"`;
    }
  }
  return tag;
}

/** Numbers are whole ones: decimals are formatted by who knows with how many digits. */
function attributeText(key: string, value: string | number | bigint | boolean): string {
  if (typeof value === 'string') {
    return escapeAttribute(value);
  }
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw malformed(`attribute ${key}`, 'only whole numbers below 2^53 can be written');
  }
  return String(value);
}

/** Readers turn white space in attributes into spaces, except when it is written as a reference (XML 1.0 §3.3.3). */
function escapeAttribute(text: string): string {
  return escapeText(text).replace(/["\t\n]/g, (character) => REFERENCES[character] ?? character);
}

export function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replace(NOT_XML, '\ufffd')
    .replace(/[&<>\r]/g, (character) => REFERENCES[character] ?? character);
}

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** XML 1.0 §2.2 has no way to write these. */
const NOT_XML = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

/** Any element, without white space of its own. Declares its namespaces itself, so it can stand anywhere. */
export function writeXmlElement(element: XmlElement): string {
  return writeScoped(element, new Map([['xml', XML_NAMESPACE]]));
}

export const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';

type Scope = ReadonlyMap<string, string>;

function writeScoped(element: XmlElement, outer: Scope): string {
  const scope = new Map(outer);
  const declarations: Record<string, string> = {};
  const declare = (prefix: string, namespace: string): void => {
    if (scope.get(prefix) !== namespace) {
      scope.set(prefix, namespace);
      declarations[prefix === '' ? 'xmlns' : `xmlns:${prefix}`] = namespace;
    }
  };
  const prefix = element.namespace === '' ? '' : (element.prefix ?? '');
  declare(prefix, element.namespace);
  const name = prefix === '' ? element.name : `${prefix}:${element.name}`;
  const attributes = [...element.attributes].map(([key, value]) => [qualify(key, scope, declare), value] as const);
  const children = element.children.map((child) =>
    typeof child === 'string' ? escapeText(child) : writeScoped(child, scope),
  );
  const tag = startTag(name, { ...declarations, ...Object.fromEntries(attributes) });
  return children.length === 0 ? `${tag}/>` : `${tag}>${children.join('')}</${name}>`;
}

/** An attribute name as written: one in a namespace always has a prefix (Namespaces in XML §6.2). */
function qualify(key: string, scope: Scope, declare: (prefix: string, namespace: string) => void): string {
  const [, namespace, local] = /^\{(.+)\}([^{}]+)$/.exec(key) ?? [];
  if (namespace === undefined || local === undefined) {
    return key;
  }
  let prefix = [...scope].find(([candidate, bound]) => candidate !== '' && bound === namespace)?.[0];
  if (prefix === undefined) {
    for (let number = 1; prefix === undefined || scope.has(prefix); number += 1) {
      prefix = `n${number}`;
    }
    declare(prefix, namespace);
  }
  return `${prefix}:${local}`;
}
