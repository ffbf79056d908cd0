import { type EnvironmentMakers, type LoadOptions, loadSampler, type ObjectOf, type Sampler } from "@webgfn/sampler";
import type { WebgfnError } from "@webgfn/tensor";
import { useEffect, useState } from "react";

/** A sampler once it has loaded, or why there is none. */
export interface Loading<M extends EnvironmentMakers> {
  sampler?: Sampler<ObjectOf<M>>;
  error?: WebgfnError;
}

/**
 * Loads a checkpoint when the component is mounted, and frees the GPU's memory when it is unmounted. On a server it does nothing.
 *
 * @param options an object that stays the same: a constant outside of the component, or one from `useMemo`. Another one loads again.
 */
export function useSampler<M extends EnvironmentMakers>(source: string, options: LoadOptions<M>): Loading<M> {
  const [loading, setLoading] = useState<Loading<M>>({});
  useEffect(() => {
    // StrictMode mounts twice: the first download is cancelled, and leaves nothing on the GPU.
    const unmounted = new AbortController();
    let loaded: Sampler | undefined;
    setLoading({});
    loadSampler(source, { ...options, signal: unmounted.signal }).then(
      (sampler) => {
        loaded = sampler;
        if (unmounted.signal.aborted) sampler.dispose();
        else setLoading({ sampler });
      },
      (error) => {
        if (!unmounted.signal.aborted) setLoading({ error });
      },
    );
    return () => {
      unmounted.abort();
      loaded?.dispose();
    };
  }, [source, options]);
  return loading;
}
