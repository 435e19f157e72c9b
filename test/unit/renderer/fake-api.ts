import type { RouteName } from '../../../src-main/shared/api/routes.ts';
import type { Api, Call } from '../../../src-renderer/api/client.ts';
import { ApiError, pageProblem } from '../../../src-renderer/api/problem.ts';

export type FakeApi = Api & { readonly asked: { readonly name: RouteName; readonly options: unknown }[] };

/** An api whose answers a test gives by name; what has none fails like a service that is away. */
export function fakeApi(answers: Partial<Record<RouteName, (options: unknown) => unknown>>): FakeApi {
  const asked: { name: RouteName; options: unknown }[] = [];
  const call: Call = async (name, ...[options]) => {
    asked.push({ name, options });
    const answer = answers[name];
    if (answer === undefined) {
      throw new ApiError(pageProblem('page/unreachable', `no ${name}`));
    }
    // The test is who says what is answered.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
    return (await answer(options)) as never;
  };
  return {
    asked,
    call,
    urlOf: (name) => name,
    open: () => Promise.reject(new ApiError(pageProblem('page/unreachable', 'no streams'))),
  };
}
