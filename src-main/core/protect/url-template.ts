/** What the tokens of an address template stand for (spec 4.3). */
export type TemplateValues = {
  readonly contentKeyId: string;
  readonly alternativeMediaId: string | undefined;
};

const ALTERNATIVE = /\{(?:AlternativeMediaId|AssetAlternativeId)\}/g;

export function needsAlternativeMediaId(template: string): boolean {
  return template.search(ALTERNATIVE) >= 0;
}

/** Both values are of characters that need no escaping in an address. */
export function expandTemplate(
  template: string,
  { contentKeyId, alternativeMediaId = '' }: TemplateValues,
): string {
  return template.replaceAll('{ContentKeyId}', contentKeyId).replace(ALTERNATIVE, () => alternativeMediaId);
}
