import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Sets } from "./app.js";

createRoot(document.querySelector("#root") as HTMLElement).render(
  <StrictMode>
    <Sets source="sets.safetensors" />
  </StrictMode>,
);
