import type { SamplerElementAttributes } from "@webgfn/sampler/element";
import { useState } from "react";

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "webgfn-sampler": SamplerElementAttributes & { children?: ReactNode };
    }
  }
}

/** The element in a component: it shows five samples, and the component counts those with item 0. */
export function SetsByElement({ source }: { source: string }) {
  const [count, setCount] = useState(0);
  const onsample: SamplerElementAttributes["onsample"] = ({ detail }) =>
    setCount(detail.filter(({ object }) => (object as { items: number[] }).items.includes(0)).length);
  return (
    <>
      <webgfn-sampler src={source} count={5} seed="random" onsample={onsample}>
        Loading …
      </webgfn-sampler>
      <p>{count} of them have item 0.</p>
    </>
  );
}
