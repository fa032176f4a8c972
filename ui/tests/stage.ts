import type { After } from "../src/guard.ts";
import type { Agent } from "../src/ipc.ts";
import type { Act, Screen, Shown } from "../src/types.ts";
import { open } from "../src/window.ts";

/** Time that passes only when it is told to. */
export class Clock {
  #now = 0;
  #waiting: { readonly at: number; readonly then: () => void }[] = [];

  readonly after: After = (milliseconds, then) => {
    this.#waiting.push({ at: this.#now + milliseconds, then });
  };

  pass(milliseconds: number): void {
    this.#now += milliseconds;
    const due = this.#waiting.filter(({ at }) => at <= this.#now);
    this.#waiting = this.#waiting.filter(({ at }) => at > this.#now);
    for (const { then } of due) then();
  }
}

/** What the window said to its agent. */
export type Said = { number: number; act: Act } | { number: number; pin: string };

/** A window on a blank page, whose agent writes down what is said. */
export class Stage {
  readonly clock = new Clock();
  readonly said: Said[] = [];
  readonly drawn: number[] = [];
  readonly root = document.createElement("main");
  readonly news = document.createElement("p");
  refuses = false;
  #present: Shown | null = null;
  #show: (shown: Shown) => void = () => undefined;

  static async with(screen: Screen | null): Promise<Stage> {
    const stage = new Stage();
    if (screen) stage.#present = { number: 1, language: "vi", screen };
    document.body.replaceChildren(stage.root, stage.news);
    await open({ screen: stage.root, news: stage.news }, stage.#agent(), stage.clock.after);
    return stage;
  }

  #agent(): Agent {
    return {
      view: async () => this.#present,
      act: async (number, act) => {
        this.said.push({ number, act });
        if (this.refuses) throw new Error("refused");
      },
      drawn: async (number) => {
        this.drawn.push(number);
        if (this.refuses) throw new Error("refused");
      },
      enterPin: async (number, pin) => {
        this.said.push({ number, pin: new TextDecoder().decode(pin) });
      },
      onShown: async (show) => {
        this.#show = show;
      },
    };
  }

  show(shown: Shown): void {
    this.#present = shown;
    this.#show(shown);
  }

  /** Shows the next screen. */
  next(screen: Screen, language: "vi" | "en" = "vi"): void {
    this.show({ number: (this.#present?.number ?? 0) + 1, language, screen });
  }

  get<E extends HTMLElement = HTMLButtonElement>(id: string): E {
    const found = this.root.querySelector<E>(`#${id}`);
    if (!found) throw new Error(`no #${id}`);
    return found;
  }

  type(id: string, text: string): void {
    const field = this.get<HTMLInputElement>(id);
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** What was said last. */
  last(): Said | undefined {
    return this.said.at(-1);
  }
}

/** Stands in for what the happy DOM can't know: whether the end of a text is in sight. */
export class Sight {
  static all: Sight[] = [];
  #seen: (entries: { isIntersecting: boolean }[]) => void;

  constructor(seen: (entries: { isIntersecting: boolean }[]) => void) {
    this.#seen = seen;
    Sight.all.push(this);
  }

  observe(): void {}
  disconnect(): void {}

  reach(isIntersecting: boolean): void {
    this.#seen([{ isIntersecting }]);
  }
}
