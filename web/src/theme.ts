import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const ink: MantineColorsTuple = [
  "#eef1fc",
  "#dbe1f6",
  "#b6c1ea",
  "#8f9fdf",
  "#6e82d4",
  "#566dca",
  "#4259b8",
  "#36499d",
  "#2b3a8c",
  "#1e2a6b",
];

export const theme = createTheme({
  primaryColor: "ink",
  primaryShade: { light: 7, dark: 5 },
  colors: { ink },
  defaultRadius: "md",
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, monospace',
  headings: { fontWeight: "650" },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Card: { defaultProps: { withBorder: true, padding: "lg", radius: "lg" } },
    // The head of a dialog is no banner of the page.
    Drawer: { defaultProps: { attributes: { header: { role: "none" } } } },
    Modal: {
      defaultProps: {
        attributes: { header: { role: "none" } },
        centered: true,
        radius: "lg",
        overlayProps: { backgroundOpacity: 0.4 },
      },
    },
    Button: { defaultProps: { radius: "md" } },
    PasswordInput: { defaultProps: { withAsterisk: false } },
    Select: { defaultProps: { allowDeselect: false } },
    Table: { defaultProps: { verticalSpacing: "sm", horizontalSpacing: "sm" } },
    TextInput: { defaultProps: { withAsterisk: false } },
  },
});

/** Dimmed, placeholder and error texts dark enough to be read by everybody (4.5 : 1 and more). */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#f6f7fa",
    "--mantine-color-dimmed": "#566072",
    "--mantine-color-placeholder": "#636c7e",
    "--mantine-color-error": "#b42318",
    "--mantine-color-red-outline": "#b42318",
    "--mantine-color-anchor": "#2b3a8c",
    "--inkmeter-surface": "#ffffff",
    "--inkmeter-good": "#166a3d",
    "--inkmeter-good-soft": "#e5f4ea",
    "--inkmeter-watch": "#8a4b00",
    "--inkmeter-watch-soft": "#fdf1dd",
    "--inkmeter-bad": "#a61b1b",
    "--inkmeter-bad-soft": "#fdeaea",
    "--inkmeter-plain": "#475063",
    "--inkmeter-plain-soft": "#eceef3",
    "--inkmeter-accent": "#36499d",
    "--inkmeter-accent-soft": "#e8ecfa",
  },
  dark: {
    "--mantine-color-body": "#14171f",
    "--mantine-color-dimmed": "#a3adc0",
    "--mantine-color-placeholder": "#97a1b4",
    "--mantine-color-error": "#ff9a8f",
    "--mantine-color-red-outline": "#ff9a8f",
    "--mantine-color-anchor": "#aebcf5",
    "--inkmeter-surface": "#1c202b",
    "--inkmeter-good": "#7fdba4",
    "--inkmeter-good-soft": "#17352a",
    "--inkmeter-watch": "#f3c37c",
    "--inkmeter-watch-soft": "#3a2c14",
    "--inkmeter-bad": "#ffa3a3",
    "--inkmeter-bad-soft": "#3f1d20",
    "--inkmeter-plain": "#bcc4d4",
    "--inkmeter-plain-soft": "#2a303e",
    "--inkmeter-accent": "#aebcf5",
    "--inkmeter-accent-soft": "#262f52",
  },
});
