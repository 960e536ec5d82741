// Streamlit's own words, in Chinese. It has no setting for them. What our pages and people wrote is left as it is.
(() => {
  const words = {
    "Drag and drop files here": "把文件拖到这里",
    "Drag and drop file here": "把文件拖到这里",
    "Drag and drop": "拖到这里",
    "Browse files": "选择文件",
    "Upload": "选择文件",
    "file upload": "选择文件",
    "Only one file is allowed.": "只能选一个文件。",
    "Choose options": "请选择",
    "Choose an option": "请选择",
    "Add an option": "添加一项",
    "Choose date": "选择日期",
    "Choose date range": "选择起止日期",
    "Previous month": "上个月",
    "Next month": "下个月",
    "Select all": "全选",
    "No results": "没有结果",
    "No options": "没有可选项",
    "No options to select": "没有可选项",
    "Press Enter to apply": "按回车生效",
    "Press Enter to submit form": "按回车提交",
    "Press Enter to add": "按回车添加",
    "Press Ctrl+Enter to apply": "按 Ctrl+回车生效",
    "Press Ctrl+Enter to submit form": "按 Ctrl+回车提交",
    "Press ⌘+Enter to apply": "按 ⌘+回车生效",
    "Press ⌘+Enter to submit form": "按 ⌘+回车提交",
    "Please fill out this field.": "请填写这一项。",
    "Increment": "加",
    "Decrement": "减",
    "Clear value": "清空",
    "Clear all": "全部清空",
    "Clear selection": "清空所选",
    "Clear": "清空",
    "Show password text": "显示密码",
    "Hide password text": "隐藏密码",
    "Show more": "展开",
    "Show less": "收起",
    "View less": "收起",
    "Open": "打开",
    "Close": "关闭",
    "Close popup": "关闭",
    "Dismiss": "关闭",
    "Cancel": "取消",
    "Sidebar": "侧栏",
    "Collapse sidebar": "收起侧栏",
    "Expand sidebar": "展开侧栏",
    "Open sidebar": "展开侧栏",
    "Close sidebar": "收起侧栏",
    "Skip to main content": "跳到正文",
    "Main menu": "菜单",
    "Connecting": "连接中",
    "CONNECTING": "连接中",
    "Connection error": "连接中断",
    "Connection closed": "连接已断开",
    "Network error": "网络出错",
    "Running...": "计算中…",
    "Running": "计算中",
    "Stop": "停止",
    "Rerun": "重新计算",
    "Always rerun": "总是重新计算",
    "Settings": "设置",
    "Print": "打印",
    "Record a screencast": "录屏",
    "Record screen": "录屏",
    "Start recording": "开始录屏",
    "Stop recording": "停止录屏",
    "Cancel recording": "取消录屏",
    "About": "关于",
    "Get help": "帮助",
    "Wide mode": "宽屏",
    "Appearance": "外观",
    "Use system setting": "跟随系统",
    "Theme": "主题",
    "System": "跟随系统",
    "Light": "浅色",
    "Dark": "深色",
    "Made with Streamlit v": "基于 Streamlit v",
    "Copy version to clipboard": "复制版本号",
    "Copy to clipboard": "复制",
    "Search": "搜索",
    "Fullscreen": "全屏",
    "View fullscreen": "全屏",
    "Enter fullscreen": "全屏",
    "Close fullscreen": "退出全屏",
    "Exit fullscreen": "退出全屏",
    "Download as CSV": "下载 CSV",
    "Download as PNG": "下载图片",
    "Show data": "显示数据",
    "Show chart": "显示图表",
    "Show/hide columns": "显示或隐藏列",
    "Sort ascending": "升序",
    "Sort descending": "降序",
    "Autosize": "自动列宽",
    "Statistics": "统计",
    "Copy column name": "复制列名",
    "Pin column": "固定列",
    "Unpin column": "取消固定",
    "Hide column": "隐藏列",
    "Format": "格式",
    "empty": "空",
    "Copy Vega-Lite spec": "复制图表定义",
    "Selected values": "已选",
    "Use arrow keys to navigate dates. Enter to select. Escape to close.": "方向键移动日期，回车选中，Esc 关闭。",
    "Vega visualization": "图表",
    "visualization": "图表",
    "group mark container": "图层",
    "line mark": "折线",
    "line mark container": "折线",
    "point": "数据点",
    "symbol mark container": "数据点",
    "rect mark container": "柱",
    "bar": "柱",
    "axis": "坐标轴",
    "legend": "图例",
  };
  const parts = { day: "日", month: "月", year: "年", hour: "时", minute: "分" };
  const day = (text) => (isNaN(new Date(text)) ? text : new Date(text).toLocaleDateString("zh-CN", { dateStyle: "long" }));
  const patterns = [
    [/^Limit (\S+) per file( • (.*))?$/, (m) => `每个文件不超过 ${m[1]}${m[3] ? " · " + m[3] : ""}`],
    [/^(\S+) per file( • (.*))?$/, (m) => `每个文件不超过 ${m[1]}${m[3] ? " · " + m[3] : ""}`],
    [/^(\d+) options? available\.?$/, (m) => `有 ${m[1]} 个选项。`],
    [/^Selected Date: (.*)$/, (m) => `已选日期：${day(m[1])}`],
    [/^Choose date, (.*)$/, (m) => `选择日期，${m[1]}`],
    [/^(day|month|year|hour|minute), (.*)$/, (m) => `${parts[m[1]]}，${m[2]}`],
    [/^[XY]-axis for an? \S+ scale with (?:\d+ )?values?:? (.*)$/, (m) => `坐标轴：${m[1].replace("from ", "").replace(" to ", " 至 ").replace("ending with", "至")}`],
    [/^Help for (.*)$/, (m) => `${m[1]}：说明`],
    [/^(Remove|Delete|Clear) (.+)$/, (m) => `移除 ${m[2]}`],
    [/^Selected (.+)\. (.+)$/, (m) => `已选 ${m[1]}`],
    [/^option (.+), selected\.$/, (m) => `已选 ${m[1]}`],
  ];
  const said = (text) => {
    const key = text.trim();
    if (Object.hasOwn(words, key)) return text.replace(key, words[key]);
    for (const [pattern, make] of patterns) {
      const match = key.match(pattern);
      if (match) return make(match);
    }
    return null;
  };
  // Pages write through these; a note that says "Stop" stays as it was typed.
  const OURS = '[data-testid="stHtml"], [data-testid="stMarkdownContainer"], [role="option"], [role="gridcell"], textarea';
  const theirs = '[data-testid="stFileUploaderDropzone"]';  // its button writes through the same, and says nothing of ours
  const isOurs = (node) => {
    const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    return element?.closest(OURS) && !element.closest(theirs);
  };
  const NAMES = ["title", "aria-label", "placeholder", "aria-roledescription"];
  const attribute = (node, name) => {
    const value = node.getAttribute(name);
    const other = value && said(value);
    if (other && other !== value) node.setAttribute(name, other);
  };
  const visit = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      const other = said(node.data);
      if (other !== null && other !== node.data) node.data = other;
    } else if (node.nodeType === Node.ELEMENT_NODE && (!node.matches(OURS) || node.closest(theirs))) {
      NAMES.forEach((name) => attribute(node, name));
      node.childNodes.forEach(visit);
    }
  };
  const changed = (change) => {
    if (isOurs(change.target)) return;
    if (change.type === "characterData") visit(change.target);
    else if (change.type === "attributes") attribute(change.target, change.attributeName);
    else change.addedNodes.forEach(visit);
  };
  // The observer runs before the browser paints: nobody sees the English first, and nothing moves.
  new MutationObserver((changes) => changes.forEach(changed)).observe(document.documentElement, {
    childList: true,
    subtree: true,
    characterData: true,
    attributes: true,
    attributeFilter: NAMES,
  });
  visit(document.documentElement);
})();
