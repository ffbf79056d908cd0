import { WebgfnError } from "@webgfn/tensor";
import { download } from "../page/download.js";

/** Properties of SVG elements that style sheets set. */
const PROPERTIES = [
  "display",
  "fill",
  "fill-opacity",
  "font-family",
  "font-size",
  "font-weight",
  "opacity",
  "stroke",
  "stroke-dasharray",
  "stroke-linecap",
  "stroke-linejoin",
  "stroke-opacity",
  "stroke-width",
  "text-anchor",
];
/** Pixels of a PNG per CSS pixel. */
const SCALE = 2;

/** A drawing of the page as the text of an SVG file, which looks the same without the page's style sheets. */
function svgText(drawing: SVGSVGElement): string {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const originals = [drawing, ...drawing.querySelectorAll<SVGElement>("*")];
  [copy, ...copy.querySelectorAll<SVGElement>("*")].forEach((element, n) => {
    const style = getComputedStyle(originals[n] as SVGElement);
    for (const property of PROPERTIES) element.style.setProperty(property, style.getPropertyValue(property));
    for (const attribute of ["class", "tabindex", "aria-description"]) element.removeAttribute(attribute);
  });
  const { x, y, width, height } = drawing.viewBox.baseVal;
  const paper = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of Object.entries({ x, y, width, height, fill: paperColour() })) paper.setAttribute(name, String(value));
  copy.prepend(paper);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  return `${new XMLSerializer().serializeToString(copy)}\n`;
}

/** Saves a drawing, or the text of an SVG file, as `NAME.svg`. */
export function saveSvg(source: SVGSVGElement | string, name: string): void {
  const text = typeof source === "string" ? source : svgText(source);
  download(`${name}.svg`, new Blob([text], { type: "image/svg+xml" }));
}

/**
 * Saves a drawing, or the text of an SVG file, as `NAME.png`, on the colour of the page.
 *
 * @throws WebgfnError `file` if the page is not allowed to draw its own pictures.
 */
export async function savePng(source: SVGSVGElement | string, name: string): Promise<void> {
  const canvas = await rasterised(source);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (blob === null) throw new WebgfnError("limit", "the picture is too large for a PNG file", { fix: "save it as SVG" });
  download(`${name}.png`, blob);
}

/** Saves text as a file. */
export function saveText(name: string, text: string): void {
  download(name, new Blob([text], { type: "text/plain" }));
}

async function rasterised(source: SVGSVGElement | string): Promise<HTMLCanvasElement> {
  const image = new Image();
  const url = URL.createObjectURL(new Blob([typeof source === "string" ? source : svgText(source)], { type: "image/svg+xml" }));
  try {
    image.src = url;
    await image.decode();
    return onPaper(image, SCALE * image.naturalWidth, SCALE * image.naturalHeight);
  } catch {
    throw new WebgfnError("file", "this page may not load its own drawing as a picture", {
      fix: "save it as SVG, or allow img-src blob: in the page's content security policy",
    });
  } finally {
    URL.revokeObjectURL(url);
  }
}

function onPaper(picture: CanvasImageSource, width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.fillStyle = paperColour();
  context.fillRect(0, 0, width, height);
  context.drawImage(picture, 0, 0, width, height);
  return canvas;
}

const paperColour = (): string => getComputedStyle(document.documentElement).getPropertyValue("--paper").trim() || "#ffffff";
