/**
 * For what may fail and costs nobody anything: gives what an action returns, or undefined. The first failure is told, and the next one only when it
 * has worked again in the meantime.
 */
export function createAttempts(onFault: (error: unknown) => void): <T>(action: () => T) => T | undefined {
  let isFaulty = false;
  return (action) => {
    try {
      const result = action();
      isFaulty = false;
      return result;
    } catch (error) {
      if (!isFaulty) {
        isFaulty = true;
        onFault(error);
      }
      return undefined;
    }
  };
}
