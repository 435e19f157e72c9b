import { AppError } from '../../../shared/app-error.ts';
import type { ErrorCode } from '../../../shared/error-codes.ts';
import type { StoreAnswer } from './object-store.ts';

/** Where it was, for people. */
type Place = { readonly server: string; readonly container: string };

/** What a service means by its word, or by the status when it has none that is known. */
type Meaning = 'skew' | 'key' | 'right' | 'container' | 'busy' | 'again' | 'region';

const S3_WORDS: Readonly<Record<string, Meaning>> = {
  RequestTimeTooSkewed: 'skew',
  RequestExpired: 'skew',
  SignatureDoesNotMatch: 'key',
  InvalidAccessKeyId: 'key',
  ExpiredToken: 'key',
  InvalidToken: 'key',
  InvalidSecurity: 'key',
  AccessDenied: 'right',
  AllAccessDisabled: 'right',
  AccountProblem: 'right',
  NoSuchBucket: 'container',
  InvalidBucketName: 'container',
  AuthorizationHeaderMalformed: 'region',
  PermanentRedirect: 'region',
  // Of status 400, but they are about the moment.
  RequestTimeout: 'again',
  BadDigest: 'again',
  IncompleteBody: 'again',
  OperationAborted: 'again',
  SlowDown: 'busy',
};

const AZURE_WORDS: Readonly<Record<string, Meaning>> = {
  AuthenticationFailed: 'key',
  InvalidAuthenticationInfo: 'key',
  AuthorizationFailure: 'right',
  AuthorizationPermissionMismatch: 'right',
  AuthorizationProtocolMismatch: 'right',
  AuthorizationSourceIPMismatch: 'right',
  InsufficientAccountPermissions: 'right',
  AccountIsDisabled: 'right',
  ContainerNotFound: 'container',
  ContainerDisabled: 'container',
  ContainerBeingDeleted: 'container',
  InvalidResourceName: 'container',
  OperationTimedOut: 'again',
  Md5Mismatch: 'again',
  ServerBusy: 'busy',
};

/** An answer of an S3 service that is no success, as what went wrong. */
export function explainS3(answer: StoreAnswer, place: Place): AppError {
  const word = /<Code>([\w.]{1,64})<\/Code>/.exec(answer.text)?.[1];
  return explain(answer, place, word, S3_WORDS);
}

/** The same of Azure, which says in the words behind `AuthenticationFailed` whether it was the clock. */
export function explainAzure(answer: StoreAnswer, place: Place): AppError {
  const word = answer.headers['x-ms-error-code'] ?? /<Code>([\w.]{1,64})<\/Code>/.exec(answer.text)?.[1];
  const isSkewed = word === 'AuthenticationFailed' && /request date|date header/i.test(answer.text);
  return explain(answer, place, isSkewed ? 'RequestTimeTooSkewed' : word, {
    ...AZURE_WORDS,
    RequestTimeTooSkewed: 'skew',
  });
}

function explain(
  answer: StoreAnswer,
  { server, container }: Place,
  word: string | undefined,
  words: Readonly<Record<string, Meaning>>,
): AppError {
  const known = word !== undefined && Object.hasOwn(words, word) ? words[word] : undefined;
  const reason = word === undefined ? `status ${answer.status}` : `${word}, status ${answer.status}`;
  const refuse = (code: ErrorCode, detail: string): AppError =>
    new AppError(code, detail, {
      details: {
        server,
        container,
        status: answer.status,
        ...(word === undefined ? {} : { word }),
        ...retryAfter(answer),
      },
    });
  switch (known ?? meaningOf(answer.status)) {
    case 'skew':
      return refuse(
        'upload/clock-skew',
        `The clock of this computer differs too much from that of ${server}${said(answer)}. Set it, start Lectern again, and then start the upload.`,
      );
    case 'key':
      return refuse('upload/denied', `${server} does not accept the key (${reason}). Enter it again.`);
    case 'right':
      return refuse(
        'upload/denied',
        `${server} does not let this key write to ${container} (${reason}). Give the key the right to write and to delete.`,
      );
    case 'container':
      return refuse(
        'upload/no-container',
        `There is no ${container} at ${server} (${reason}). Create it, or correct its name.`,
      );
    case 'region':
      return refuse(
        'upload/refused',
        `${container} is in another region${regionOf(answer)} (${reason}). Correct the region.`,
      );
    case 'busy':
      return refuse('upload/slow-down', `${server} asks to be sent less for a while (${reason}).`);
    case 'again':
      return refuse('upload/unreachable', `${server} could not take what was sent (${reason}). It is sent again.`);
    case undefined:
      return refuse('upload/refused', `${server} refuses what it is sent (${reason}).`);
  }
}

function meaningOf(status: number): Meaning | undefined {
  if (status === 429 || status === 503) {
    return 'busy';
  }
  // 501 and 505 are about the request, whenever it is sent.
  if ([408, 425, 500, 502, 504, 507].includes(status) || status >= 509) {
    return 'again';
  }
  if (status === 401 || status === 403) {
    return 'right';
  }
  if (status === 404) {
    return 'container';
  }
  return status === 301 ? 'region' : undefined;
}

function retryAfter({ headers }: StoreAnswer): { readonly retryAfterSeconds?: number } {
  const text = headers['retry-after'];
  return text !== undefined && /^\d{1,9}$/.test(text) ? { retryAfterSeconds: Number(text) } : {};
}

function said({ headers }: StoreAnswer): string {
  const { date } = headers;
  return date === undefined ? '' : `, which says ${date}`;
}

function regionOf({ headers, text }: StoreAnswer): string {
  const region = headers['x-amz-bucket-region'] ?? /<Region>([\w-]{1,64})<\/Region>/.exec(text)?.[1];
  return region === undefined ? '' : `, ${region}`;
}
