import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../shared/app-error.ts';
import type { ManifestAnswer, MediaAnswer, Packager, StreamingResource } from '../ports/packaging.ts';
import type { FindPublication, Publication } from '../ports/presentation.ts';
import type { StoryboardAddress, Storyboards } from '../ports/storyboard.ts';
import { prefersGzip } from './accept-encoding.ts';
import type { GrowingAnswers } from './growing.ts';
import type { HeldRequests } from './held-requests.ts';
import { prefetchHeaders } from './prefetch.ts';
import type { Exchange, HeaderList, Representation, Responder } from './respond.ts';
import type { Viewers } from './viewers.ts';

/** Answers streaming addresses with what packaging makes of them. */
export type Streams = {
  readonly send: (exchange: Exchange, path: string, query: string) => Promise<void>;
};

export function createStreams(options: {
  readonly packager: Packager;
  /** Without it there are no pictures for seeking. */
  readonly storyboards?: Storyboards | undefined;
  readonly findPublication: FindPublication;
  readonly responder: Responder;
  readonly held: HeldRequests;
  readonly growing: GrowingAnswers;
  readonly viewers: Viewers;
  readonly clock: Clock;
}): Streams {
  const { packager, storyboards, findPublication, responder, held, growing, viewers, clock } = options;

  const hints = ({ request }: Exchange, publication: Publication, resource: StreamingResource): HeaderList =>
    prefetchHeaders(request, () => packager.next(publication, resource));

  async function publicationOf(
    { locatorId, manifestName }: Pick<StoryboardAddress, 'locatorId' | 'manifestName'>,
    exchange: Exchange,
  ): Promise<Publication> {
    const publication = await findPublication(locatorId);
    if (publication?.manifestName !== manifestName) {
      throw new AppError('MPE_RESOURCE_NOT_FOUND', 'There is no stream at this address.');
    }
    checkAdmitted(publication, exchange);
    return publication;
  }

  /** Who looks at pictures need not be watching. */
  async function sendPictures(
    exchange: Exchange,
    storyboard: Storyboards,
    named: StoryboardAddress,
  ): Promise<void> {
    const answer = await storyboard.answer(await publicationOf(named, exchange), named.resource);
    responder.represent(exchange, answer.kind === 'manifest' ? manifest(answer, exchange, []) : media(answer, []));
  }

  return {
    async send(exchange, path, query) {
      const pictures = storyboards?.parse(path);
      if (storyboards !== undefined && pictures !== undefined) {
        await sendPictures(exchange, storyboards, pictures);
        return;
      }
      const { resource: named, ...address } = packager.parse(path);
      const { locatorId } = address;
      const publication = await publicationOf(address, exchange);
      const resource = asAsked(named, exchange);
      if (resource.kind !== 'manifest' && exchange.request.method === 'GET') {
        viewers.seen(locatorId, exchange.request, exchange.address);
      }
      const made = packager.answer(publication, resource, query);
      let answer = made instanceof Promise ? await made : made;
      let timing: readonly string[] = [];
      if (answer.kind === 'not-yet') {
        const sinceMs = clock.monotonicMs();
        const ready = await held.wait(answer, exchange.address, exchange.response);
        if (ready === undefined) {
          return;
        }
        answer = ready;
        // So that players do not take the wait for a slow network.
        timing = ['Server-Timing', `held;dur=${Math.round(clock.monotonicMs() - sinceMs)}`];
      }
      switch (answer.kind) {
        case 'manifest':
          responder.represent(exchange, manifest(answer, exchange, timing));
          break;
        case 'media':
          responder.represent(exchange, media(answer, [...timing, ...hints(exchange, publication, resource)]));
          break;
        case 'growing':
          await growing.send(exchange, answer);
          break;
      }
    },
  };
}

/**
 * `Lectern-Whole-Segments: 1` is how a cache in front says that it cannot pass on what is still being written (`resources/shield`). No `Vary` for
 * it: it is for the one who sends it, with everything.
 */
function asAsked(resource: StreamingResource, { request }: Exchange): StreamingResource {
  return request.headers['lectern-whole-segments'] === '1' ? { ...resource, whole: true } : resource;
}

/** Throws `origin/address-denied`. */
export function checkAdmitted(publication: Publication, { address }: Exchange): void {
  if (publication.admits?.(address) === false) {
    throw new AppError('origin/address-denied', 'Viewers of this address are not let in.');
  }
}

function manifest(
  { document, lifetime }: ManifestAnswer,
  { request }: Exchange,
  timing: readonly string[],
): Representation {
  const packed = prefersGzip(request.headers['accept-encoding']);
  const bytes = packed ? document.gzip() : document.identity();
  return {
    contentType: document.contentType,
    // Other bytes are another representation, with a tag of its own (RFC 9110 §8.8.3.3).
    entityTag: packed ? `"${document.version}-gz"` : `"${document.version}"`,
    madeAtMs: document.madeAtMs,
    lifetime,
    chunks: [bytes],
    size: bytes.byteLength,
    extra: ['Vary', 'Accept-Encoding', ...(packed ? ['Content-Encoding', 'gzip'] : []), ...timing],
  };
}

function media(answer: MediaAnswer, extra: readonly string[]): Representation {
  const { contentType, version, madeAtMs, lifetime, chunks, size } = answer;
  return { contentType, entityTag: `"${version}"`, madeAtMs, lifetime, chunks, size, extra };
}
