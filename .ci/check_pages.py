"""Opens pages in headless Chromium at two widths: no console error, no accessibility violation.

    python .ci/check_pages.py CHROMIUM AXE.JS PAGE...

axe-core's rules for WCAG 2 A and AA, contrast among them. Prints what it finds; exit code 1 then.
"""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

WIDTHS = (1200, 390)
MARK = "axe-found"
RUN = """
window.addEventListener("load", () => {
  document.querySelectorAll("details").forEach(d => { d.open = true; });
  axe.run({runOnly: {type: "tag", values: ["wcag2a", "wcag2aa"]}, resultTypes: ["violations"]})
    .then(found => {
      const told = document.createElement("pre");
      told.id = "axe-found";
      told.textContent = JSON.stringify({
        wide: document.documentElement.scrollWidth, room: window.innerWidth,
        violations: found.violations.map(v => ({id: v.id, help: v.help,
          nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 200) + " "
            + (n.any[0] ? n.any[0].message : ""))}))});
      document.body.appendChild(told);
    });
});
"""


def look(chromium: str, axe: str, page: Path, width: int, folder: Path) -> list[str]:
    """What is wrong with one page at one width."""
    text = page.read_text(encoding="utf-8")
    copy = folder / f"{page.stem}-{width}.html"
    copy.write_text(
        text.replace("</body>", f"<script>{axe}</script><script>{RUN}</script></body>"),
        encoding="utf-8",
    )
    done = subprocess.run(
        [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
            "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", f"--user-data-dir={folder / 'profile'}", f"--window-size={width},900",
            "--enable-logging=stderr", "--virtual-time-budget=20000", "--dump-dom", copy.as_uri(),
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=180,
        check=False,
    )  # fmt: skip
    where = f"{page.name} at {width}"
    wrong = [
        f"{where}: console: {line.split('CONSOLE', 1)[1][:200]}"
        for line in done.stderr.splitlines()
        if "CONSOLE" in line and re.search(r"(?i)uncaught|error|refused|failed", line)
    ]
    found = re.search(rf'<pre id="{MARK}">(.*?)</pre>', done.stdout, re.DOTALL)
    if found is None:
        return [*wrong, f"{where}: the page never came to rest: {done.stderr[-300:]}"]
    told = json.loads(html.unescape(found[1]))
    if told["wide"] > told["room"] + 1:
        wrong.append(f"{where}: {told['wide']} pixels wide in a window of {told['room']}")
    wrong += [
        f"{where}: {one['id']}, {one['help']}: {'; '.join(one['nodes'])}"
        for one in told["violations"]
    ]
    return wrong


def main() -> int:
    """Exit code of all pages at all widths."""
    chromium, axe, *pages = sys.argv[1:]
    script = Path(axe).read_text(encoding="utf-8")
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for page in map(Path, pages):
            for width in WIDTHS:
                wrong += look(chromium, script, page, width, Path(folder))
    good = f"{len(pages)} pages at {len(WIDTHS)} widths: nothing wrong\n"
    sys.stdout.write("\n".join([*wrong, ""]) if wrong else good)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
