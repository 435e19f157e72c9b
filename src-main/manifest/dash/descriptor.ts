import { compact } from '../compact.ts';
import { type ElementReader, text } from './element-reader.ts';
import { writeXmlElement, type XmlElement, xml } from './xml.ts';

/** DescriptorType, ISO/IEC 23009-1 §5.8: a scheme and what it says. Roles, properties, timing sources and so on. */
export type Descriptor = {
  readonly schemeIdUri: string;
  readonly value?: string | undefined;
  readonly id?: string | undefined;
  readonly children?: readonly XmlElement[] | undefined;
};

export function writeDescriptor(name: string, { schemeIdUri, value, id, children = [] }: Descriptor): string {
  return xml(name, { schemeIdUri, value, id }, children.map(writeXmlElement).join(''));
}

export function writeDescriptors(name: string, descriptors: readonly Descriptor[] = []): string {
  return descriptors.map((descriptor) => writeDescriptor(name, descriptor)).join('');
}

export function parseDescriptor(reader: ElementReader): Descriptor {
  const children = elementsIn(reader.element);
  return compact({
    schemeIdUri: reader.required('schemeIdUri', text),
    value: reader.optional('value', text),
    id: reader.optional('id', text),
    children: children.length === 0 ? undefined : children,
  });
}

export function elementsIn(element: XmlElement): readonly XmlElement[] {
  return element.children.filter((child) => typeof child === 'object');
}
