import { defineConfig } from "vitest/config";
import { words } from "./build/words.ts";

export default defineConfig({
  plugins: [words()],
  build: {
    target: ["es2022", "safari16", "chrome111"],
    modulePreload: false,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
  },
  test: { environment: "happy-dom", include: ["tests/**/*.test.ts"], setupFiles: ["tests/setup.ts"] },
});
