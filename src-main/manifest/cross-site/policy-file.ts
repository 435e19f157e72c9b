import type { CrossSiteAccessPolicies } from '../../shared/api/common.ts';
import { AppError } from '../../shared/app-error.ts';
import { readXml } from '../dash/xml-reader.ts';

/** A few sites each. */
const LIMITS = { maxCharacters: 65_536, maxElements: 4096, maxDepth: 16, maxAttributes: 32 };

/** Adobe's own examples begin with it. It says nothing, and nothing in it is looked at. */
const DOCUMENT_TYPE = /<!DOCTYPE\s+[\w-]+(?:\s+(?:SYSTEM|PUBLIC\s+"[^"<>]*")\s+"[^"<>]*")?\s*>/;

/** Throws `request/invalid` for a file that is no well-formed XML. */
export function checkPolicyFiles(policies: CrossSiteAccessPolicies): void {
  for (const kind of ['clientAccessPolicy', 'crossDomainPolicy'] as const) {
    try {
      readXml((policies[kind] ?? '<none/>').replace(DOCUMENT_TYPE, ''), LIMITS);
    } catch (error) {
      const field = `crossSiteAccessPolicies.${kind}`;
      const why = error instanceof Error ? error.message : String(error);
      throw new AppError('request/invalid', `${field} is not right: ${why} Nothing was changed.`, {
        details: { field },
        cause: error,
      });
    }
  }
}
