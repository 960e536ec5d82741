// Streamlit's own words, in Chinese. It has no setting for them.
(() => {
  const words = {
    "Drag and drop files here": "把文件拖到这里",
    "Drag and drop file here": "把文件拖到这里",
    "Browse files": "选择文件",
    "Upload": "选择文件",
    "Choose options": "请选择",
    "Choose an option": "请选择",
    "Select all": "全选",
    "No results": "没有结果",
    "No options to select": "没有可选项",
    "Press Enter to apply": "按回车生效",
    "Connecting": "连接中",
    "Running...": "计算中…",
    "Stop": "停止",
    "Rerun": "重新计算",
    "Settings": "设置",
    "System": "跟随系统",
    "Light": "浅色",
    "Dark": "深色",
    "Print": "打印",
    "Record a screencast": "录屏",
    "Record screen": "录屏",
    "About": "关于",
    "Search": "搜索",
    "Fullscreen": "全屏",
    "View fullscreen": "全屏",
    "Close fullscreen": "退出全屏",
    "Download as CSV": "下载 CSV",
    "Show/hide columns": "显示或隐藏列",
    "Sort ascending": "升序",
    "Sort descending": "降序",
    "Autosize": "自动列宽",
    "Pin column": "固定列",
    "Unpin column": "取消固定",
    "Hide column": "隐藏列",
    "Format": "格式",
    "empty": "空",
    "Page not found": "没有这个页面",
  };
  const patterns = [[/^Limit (\S+) per file( • (.*))?$/, (m) => `每个文件不超过 ${m[1]}${m[3] ? " · " + m[3] : ""}`], [/^(\S+) per file( • (.*))?$/, (m) => `每个文件不超过 ${m[1]}${m[3] ? " · " + m[3] : ""}`]];
  const said = (text) => {
    const key = text.trim();
    if (Object.hasOwn(words, key)) return text.replace(key, words[key]);
    for (const [pattern, make] of patterns) {
      const match = key.match(pattern);
      if (match) return make(match);
    }
    return null;
  };
  const visit = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      const other = said(node.data);
      if (other !== null && other !== node.data) node.data = other;
    } else if (node.nodeType === Node.ELEMENT_NODE) {
      for (const name of ["title", "aria-label", "placeholder"]) {
        const value = node.getAttribute(name);
        const other = value && said(value);
        if (other && other !== value) node.setAttribute(name, other);
      }
      node.childNodes.forEach(visit);
    }
  };
  new MutationObserver((changes) => changes.forEach((change) => {
    change.addedNodes.forEach(visit);
    if (change.type === "characterData") visit(change.target);
  })).observe(document.documentElement, { childList: true, subtree: true, characterData: true });
})();
