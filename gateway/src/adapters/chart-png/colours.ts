/** The console's, in light mode: see adapters/http/assets/console.css, which a test compares. */
export const COLOURS = {
  card: "#ffffff",
  text: "#1d2723",
  faint: "#58655f",
  line: "#dde3df",
  accent: "#1f6f5c",
  watch: "#85540a",
  bad: "#b3261e",
} as const;
