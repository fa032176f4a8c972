import { beforeEach, vi } from "vitest";
import { Sight } from "./stage.ts";

beforeEach(() => {
  Sight.all = [];
  vi.stubGlobal("IntersectionObserver", Sight);
});
