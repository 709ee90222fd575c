// The traces of portal/kit/figures.py; `core` brings scatter.
import Plotly from "plotly.js/lib/core";
import bar from "plotly.js/lib/bar";
import heatmap from "plotly.js/lib/heatmap";
import pie from "plotly.js/lib/pie";
import treemap from "plotly.js/lib/treemap";
import waterfall from "plotly.js/lib/waterfall";
import chinese from "plotly.js/lib/locales/zh-cn";

Plotly.register([bar, heatmap, pie, treemap, waterfall, chinese]);

export default Plotly;
