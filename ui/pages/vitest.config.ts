import { defineConfig } from "vitest/config";
import { words } from "../build/words.ts";

export default defineConfig({
  plugins: [words()],
  test: {
    include: ["pages/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
