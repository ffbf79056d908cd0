/** A page's program that uses the element by its tag. It is compiled, not run. */
import { sets } from "@webgfn/envs";
import { defineSamplerElement, type SamplerElement } from "@webgfn/sampler/element";
import "webgfn/element";

export async function samples(): Promise<number> {
  defineSamplerElement({ environments: { sets } });
  const element = document.querySelector("webgfn-sampler");
  if (element === null) return 0;
  element.setAttribute("seed", "random");
  element.format = ({ logReward }, { objects, title }) =>
    Object.assign(document.createElement("b"), { title, textContent: objects.kind + logReward });
  element.addEventListener("error", ({ target }) => (target as HTMLElement).remove());
  const [first] = await (element as SamplerElement<{ items: number[] }>).sample(3);
  for await (const batch of element.stream(1000)) if (batch.length < 64) break;
  return first?.object.items[0] ?? 0;
}
