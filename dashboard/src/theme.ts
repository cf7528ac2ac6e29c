import { createTheme, type MantineColorsTuple } from "@mantine/core";

const ink: MantineColorsTuple = [
  "#edf2ff",
  "#dbe4ff",
  "#bac8ff",
  "#91a7ff",
  "#748ffc",
  "#5c7cfa",
  "#4c6ef5",
  "#4263eb",
  "#3b5bdb",
  "#364fc7",
];

// Mantine's greys of the dark scheme are warm; these go with the ground and panels of base.css.
const dark: MantineColorsTuple = [
  "#c9ced8",
  "#b6bcc8",
  "#9aa2b1",
  "#7b8393",
  "#3a404c",
  "#2b2f38",
  "#22262f",
  "#1a1d24",
  "#14161b",
  "#0e1014",
];

export const theme = createTheme({
  primaryColor: "ink",
  colors: { ink, dark },
  primaryShade: { light: 8, dark: 8 },
  defaultRadius: "md",
  fontFamily:
    "'Inter Variable', Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', Menlo, Consolas, 'Liberation Mono', monospace",
  headings: { fontWeight: "650" },
  respectReducedMotion: true,
  components: {
    // The colours that Mantine has for these on a tinted ground fall short of a contrast of 4.5.
    Alert: { styles: { title: { color: "var(--mantine-color-text)" } } },
    Modal: { styles: { title: { fontWeight: 650 } } },
  },
});
