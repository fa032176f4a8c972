declare module "virtual:words" {
  export const words: Readonly<Record<"vi" | "en", Readonly<Record<string, string>>>>;
}
