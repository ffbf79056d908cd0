// `npx vite docs/examples/react` serves the example; its checkpoint is that of docs/embed.
export default { publicDir: "../../embed/public" };
