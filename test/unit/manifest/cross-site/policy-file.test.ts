import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPolicyFiles } from '../../../../src-main/manifest/cross-site/policy-file.ts';

const ADOBE = `<?xml version="1.0"?>
<!DOCTYPE cross-domain-policy SYSTEM "http://www.adobe.com/xml/dtds/cross-domain-policy.dtd">
<cross-domain-policy><allow-access-from domain="*.example" secure="true"/></cross-domain-policy>`;
const MICROSOFT = `<?xml version="1.0" encoding="utf-8"?>
<access-policy><cross-domain-access><policy>
<allow-from http-request-headers="*"><domain uri="*"/></allow-from>
<grant-to><resource path="/" include-subpaths="true"/></grant-to>
</policy></cross-domain-access></access-policy>`;

test('both files are taken as their makers wrote them, and none at all', () => {
  checkPolicyFiles({ crossDomainPolicy: ADOBE, clientAccessPolicy: MICROSOFT });
  checkPolicyFiles({});
});

test('what is no well-formed XML is refused by its name', () => {
  for (const text of [
    '',
    'allow all',
    '<a><b></a>',
    '<a/><b/>',
    '<a x="1" x="2"/>',
    '<a>&unknown;</a>',
    `<!DOCTYPE a [<!ENTITY x "${'y'.repeat(100)}">]><a>&x;</a>`,
    `${'<a>'.repeat(100)}${'</a>'.repeat(100)}`,
    `<a>${'<b/>'.repeat(5000)}</a>`,
  ]) {
    for (const kind of ['clientAccessPolicy', 'crossDomainPolicy'] as const) {
      assert.throws(
        () => checkPolicyFiles({ [kind]: text }),
        { code: 'request/invalid', details: { field: `crossSiteAccessPolicies.${kind}` } },
        text.slice(0, 40),
      );
    }
  }
});
