"""A film: a loop of screens in one SVG that a browser plays.

Each row of the screen is a strip of its contents, one below the other, behind a window of one row's height. The strip jumps to
the current content. Contents shared by several rows are stored once.
"""

import collections
import html


class Film:
    def __init__(self, painter, columns, rows):
        self.painter = painter
        self.columns = columns
        self.strips = [Strip() for _ in range(rows)]
        self.seconds = 0

    def take(self, screen, seconds, cursor=False):
        """Shows the screen that long.

        - cursor: whether to show it, where the screen does.
        """
        for row, strip in enumerate(self.strips):
            has_cursor = cursor and not screen.cursor.hidden and screen.cursor.y == row
            drawing = Drawing()
            self.painter.line(
                drawing, screen, row, 0, min(screen.cursor.x, self.columns - 1) if has_cursor else None)
            strip.show(drawing.svg(self.painter), self.seconds)
        self.seconds += seconds

    def write(self, path):
        painter = self.painter
        width, height = painter.extent(self.columns, len(self.strips))
        # A blank row between contents: where a browser scales, the edges of neighbours show.
        pitch = 2 * painter.height
        uses = collections.Counter(content for strip in self.strips for content in strip.contents)
        shared = {content: f"t{number}" for number, content in enumerate(
            content for content, count in uses.items() if content and count > 1)}
        rules = [f".r{{animation:{self.seconds:.1f}s step-end infinite}}"]
        rows = []
        for number, strip in enumerate(self.strips):
            pictures = []
            for index, content in enumerate(strip.contents):
                if content in shared:
                    pictures.append(f'<use href="#{shared[content]}" y="{index * pitch}"/>')
                elif content and index:
                    pictures.append(f'<g transform="translate(0,{index * pitch})">{content}</g>')
                else:
                    pictures.append(content)
            if len(strip.moments) > 1:
                steps = "".join(
                    f"{100 * start / self.seconds:.3f}".rstrip("0").rstrip(".")
                    + f"%{{transform:translateY({-index * pitch}px)}}"
                    for start, index in strip.moments)
                rules.append(f"@keyframes r{number}{{{steps}}}#r{number}{{animation-name:r{number}}}")
            if any(strip.contents):
                rows.append(
                    f'<svg y="{painter.margin + number * painter.height}" height="{painter.height}">'
                    f'<g id="r{number}" class="r">' + "\n".join(pictures) + "</g></svg>")
        defs = "\n".join(f'<g id="{name}">{content}</g>' for content, name in shared.items())
        with open(path, "w") as file:
            file.write(
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
                f' font-family="DejaVu Sans Mono, Menlo, Consolas, monospace"'
                f' font-size="{painter.size}" fill="{painter.colors["default"]}">\n'
                f"<style>{''.join(rules)}</style>\n<defs>{defs}</defs>\n"
                f'<rect width="100%" height="100%" fill="{painter.colors["background"]}"/>\n'
                + "\n".join(rows) + "\n</svg>\n")


class Strip:
    """The contents of one row, each once, and the times at which they are shown."""

    def __init__(self):
        self.contents = []
        self.places = {}
        self.moments = []

    def show(self, content, seconds):
        if content not in self.places:
            self.places[content] = len(self.contents)
            self.contents.append(content)
        index = self.places[content]
        if not self.moments or self.moments[-1][1] != index:
            self.moments.append((seconds, index))


class Drawing:
    """Pillow's drawing calls as SVG elements; equal neighbours are merged."""

    def __init__(self):
        self.texts = {}
        self.rectangles = {}

    def rectangle(self, place, ink):
        left, top, right, bottom = place
        before = self.rectangles.pop((left, top, bottom, ink), left)
        self.rectangles[right + 1, top, bottom, ink] = before

    def text(self, place, text, ink, font):
        (x, y), width, weight = place, round(font.getlength("M")), font.getname()[1]
        start, before = self.texts.pop((x, y, ink, weight), (x, ""))
        if not before:
            # One space doesn't separate equal neighbours.
            start, before = self.texts.pop((x - width, y, ink, weight), (x, ""))
            before = before and f"{before} "
        self.texts[x + width, y, ink, weight] = (start, before + text)

    def svg(self, painter):
        # The backgrounds of cells come first: they are the tallest.
        rectangles = sorted(self.rectangles.items(), key=lambda item: item[0][1] - item[0][2])
        elements = [
            f'<rect x="{left}" y="{top}" width="{right - left}" height="{bottom - top + 1}" fill="{ink}"/>'
            for (right, top, bottom, ink), left in rectangles]
        for (end, y, ink, weight), (start, text) in self.texts.items():
            look = "" if ink == painter.colors["default"] else f' fill="{ink}"'
            look += ' font-weight="bold"' if weight == "Bold" else ""
            elements.append(
                f'<text x="{start}" y="{y + round(painter.size * 0.93)}" textLength="{end - start}"{look}>'
                f"{html.escape(text, quote=False)}</text>")
        return "".join(elements)
