// The traces of portal/kit/figures.py; `core` brings scatter.
import Plotly from "plotly.js/lib/core";
import bar from "plotly.js/lib/bar";
import chinese from "plotly.js/lib/locales/zh-cn";

Plotly.register([bar, chinese]);

export default Plotly;
