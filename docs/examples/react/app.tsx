import { sets } from "@webgfn/envs";
import type { Sample } from "@webgfn/sampler";
import type { WebgfnError } from "@webgfn/tensor";
import { useCallback, useEffect, useState } from "react";
import { useSampler } from "./use-sampler.js";

// Outside of the component, so that it is the same object at every render.
const options = { environments: { sets }, seed: 3, batchSize: 64 };

/** Five sets from a trained model, and five others at every click. */
export function Sets({ source }: { source: string }) {
  const { sampler, error } = useSampler(source, options);
  const [samples, setSamples] = useState<Sample<{ items: number[] }>[]>([]);
  const [failure, setFailure] = useState<WebgfnError>();

  const draw = useCallback(() => {
    sampler?.sample(5).then(setSamples, (cause: WebgfnError) => {
      // The component was unmounted meanwhile, or has loaded another checkpoint.
      if (cause.code !== "disposed") setFailure(cause);
    });
  }, [sampler]);
  useEffect(draw, [draw]);

  const problem = error ?? failure;
  if (problem !== undefined) return <p role="alert">{[problem.message, problem.fix].filter(Boolean).join(": ")}</p>;
  if (sampler === undefined) return <p role="status">Loading …</p>;
  return (
    <>
      <ol>
        {samples.map(({ object, logReward }, n) => (
          <li key={n}>
            {sampler.environment.objects.text(object)}, log R = {logReward.toFixed(3)}
          </li>
        ))}
      </ol>
      <button type="button" onClick={draw}>
        Five others
      </button>
    </>
  );
}
