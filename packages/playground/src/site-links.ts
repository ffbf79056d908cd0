/** Documents that explain the page, by the names of their files. */
const DOCUMENTS = { "getting-started": "Documents", "choosing-an-objective": "Choosing an objective", concepts: "Concepts" };

/**
 * Links to the documents and to the repository, as HTML.
 *
 * @param site the address of the site from the page, such as `../`; without it the page stands alone, without documents.
 * @param repository the repository's address as package.json gives it.
 */
export function linksOfSite(site: string | undefined, repository: string | undefined): string {
  const documents = site === undefined ? [] : Object.entries(DOCUMENTS).map(([name, title]) => [`${site}documents/${name}.html`, title]);
  const source = repository === undefined ? [] : [[repository.replace(/^git\+|\.git$/g, ""), "Source"]];
  return [...documents, ...source].map(([address, title]) => `<a href="${address}">${title}</a>`).join("\n        ");
}
