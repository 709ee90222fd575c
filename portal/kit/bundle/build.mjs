// node build.mjs OUTPUT: one file that sets window.Plotly, like the full one does.
import { readFile } from "node:fs/promises";
import { build } from "esbuild";

const styles = { // plotly.js imports its style sheet; a script puts it into the page
  name: "styles",
  setup(plugin) {
    plugin.onLoad({ filter: /\.css$/ }, async ({ path }) => ({
      contents: `const style = document.createElement("style"); style.textContent = ${JSON.stringify(await readFile(path, "utf8"))}; document.head.append(style);`,
      loader: "js",
    }));
  },
};

await build({
  entryPoints: ["plotly.js"],
  outfile: process.argv[2],
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "PlotlyBundle",
  footer: { js: "window.Plotly = PlotlyBundle.default;" },
  define: { global: "window", "define.amd": "false", "process.env.NODE_DEBUG": "false", "process.env.NODE_ENV": '"production"' },
  alias: { stream: "stream-browserify", regl: "@plotly/regl" },
  plugins: [styles],
  legalComments: "none",
  banner: { js: "/* plotly.js, Copyright Plotly, Inc., MIT licence; part of it */" },
  target: "es2020",
  logLevel: "warning",
});
