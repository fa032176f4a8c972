import type { Shown } from "../src/types.ts";

declare global {
  /** What stands in for the window's own program inside the page. */
  const stage: { readonly said: unknown[]; listens(): boolean; show(shown: Shown): void };
}
