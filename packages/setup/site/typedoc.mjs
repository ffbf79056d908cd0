// What the site shows beside TypeDoc's own: a link to the playground, documents by the titles that their pages have, and no heading twice.
import { JSX, ReflectionKind, RendererEvent } from "typedoc";

const TITLE = /^\s*# (.+)\n+/;

/** The first heading of a Markdown text as words. */
const titleOf = ([first]) => TITLE.exec(first?.text ?? "")?.[1].replaceAll("`", "");

/** The text without its first heading. */
function withoutTitle([first, ...others]) {
  return [{ ...first, text: first.text.replace(TITLE, "") }, ...others];
}

export function load(app) {
  // packages/setup/site/playground.mjs puts it there.
  app.renderer.hooks.on("sidebar.begin", (page) =>
    JSX.createElement("p", null, JSX.createElement("a", { href: page.relativeURL("playground/index.html") }, "Playground")),
  );
  // The addresses of pages are made by now, from the names of files.
  app.renderer.on(RendererEvent.BEGIN, ({ project }) => {
    for (const document of project.getReflectionsByKind(ReflectionKind.Document))
      document.name = titleOf(document.content) ?? document.name;
    for (const shown of [project, ...project.getReflectionsByKind(ReflectionKind.Module)]) {
      if (titleOf(shown.readme ?? []) !== undefined) shown.readme = withoutTitle(shown.readme);
    }
  });
}
