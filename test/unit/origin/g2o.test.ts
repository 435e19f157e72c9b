import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSignature } from '../../../src-main/core/origin/g2o.ts';
import type { SignatureKey } from '../../../src-main/core/ports/endpoint-rules.ts';

/** 2030-01-01T00:00Z. */
const SIGNED_S = 1_893_456_000;
const TARGET = '/11111111-2222-3333-4444-555555555555/talk.ism/manifest(format=m3u8-cmaf)?_HLS_msn=7';

const key = (identifier: string, text: string, expiresMs?: number): SignatureKey => ({
  identifier,
  key: Buffer.from(text),
  expiresMs,
});
const OURS = key('edge-1', 'a secret shared with the network');

const dataOf = (version: number | string, nonce = 'edge-1'): string =>
  `${version}, 192.0.2.10, 198.51.100.7, ${SIGNED_S}, 1734029.8842, ${nonce}`;

/** Made with Python's hashlib and hmac. */
const SIGNATURES: readonly (readonly [version: number, signature: string])[] = [
  [1, '56Wm9uz/+4XR8pg/56HuXg=='],
  [2, 'YgigD3isusK5sDZ6LTmJoQ=='],
  [3, '/Vbqk1ha5MwWkzBi1k6aag=='],
  [4, 'oH/CPWU7xyzh4gRwAwE0wJqqXUY='],
  [5, 'HULyAyjl76ziQogZiCh2VLmG0li/+M7wOhck9gGewQ4='],
];
const [, , , , [, SIGNATURE_5] = [5, '']] = SIGNATURES;

/** What Akamai's own tool gave for `/abc` and the key `s3cr3tk3y`, as published with the middleware akamai-g2o. */
const PUBLISHED: readonly (readonly [version: number, signature: string])[] = [
  [1, 'FWvsJT8JBKvnZ4jGiE7uYA=='],
  [2, 'LL4EzlYZG9DWKjDYegZf7Q=='],
  [3, 'D2+ASTlqs3WfCC5EBIhtjA=='],
  [4, 'OLU/4N3Sc5gvy7Ta/e1rzMgPb2g='],
  [5, 'd/8DhQppXfD8WvbEP5TU3UVrPxgifX4LumVfadVPxgk='],
];

type Asked = {
  readonly data?: string | undefined;
  readonly sign?: string | undefined;
  readonly target?: string;
  readonly keys?: readonly SignatureKey[];
  readonly afterS?: number;
};

function ask({ data = dataOf(5), sign = SIGNATURE_5, target = TARGET, keys = [OURS], afterS = 0 }: Asked): void {
  const headers = { 'x-akamai-g2o-auth-data': data, 'x-akamai-g2o-auth-sign': sign };
  checkSignature(headers, target, keys, (SIGNED_S + afterS) * 1000);
}

for (const [version, sign] of SIGNATURES) {
  test(`version ${version} is let in as it is signed elsewhere, and not with anything changed`, () => {
    const data = dataOf(version);

    ask({ data, sign });

    const wrong: readonly Asked[] = [
      { data, sign, target: TARGET.replace('7', '8') },
      { data: data.replace('192.0.2.10', '192.0.2.11'), sign },
      { data: dataOf((version % 5) + 1), sign },
      { data, sign, keys: [key('edge-1', 'another secret')] },
      { data, sign, keys: [key('edge-2', 'a secret shared with the network')] },
      { data, sign: `${sign.startsWith('A') ? 'B' : 'A'}${sign.slice(1)}` },
      { data, sign: sign.slice(0, -4) },
      { data, sign: '' },
    ];
    for (const [index, asked] of wrong.entries()) {
      assert.throws(() => ask(asked), { code: 'origin/signature-invalid' }, String(index));
    }
  });
}

for (const [version, sign] of PUBLISHED) {
  test(`version ${version} is what Akamai's tool makes of it`, () => {
    const data = `${version}, 1.2.3.4, 3.4.5.6, 1471524574, 2805760.691583751, v1`;
    const headers = { 'x-akamai-g2o-auth-data': data, 'x-akamai-g2o-auth-sign': sign };

    checkSignature(headers, '/abc', [key('v1', 's3cr3tk3y')], 1_471_524_574_000);
  });
}

test('a request without both headers is not signed', () => {
  for (const headers of [{}, { 'x-akamai-g2o-auth-data': dataOf(5) }, { 'x-akamai-g2o-auth-sign': SIGNATURE_5 }]) {
    assert.throws(() => checkSignature(headers, TARGET, [OURS], SIGNED_S * 1000), {
      code: 'origin/signature-missing',
    });
  }
});

test('a signature is good for half a minute, before and after', () => {
  ask({ afterS: 30 });
  ask({ afterS: -30 });

  for (const afterS of [31, -31, 86_400]) {
    assert.throws(() => ask({ afterS }), { code: 'origin/signature-expired' }, String(afterS));
  }
});

test('a key that has expired is refused, and its successor of another name let in', () => {
  const expired = { ...OURS, expiresMs: SIGNED_S * 1000 };
  assert.throws(() => ask({ keys: [expired] }), { code: 'origin/signature-expired' });
  ask({ keys: [{ ...OURS, expiresMs: SIGNED_S * 1000 + 1 }] });

  ask({ keys: [{ ...expired, identifier: 'edge-0' }, OURS] });
});

test('data that are not what they should be are refused, whatever they are signed with', () => {
  for (const data of [
    '',
    ',,,,,',
    dataOf(0),
    dataOf(6),
    dataOf('__proto__'),
    dataOf('constructor'),
    `${dataOf(5)}, more`,
    dataOf(5).split(', ').slice(0, 5).join(', '),
    `${dataOf(5)}${'x'.repeat(1000)}`,
    `${dataOf(5)}, ${dataOf(5)}`,
  ]) {
    assert.throws(() => ask({ data }), { code: 'origin/signature-invalid' }, data.slice(0, 80));
  }
});
