/** Run inside a page: what is written or drawn there with too little contrast to its ground (WCAG 2: 4.5:1, icons 3:1). */
export const FIND_FAINT = `(() => {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = color;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, ground) => [0, 1, 2].map((at) => top[at] * top[3] + ground[at] * (1 - top[3])).concat(1);
  const groundOf = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((ground, layer) => over(layer, ground), [255, 255, 255, 1]);
  };
  const light = (color) => {
    const [r, g, b] = color.slice(0, 3).map((part) => (part <= 10 ? part / 3294 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const text = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data.trim()).join("");
    const isIcon = element.tagName === "svg";
    const { visibility, opacity, color } = getComputedStyle(element);
    const { width, height } = element.getBoundingClientRect();
    if ((text === "" && !isIcon) || visibility === "hidden" || opacity === "0" || width * height === 0) continue;
    const ground = groundOf(element);
    const [more, less] = [light(over(rgba(color), ground)), light(ground)].sort((a, b) => b - a);
    const ratio = (more + 0.05) / (less + 0.05);
    if (ratio < (isIcon ? 3 : 4.5)) faint.add((text.slice(0, 20) || element.closest("button")?.ariaLabel || "icon") + " " + ratio.toFixed(2));
  }
  return [...faint];
})()`;
