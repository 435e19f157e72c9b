import { z } from 'zod';
import type { CpixSystem } from '../../../manifest/cpix/cpix.ts';
import { CENC, DASHIF, MPD_NAMESPACE, PLAYREADY } from '../../../manifest/dash/namespaces.ts';
import type { XmlElement } from '../../../manifest/dash/xml.ts';
import { readXml } from '../../../manifest/dash/xml-reader.ts';
import { type EncryptionKey, parseKey } from '../../../manifest/hls/tags/key.ts';
import { parsePssh } from '../../../media/cenc/pssh.ts';
import { readBoxes } from '../../../media/isobmff/box-reader.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { KeySystem } from '../../ports/protection.ts';

/** What a DRM system wants said of a key, as it came. */
export const storedSignalling = z.strictObject({
  systemId: z.string(),
  pssh: z.string().optional(),
  contentProtection: z.string().optional(),
  hls: z.string().optional(),
  smooth: z.string().optional(),
});
export type StoredSignalling = z.infer<typeof storedSignalling>;

export type GivenSystem = KeySystem & { readonly kind: 'given' };

const XML_LIMITS = { maxCharacters: 65_536, maxElements: 256, maxDepth: 16, maxAttributes: 32 };
/** The prefixes that key servers take for granted in what stands inside of a ContentProtection. */
const DECLARED = [
  `xmlns="${MPD_NAMESPACE}"`,
  ...[CENC, PLAYREADY, DASHIF].map(({ prefix, namespace }) => `xmlns:${prefix}="${namespace}"`),
].join(' ');

export function signallingOf({ systemId, pssh, contentProtection, hls, smooth }: CpixSystem): StoredSignalling {
  return {
    systemId,
    ...(pssh === undefined ? {} : { pssh: Buffer.from(pssh).toString('base64') }),
    ...(contentProtection === undefined ? {} : { contentProtection }),
    ...(hls === undefined ? {} : { hls }),
    ...(smooth === undefined ? {} : { smooth: Buffer.from(smooth).toString('base64') }),
  };
}

/** Throws `request/invalid`, which names the part that cannot be read. */
export function givenSystem(stored: StoredSignalling): GivenSystem {
  const { systemId } = stored;
  return {
    kind: 'given',
    systemId,
    pssh: part('PSSH', stored, ({ pssh }) =>
      pssh === undefined ? undefined : checkedPssh(Buffer.from(pssh, 'base64'), systemId),
    ),
    contentProtection: part('ContentProtectionData', stored, readContentProtection),
    hls: part('HLSSignalingData', stored, ({ hls = '' }) => readKeys(hls)),
    smooth: stored.smooth === undefined ? undefined : Buffer.from(stored.smooth, 'base64'),
    licenseUrl: undefined,
  };
}

function part<T>(name: string, stored: StoredSignalling, read: (stored: StoredSignalling) => T): T {
  try {
    return read(stored);
  } catch (cause) {
    const field = `CPIX/DRMSystemList/DRMSystem/${name}`;
    throw new AppError('request/invalid', `${field} of the system ${stored.systemId} cannot be read.`, {
      details: { field },
      cause,
    });
  }
}

function checkedPssh(box: Uint8Array, systemId: string): Uint8Array {
  const boxes = readBoxes(box);
  const header = parsePssh(boxes.require('pssh'));
  if (header.systemId !== systemId) {
    throw new Error('The box is that of another system.');
  }
  return box;
}

/** Without the `pssh`, which is said for itself. */
function readContentProtection({ contentProtection, pssh }: StoredSignalling): readonly XmlElement[] {
  if (contentProtection === undefined) {
    return [];
  }
  const { children } = readXml(
    `<ContentProtection ${DECLARED}>${contentProtection}</ContentProtection>`,
    XML_LIMITS,
  );
  return children
    .filter((child) => typeof child === 'object')
    .filter(({ name, namespace }) => pssh === undefined || name !== 'pssh' || namespace !== CENC.namespace);
}

const KEY_TAG = '#EXT-X-KEY:';

function readKeys(text: string): readonly EncryptionKey[] {
  const lines = text.split(/\r\n|\n/).filter((line) => line !== '');
  return lines.map((line, index) => {
    if (!line.startsWith(KEY_TAG)) {
      throw new Error('A line is no EXT-X-KEY.');
    }
    const key = parseKey({ name: 'EXT-X-KEY', value: line.slice(KEY_TAG.length), line: index + 1 });
    if (key.method === 'NONE') {
      throw new Error('A key is METHOD=NONE.');
    }
    return key;
  });
}
