import {
  constants,
  createDecipheriv,
  createHmac,
  privateDecrypt,
  timingSafeEqual,
  X509Certificate,
} from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../../base/clock.ts';
import { createSerial } from '../../../base/serial.ts';
import type { Cpix, CpixDelivery, CpixKey, Sealed } from '../../../manifest/cpix/cpix.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { SecretStore } from '../../ports/secrets.ts';

/** The certificate that key servers encrypt for, and what only this service can read with its key. */
export type DeliveryKey = {
  /** PEM. Made when it is first asked for. Rejects with what the key store says. */
  certificate(): Promise<string>;
  /** The values of the keys that a document has, by key id. Rejects with `request/invalid` for what is not for us or was changed. */
  valuesOf(document: Cpix): Promise<ReadonlyMap<string, Uint8Array>>;
};

type KeyPair = z.infer<typeof keyPair>;

/** The name in the key store. */
const SECRET = 'cpix-delivery-key';
const LIFETIME_MS = 10 * 365 * 86_400_000;
const DAY_MS = 86_400_000;
const RSA_BITS = 3072;

const RSA_OAEP = 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p';
const AES_256_CBC = 'http://www.w3.org/2001/04/xmlenc#aes256-cbc';
const HMAC_SHA_512 = 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha512';
const DOCUMENT_KEY_BYTES = 32;
const BLOCK = 16;
const KEY_BYTES = 16;

const keyPair = z.strictObject({ certificate: z.string(), key: z.string() });

export function createDeliveryKey(secrets: SecretStore, clock: Clock): DeliveryKey {
  const serial = createSerial();

  async function kept(): Promise<KeyPair | undefined> {
    const stored = await secrets.get(SECRET);
    return stored === undefined ? undefined : readPair(stored);
  }

  async function decrypt(document: Cpix): Promise<ReadonlyMap<string, Uint8Array>> {
    const pair = await kept();
    const delivery = pair && deliveryFor(document.deliveries, pair);
    if (pair === undefined || delivery === undefined) {
      throw invalid(
        'CPIX/DeliveryDataList',
        'has no DeliveryData for the certificate of this service, which the control API gives out',
      );
    }
    const place = 'CPIX/DeliveryDataList/DeliveryData';
    if (delivery.macAlgorithm !== HMAC_SHA_512) {
      throw invalid(`${place}/MACMethod`, `has another Algorithm than ${HMAC_SHA_512}`);
    }
    const documentKey = unwrap(delivery.documentKey, pair, `${place}/DocumentKey`);
    const macKey = unwrap(delivery.macKey, pair, `${place}/MACMethod`);
    if (documentKey.length !== DOCUMENT_KEY_BYTES) {
      throw invalid(`${place}/DocumentKey`, `has not ${DOCUMENT_KEY_BYTES} bytes`);
    }
    return collect(document, (value, field) => open(value, { documentKey, macKey }, field));
  }

  return {
    certificate: () =>
      serial.run(async () => {
        const found = await kept();
        if (found !== undefined) {
          return found.certificate;
        }
        const made = await makePair(clock.wallMs());
        await secrets.set(SECRET, JSON.stringify(made));
        return made.certificate;
      }),
    valuesOf: async (document) =>
      document.keys.some(({ value }) => value?.kind === 'encrypted')
        ? await decrypt(document)
        : collect(document, (_, field) => {
            throw invalid(field, 'is encrypted');
          }),
  };
}

/** What a parser says of a text that is not right has some of it in it. */
function readPair(stored: string): KeyPair {
  try {
    return keyPair.parse(JSON.parse(stored));
  } catch {
    throw new AppError('secrets/unavailable', `What the key store has as ${SECRET} is no key and certificate.`);
  }
}

type Encrypted = Extract<CpixKey['value'], { readonly kind: 'encrypted' }>;

function collect(
  { keys }: Cpix,
  opened: (value: Encrypted, field: string) => Uint8Array,
): ReadonlyMap<string, Uint8Array> {
  return new Map(
    keys.flatMap(({ kid, value }, index) => {
      const field = `CPIX/ContentKeyList/ContentKey[${index + 1}]`;
      return value === undefined
        ? []
        : [[kid, value.kind === 'plain' ? value.bytes : opened(value, field)] as const];
    }),
  );
}

function deliveryFor(deliveries: readonly CpixDelivery[], { certificate }: KeyPair): CpixDelivery | undefined {
  const own = new X509Certificate(certificate).raw;
  return deliveries.find((one) => one.certificate !== undefined && own.equals(one.certificate));
}

function unwrap({ algorithm, bytes }: Sealed, { key }: KeyPair, field: string): Uint8Array {
  if (algorithm !== RSA_OAEP) {
    throw invalid(field, `is encrypted otherwise than with ${RSA_OAEP}`);
  }
  try {
    return privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }, bytes);
  } catch (error) {
    throw invalid(field, 'cannot be decrypted with the key of this service', error);
  }
}

/** The MAC first: of what was changed on the way nothing is decrypted. */
function open(
  { algorithm, bytes, mac }: Encrypted,
  { documentKey, macKey }: { readonly documentKey: Uint8Array; readonly macKey: Uint8Array },
  field: string,
): Uint8Array {
  const computed = createHmac('sha512', macKey).update(bytes).digest();
  if (mac.length !== computed.length || !timingSafeEqual(computed, mac)) {
    throw invalid(`${field}/Data/Secret/ValueMAC`, 'is not that of the value');
  }
  // An IV, the key and its padding.
  if (algorithm !== AES_256_CBC || bytes.length !== BLOCK + KEY_BYTES + BLOCK) {
    throw invalid(`${field}/Data/Secret/EncryptedValue`, `is no key of ${KEY_BYTES} bytes under ${AES_256_CBC}`);
  }
  const decipher = createDecipheriv('aes-256-cbc', documentKey, bytes.subarray(0, BLOCK));
  // Of the padding only its length, the last byte, is laid down (XML Encryption §5.2).
  decipher.setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(bytes.subarray(BLOCK)), decipher.final()]);
  if (plain.at(-1) !== BLOCK) {
    throw invalid(`${field}/Data/Secret/EncryptedValue`, `is no key of ${KEY_BYTES} bytes`);
  }
  return plain.subarray(0, KEY_BYTES);
}

async function makePair(nowMs: number): Promise<KeyPair> {
  // Loaded here, because it is needed once and is slow to load.
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: 'Lectern content keys' }], {
    keyType: 'rsa',
    keySize: RSA_BITS,
    algorithm: 'sha256',
    notBeforeDate: new Date(nowMs - DAY_MS),
    notAfterDate: new Date(nowMs + LIFETIME_MS),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', keyEncipherment: true },
    ],
  });
  return { certificate: `${made.cert.trim()}\n`, key: made.private };
}

function invalid(field: string, words: string, cause?: unknown): AppError {
  return new AppError('request/invalid', `${field} ${words}.`, { details: { field }, cause });
}
