"""Paints a screen, cell by cell, with anything that can draw text and rectangles."""

import os

from PIL import Image, ImageDraw, ImageFont

from . import stage

FONTS = "/usr/share/fonts/truetype/dejavu"

DARK = {
    "default": "#d4d7dd", "background": "#16181d", "black": "#16181d", "red": "#ff6b68",
    "green": "#8cc265", "brown": "#e5b567", "yellow": "#e5b567", "blue": "#61a8ff",
    "magenta": "#c678dd", "cyan": "#56b6c2", "white": "#d4d7dd",
    "brightblack": "#7f848e",
}
LIGHT = {
    "default": "#24292f", "background": "#ffffff", "black": "#24292f", "red": "#c4161c",
    "green": "#1a7f37", "brown": "#8a5a00", "yellow": "#8a5a00", "blue": "#0550ae",
    "magenta": "#8250df", "cyan": "#1b7c83", "white": "#f6f8fa",
    "brightblack": "#6e7781",
}


class Painter:
    size = 22
    margin = 22
    height = 28

    def __init__(self, colors):
        if not os.path.exists(f"{FONTS}/DejaVuSansMono.ttf"):
            stage.fail("DejaVu Sans Mono is missing: apt-get install fonts-dejavu-core")
        self.colors = colors
        self.regular = ImageFont.truetype(f"{FONTS}/DejaVuSansMono.ttf", self.size)
        self.bold = ImageFont.truetype(f"{FONTS}/DejaVuSansMono-Bold.ttf", self.size)
        self.width = round(self.regular.getlength("M"))

    def paint(self, screen, path, rows=None):
        """Writes a PNG of the screen, or of its first rows."""
        rows = rows or screen.lines
        image = Image.new("RGB", self.extent(screen.columns, rows), self.colors["background"])
        draw = ImageDraw.Draw(image)
        for row in range(rows):
            self.line(draw, screen, row, self.margin + row * self.height)
        image.save(path, optimize=True)

    def extent(self, columns, rows):
        return columns * self.width + 2 * self.margin, rows * self.height + 2 * self.margin

    def line(self, draw, screen, row, top, cursor=None):
        """Draws one row, whose upper edge is at `top`.

        - cursor: the column where it stands.
        """
        for column in range(screen.columns):
            cell = screen.buffer[row][column]
            if column == cursor:
                cell = cell._replace(reverse=not cell.reverse)
            self.cell(draw, cell, self.margin + column * self.width, top)

    def cell(self, draw, cell, x, y):
        ink = self.color(cell.fg)
        paper = self.colors["background"]
        # Dim (see terminal.py) has no colour.
        if cell.italics:
            ink = self.mix(ink, paper)
        if cell.reverse:
            ink, paper = paper, ink
        if paper != self.colors["background"]:
            draw.rectangle([x, y, x + self.width - 1, y + self.height - 1], paper)
        if cell.data in "▁▂▃▄▅▆▇█":
            full = self.height - 6
            top = y + self.height - 3 - round(full * ("▁▂▃▄▅▆▇█".index(cell.data) + 1) / 8)
            draw.rectangle([x, top, x + self.width - 2, y + self.height - 4], ink)
        elif cell.data == "─":
            draw.rectangle([x, y + self.height // 2, x + self.width - 1, y + self.height // 2], ink)
        elif cell.data in "┌┐└┘│":
            self.frame(draw, cell.data, x, y, ink)
        elif cell.data.strip():
            draw.text((x, y + 1), cell.data, ink, self.bold if cell.bold else self.regular)

    def frame(self, draw, character, x, y, ink):
        """Extends box characters to the edges of their cells."""
        middle, centre = x + self.width // 2, y + self.height // 2
        if character in "┌┐│":
            draw.rectangle([middle, centre, middle, y + self.height - 1], ink)
        if character in "└┘│":
            draw.rectangle([middle, y, middle, centre], ink)
        if character in "┌└":
            draw.rectangle([middle, centre, x + self.width - 1, centre], ink)
        if character in "┐┘":
            draw.rectangle([x, centre, middle, centre], ink)

    def color(self, name):
        return self.colors.get(name, f"#{name}" if len(name) == 6 else self.colors["default"])

    @staticmethod
    def mix(one, other):
        parts = [(int(one[i:i + 2], 16) * 55 + int(other[i:i + 2], 16) * 45) // 100
                 for i in (1, 3, 5)]
        return "#%02x%02x%02x" % tuple(parts)
