import { byId } from "./elements.js";

/** Fits the page to its place: links within it, narrow screens, and frames of other pages (`?embed`). */
export function arrangeLayout(): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>('header a[href^="#"], .skip')) {
    // The address holds the settings, and keeps them.
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const place = byId(link.hash.slice(1));
      if (place instanceof HTMLDetailsElement) place.open = true;
      place.scrollIntoView();
      place.focus({ preventScroll: true });
    });
  }
  if (new URLSearchParams(location.search).has("embed")) document.body.classList.add("embed");

  // On narrow screens the settings are closed at first, so that the results are visible; on wide screens they are always open.
  const narrow = matchMedia("(max-width: 56rem)");
  const openSettings = () => {
    byId<HTMLDetailsElement>("settings-box").open = !narrow.matches;
  };
  narrow.addEventListener("change", openSettings);
  openSettings();
}
