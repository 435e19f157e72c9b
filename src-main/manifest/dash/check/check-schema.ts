import { AppError } from '../../../shared/app-error.ts';
import { createViolationLog, type ObserveRule, type Violation, type ViolationLog } from '../../violation.ts';
import { MPD_NAMESPACE } from '../namespaces.ts';
import type { XmlElement } from '../xml.ts';
import { readXml, XML_LIMITS, type XmlLimits } from '../xml-reader.ts';
import { ELEMENTS } from './schema.ts';
import type { ElementRule } from './schema-common.ts';
import { VALUES } from './schema-values.ts';

const SCHEMA = '23009-1 Annex B';
/** One writer makes the same mistake in every element. */
const MAX_VIOLATIONS = 50;
const XLINK = '{http://www.w3.org/1999/xlink}';

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
    }
  }
  return log.all();
}

function checkElement(log: ViolationLog, element: XmlElement, path: string): void {
  const rule = ELEMENTS.get(element.name);
  if (rule === undefined || log.all().length >= MAX_VIOLATIONS) {
    // That it has no place was said of its parent.
    return;
  }
  checkAttributes(log, element, rule, path);
  checkChildren(log, element, rule, path);
  checkText(log, element, rule, path);
  for (const child of element.children) {
    if (typeof child === 'object' && child.namespace === MPD_NAMESPACE) {
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
    const kind = kinds.get(name);
    if (name.startsWith('{')) {
      log.must(
        rule.isClosed !== true || name.startsWith(XLINK),
        SCHEMA,
        `${path} has the attribute ${name}, where none of other namespaces may stand`,
      );
    } else {
      log.must(kind !== undefined, SCHEMA, `${path} has an attribute ${name}, which the schema does not know`);
      log.must(
        kind === undefined || VALUES[kind](text),
        SCHEMA,
        `${path} has an attribute ${name} of the wrong kind: “${text.slice(0, 60)}”`,
      );
    }
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

function nameOf({ name, namespace }: XmlElement): string {
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

function checkText(log: ViolationLog, { children }: XmlElement, { content }: ElementRule, path: string): void {
  const text = children.filter((child) => typeof child === 'string').join('');
  if (content === undefined) {
    log.must(text.trim() === '', SCHEMA, `${path} has text, where only elements may stand`);
  } else {
    log.must(VALUES[content](text), SCHEMA, `${path} has a text of the wrong kind: “${text.slice(0, 60)}”`);
  }
}
