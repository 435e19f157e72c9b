import { constants, createCipheriv, createHmac, publicEncrypt, randomBytes, X509Certificate } from 'node:crypto';

export type CpixKeyInput = { readonly kid: string; readonly value: Uint8Array; readonly attributes?: string };

const NAMESPACES = [
  'xmlns="urn:dashif:org:cpix"',
  'xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc"',
  'xmlns:enc="http://www.w3.org/2001/04/xmlenc#"',
  'xmlns:ds="http://www.w3.org/2000/09/xmldsig#"',
].join(' ');

/** A CPIX document with clear keys, or with keys that are encrypted for a certificate, as a key server writes it. */
export function cpixDocument(
  keys: readonly CpixKeyInput[],
  options: { readonly certificate?: string; readonly more?: string } = {},
): string {
  const { certificate, more = '' } = options;
  const documentKey = randomBytes(32);
  const macKey = randomBytes(64);
  const secretOf = (value: Uint8Array): string =>
    certificate === undefined
      ? `<pskc:PlainValue>${Buffer.from(value).toString('base64')}</pskc:PlainValue>`
      : encrypted(value, documentKey, macKey);
  const list = keys
    .map(
      ({ kid, value, attributes = '' }) =>
        `<ContentKey kid="${kid}" ${attributes}><Data><pskc:Secret>${secretOf(value)}</pskc:Secret></Data></ContentKey>`,
    )
    .join('\n');
  return `<?xml version="1.0" encoding="UTF-8"?>
<CPIX ${NAMESPACES} version="2.3">
${certificate === undefined ? '' : deliveryData(certificate, documentKey, macKey)}
<ContentKeyList>${list}</ContentKeyList>
${more}
</CPIX>`;
}

function encrypted(value: Uint8Array, documentKey: Uint8Array, macKey: Uint8Array): string {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-cbc', documentKey, iv);
  const bytes = Buffer.concat([iv, cipher.update(value), cipher.final()]);
  const mac = createHmac('sha512', macKey).update(bytes).digest('base64');
  return `<pskc:EncryptedValue>${cipherText('aes256-cbc', bytes)}</pskc:EncryptedValue><pskc:ValueMAC>${mac}</pskc:ValueMAC>`;
}

function cipherText(algorithm: string, bytes: Uint8Array): string {
  return `<enc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#${algorithm}"/><enc:CipherData><enc:CipherValue>${Buffer.from(bytes).toString('base64')}</enc:CipherValue></enc:CipherData>`;
}

function deliveryData(certificate: string, documentKey: Uint8Array, macKey: Uint8Array): string {
  const { publicKey, raw } = new X509Certificate(certificate);
  const wrapped = (key: Uint8Array): string =>
    cipherText(
      'rsa-oaep-mgf1p',
      publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }, key),
    );
  return `<DeliveryDataList><DeliveryData>
<DeliveryKey><ds:X509Data><ds:X509Certificate>${raw.toString('base64')}</ds:X509Certificate></ds:X509Data></DeliveryKey>
<DocumentKey Algorithm="http://www.w3.org/2001/04/xmlenc#aes256-cbc"><Data><pskc:Secret><pskc:EncryptedValue>${wrapped(documentKey)}</pskc:EncryptedValue></pskc:Secret></Data></DocumentKey>
<MACMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#hmac-sha512"><Key>${wrapped(macKey)}</Key></MACMethod>
</DeliveryData></DeliveryDataList>`;
}
