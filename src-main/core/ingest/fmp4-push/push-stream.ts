import { type Exchange, hasBody } from './exchange.ts';
import { type Link, openLink, type PushContext } from './link.ts';
import { createStreamFeed } from './stream-feed.ts';

/**
 * One stream in one body, as long as it lasts (spec 2.8; DASH-IF Live Media Ingest 1.2, §6). A body of nothing is a question whether the
 * address is right.
 *
 * Rejects with what the answer is to say, `StreamEnded` among it.
 */
export async function pushStream(
  context: PushContext,
  exchange: Exchange,
  { accessToken, streamName }: { readonly accessToken: string; readonly streamName: string },
): Promise<void> {
  if (!hasBody(exchange.request)) {
    return;
  }
  const { limits } = context;
  using memory = context.memory.open();
  using body = context.openBody(exchange, { idleMs: limits.bodyIdleMs, progressMs: limits.progressMs });
  const path = `/ingest.isml/streams(${streamName})`;
  let link: Link | undefined;
  const connect = (): Link => {
    link ??= openLink(context, exchange, { accessToken, streamName, path, onEnded: body.stop });
    return link;
  };
  const feed = createStreamFeed({ intake: () => connect().intake, memory, maxBoxBytes: limits.boxBytes });
  try {
    const ended = await body.read((bytes) => {
      const { intake } = connect();
      const progressed = feed.push(bytes);
      if (intake.isSparse()) {
        body.setPace({ idleMs: limits.sparseIdleMs, progressMs: limits.sparseIdleMs });
      }
      return progressed;
    });
    if (link !== undefined && ended === 'complete') {
      feed.end();
    }
    link?.end(ended === 'complete' ? 'S_OK' : 'MPE_CLIENT_DISCONNECTED');
  } catch (error) {
    link?.end(error);
    throw error;
  }
}
