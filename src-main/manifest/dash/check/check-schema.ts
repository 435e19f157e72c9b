import { AppError } from '../../../shared/app-error.ts';
import { createViolationLog, type ObserveRule, type Violation, type ViolationLog } from '../../violation.ts';
import { MPD_NAMESPACE } from '../namespaces.ts';
import type { XmlElement } from '../xml.ts';
import { readXml, XML_LIMITS, type XmlLimits } from '../xml-reader.ts';
import { ELEMENTS } from './schema.ts';
import { type ElementRule, FOREIGN_ATTRIBUTES } from './schema-common.ts';
import { VALUES } from './schema-values.ts';

const SCHEMA = '23009-1 Annex B';
/** One writer makes the same mistake in every element. */
const MAX_VIOLATIONS = 50;

/**
 * Holds a document against the schema of the MPD: well-formed, only elements and attributes that there are, in their order and number, all
 * that have to be there, and values of their kind. The result is empty when it is valid.
 */
export function checkMpdSchema(
  document: string,
  options: { readonly limits?: XmlLimits; readonly observe?: ObserveRule | undefined } = {},
): readonly Violation[] {
  const log = createViolationLog('', options.observe);
  let root: XmlElement | undefined;
  try {
    root = readXml(document, options.limits ?? XML_LIMITS);
  } catch (error) {
    if (!(error instanceof AppError)) {
      throw error;
    }
    log.must(false, SCHEMA, error.message);
  }
  if (root !== undefined) {
    const isMpd = root.name === 'MPD' && root.namespace === MPD_NAMESPACE;
    log.must(isMpd, SCHEMA, `the document element is ${root.name}, not an MPD`);
    if (isMpd) {
      checkElement(log, root, 'MPD');
      checkReferences(log, root);
    }
  }
  return log.all();
}

function checkElement(log: ViolationLog, element: XmlElement, path: string): void {
  const { name, namespace } = element;
  const rule = ELEMENTS.get(namespace === MPD_NAMESPACE ? name : `{${namespace}}${name}`);
  if (rule === undefined || log.all().length >= MAX_VIOLATIONS) {
    // That it has no place was said of its parent; what is of other namespaces is not known here.
    return;
  }
  checkAttributes(log, element, rule, path);
  checkChildren(log, element, rule, path);
  checkText(log, element, rule, path);
  for (const child of element.children) {
    if (typeof child === 'object') {
      checkElement(log, child, `${path}/${child.name}`);
    }
  }
}

function checkAttributes(log: ViolationLog, { attributes }: XmlElement, rule: ElementRule, path: string): void {
  const kinds = new Map(
    Object.entries(rule.attributes).map(([name, kind]) => [name.replace('!', ''), kind] as const),
  );
  for (const name of Object.keys(rule.attributes).filter((one) => one.endsWith('!'))) {
    log.must(attributes.has(name.slice(0, -1)), SCHEMA, `${path} has no attribute ${name.slice(0, -1)}`);
  }
  for (const [name, text] of attributes) {
    const kind = kinds.get(name) ?? FOREIGN_ATTRIBUTES.get(name);
    if (name.startsWith('{')) {
      log.must(
        rule.isClosed !== true || kinds.has(name),
        SCHEMA,
        `${path} has the attribute ${name}, where none of other namespaces may stand`,
      );
    } else {
      log.must(kind !== undefined, SCHEMA, `${path} has an attribute ${name}, which the schema does not know`);
    }
    log.must(
      kind === undefined || VALUES[kind](text),
      SCHEMA,
      `${path} has an attribute ${name} of the wrong kind: “${text.slice(0, 60)}”`,
    );
  }
}

/** The children are one of each group of the rule after the other, as many as each allows. */
function checkChildren(log: ViolationLog, { children }: XmlElement, rule: ElementRule, path: string): void {
  const names = children.filter((child) => typeof child === 'object').map(nameOf);
  let at = 0;
  for (const wanted of rule.children) {
    const { name, least, most } = readCount(wanted);
    let count = 0;
    while (at < names.length && names[at] === name) {
      count += 1;
      at += 1;
    }
    log.must(count >= least, SCHEMA, `${path} has no ${name} where one has to be`);
    log.must(count <= most, SCHEMA, `${path} has ${count} ${name}, at most ${most} may be`);
  }
  const left = names[at];
  const before = names[at - 1];
  log.must(
    left === undefined,
    SCHEMA,
    `${path} has ${left ?? ''} where it may not stand${before === undefined ? '' : `, behind ${before}`}`,
  );
}

const OTHER = 'other';

/** An element of no namespace is not one of another (`##other`). */
function nameOf({ name, namespace }: XmlElement): string {
  if (namespace === '') {
    return `${name} of no namespace`;
  }
  return namespace === MPD_NAMESPACE ? name : OTHER;
}

function readCount(wanted: string): { readonly name: string; readonly least: number; readonly most: number } {
  const name = wanted.replace(/[?*+]$/, '');
  if (wanted === OTHER || wanted.endsWith('*')) {
    return { name, least: 0, most: Number.POSITIVE_INFINITY };
  }
  const isMany = wanted.endsWith('+');
  return { name, least: wanted.endsWith('?') ? 0 : 1, most: isMany ? Number.POSITIVE_INFINITY : 1 };
}

function checkText(log: ViolationLog, { children }: XmlElement, rule: ElementRule, path: string): void {
  const { content } = rule;
  const text = children.filter((child) => typeof child === 'string').join('');
  if (content === undefined && rule.children.length === 0) {
    log.must(text === '', SCHEMA, `${path} has text or white space, where nothing may stand`);
  } else if (content === undefined) {
    log.must(text.trim() === '', SCHEMA, `${path} has text, where only elements may stand`);
  } else {
    log.must(VALUES[content](text), SCHEMA, `${path} has a text of the wrong kind: “${text.slice(0, 60)}”`);
  }
}

/** xs:ID and xs:IDREF: a protection is named once, and who refers to it finds it. */
function checkReferences(log: ViolationLog, root: XmlElement): void {
  const ids = new Set<string>();
  let twice: string | undefined;
  const refs = new Set<string>();
  for (const { attributes } of elementsNamed(root, 'ContentProtection')) {
    const id = attributes.get('refId');
    const ref = attributes.get('ref');
    if (id !== undefined) {
      twice = ids.has(id) ? id : twice;
      ids.add(id);
    }
    if (ref !== undefined) {
      refs.add(ref);
    }
  }
  log.must(twice === undefined, SCHEMA, `the refId “${twice?.slice(0, 60) ?? ''}” is there twice`);
  const lost = [...refs].find((ref) => !ids.has(ref));
  log.must(lost === undefined, SCHEMA, `a ref names “${lost?.slice(0, 60) ?? ''}”, and there is no such refId`);
}

function* elementsNamed(element: XmlElement, name: string): Generator<XmlElement> {
  for (const child of element.children) {
    if (typeof child === 'object' && child.namespace === MPD_NAMESPACE) {
      if (child.name === name) {
        yield child;
      }
      yield* elementsNamed(child, name);
    }
  }
}
