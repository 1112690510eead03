#!/usr/bin/env python3
"""Draws pages with tables, and what their cells say: `tables.py FOLDER COUNT [FIRST]` makes so many of each kind.

bordered: every cell is drawn, but for the sides of some tables; three_line: rulings above and below the head and below the
table; borderless: nothing is drawn; prose: pages without a table. Half of them are as scanned or photographed by hand.
`truth.json` names the kind of each picture and the cells of its table. The same numbers, from FIRST on
(0, if not given), are the same pictures. What stands in the tables is invented.

Needs Pillow, numpy and the fonts of specimens/ink.py. Without arguments it draws the few pages that are committed beside it.
"""
import json
import os
import random
import sys

from PIL import Image, ImageDraw, ImageFont

from specimens import ink

LATIN = [ink.SANS, ink.BOLD, "/usr/share/fonts/truetype/liberation/LiberationSerif-Regular.ttf",
         "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"]
CHINESE = [ink.CHINESE, ink.SONG]
KINDS = ("bordered", "three_line", "borderless", "prose")

WORDS = {
    "en": ("north south east west river harbour bridge market garden station window copper silver paper engine valve "
           "filter sensor cable board lamp wheel spring bearing handle cover bottle basket folder ticket").split(),
    "zh": ("北区 南区 东港 西湖 河道 港口 桥梁 市场 花园 车站 窗户 铜材 银器 纸张 电机 阀门 滤芯 传感器 电缆 面板 灯具 轮毂 "
           "弹簧 轴承 把手 外壳 瓶子 篮子 文件夹 车票").split(),
}
HEADS = {
    "en": {"name": ["Item", "Product", "Region", "Part name", "Description"], "count": ["Qty", "Count", "Units", "2024", "2025"],
           "money": ["Price", "Amount", "Total", "Cost (EUR)"], "date": ["Date", "Delivered", "Due"],
           "code": ["No.", "Code", "Order"], "share": ["Share", "Rate", "Change"], "text": ["Remarks", "Notes", "Comment"]},
    "zh": {"name": ["名称", "产品", "地区", "部件名称"], "count": ["数量", "件数", "单位", "2024年", "2025年"],
           "money": ["单价", "金额", "合计", "成本(元)"], "date": ["日期", "交货日", "到期"], "code": ["编号", "代码", "订单号"],
           "share": ["占比", "比率", "变动"], "text": ["备注", "说明"]},
}
GROUPS = {"en": ["First half", "Second half", "Plan", "Actual", "Year 2025"], "zh": ["上半年", "下半年", "计划", "实际", "2025年度"]}
TOTAL = {"en": "Total", "zh": "合计"}
PROSE = {
    "en": ("The committee met in the old town hall and spoke for two hours about the new bridge. Nobody could say what it "
           "would cost, but all agreed that the river would not wait. In the end the harbour master was asked to count the "
           "boats that pass below it on a day in spring, and to report before the market opens again."),
    "zh": "委员会在旧市政厅开会，就新桥的建设讨论了两个小时。没有人能说清楚费用是多少，但大家一致认为不能再等了。最后请港务主任统计"
          "春季某一天从桥下经过的船只数量，并在市场重新开放之前提交报告。",
}


class Cell:
    def __init__(self, row, column, text, rows=1, columns=1, head=False):
        self.row, self.column, self.text, self.rows, self.columns, self.head = row, column, text, rows, columns, head
        self.lines = [text] if text else []


def words(chance, language, least, most):
    chosen = [chance.choice(WORDS[language]) for _ in range(chance.randint(least, most))]
    return ("" if language == "zh" else " ").join(chosen)


def value(chance, language, kind):
    if kind == "name":
        text = words(chance, language, 1, 2)
        return text[:1].upper() + text[1:]
    if kind == "count":
        return str(chance.randint(1, 9999))
    if kind == "money":
        return f"{chance.uniform(1, 99999):,.2f}"
    if kind == "date":
        return f"{chance.randint(2019, 2026)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    if kind == "code":
        return f"{chance.choice('ABKLMTX')}{chance.randint(100, 99999)}"
    if kind == "share":
        return f"{chance.uniform(0, 99):.1f}%"
    return words(chance, language, 4, 8)


class Given:
    """A table of given cells: rows of them, each with its text and, if it is larger, its rows and columns."""

    def __init__(self, kind, language, kinds, rows, head_rows=1):
        self.kind, self.language, self.kinds, self.head_rows = kind, language, kinds, head_rows
        self.columns, self.rows, self.cells = len(kinds), len(rows), []
        taken = set()
        for row, cells in enumerate(rows):
            column = 0
            for text, *size in cells:
                while (row, column) in taken:
                    column += 1
                high, wide = size or (1, 1)
                taken |= {(row + r, column + c) for r in range(high) for c in range(wide)}
                self.cells.append(Cell(row, column, text, high, wide, head=row < head_rows))

    def truth(self):
        return Table.truth(self)


class Table:
    """The cells of a table, before they have a place on a page."""

    def __init__(self, chance, kind, language, columns=None, rows=None):
        self.chance, self.kind, self.language = chance, kind, language
        self.columns = columns or chance.randint(2 if kind == "bordered" else 3, 6)
        body = rows or chance.randint(3, 10)
        others = ["count", "money", "date", "code", "share", "count", "money"]
        self.kinds = ["name"] + [chance.choice(others) for _ in range(self.columns - 1)]
        if self.columns >= 3 and chance.random() < .35:
            self.kinds[chance.randrange(1, self.columns)] = "text"
        self.cells = []
        first = self.head()
        # Some rows are one group: a cell of the first column goes down over several.
        column = first
        row = first
        spans = self.kind == "bordered" and self.columns >= 3 and chance.random() < .4
        while row < first + body:
            high = min(chance.randint(2, 3), first + body - row) if spans and chance.random() < .4 else 1
            self.cells.append(Cell(row, 0, value(chance, language, "name"), rows=high))
            for part in range(row, row + high):
                for column in range(1, self.columns):
                    text = value(chance, language, self.kinds[column])
                    # Some are empty.
                    if chance.random() < .05:
                        text = ""
                    self.cells.append(Cell(part, column, text))
            row += high
        self.rows = row
        if chance.random() < .3:
            wide = 2 if self.kind == "bordered" and self.columns >= 3 and chance.random() < .6 else 1
            self.cells.append(Cell(row, 0, TOTAL[language], columns=wide))
            for column in range(wide, self.columns):
                kind = self.kinds[column]
                numeric = kind in ("count", "money")
                self.cells.append(Cell(row, column, value(chance, language, kind) if numeric else ""))
            self.rows += 1

    def head(self):
        heads = [self.chance.choice(HEADS[self.language][kind]) for kind in self.kinds]
        grouped = self.columns >= 4 and self.chance.random() < .35
        self.grouped = grouped
        if not grouped:
            self.cells += [Cell(0, column, text, head=True) for column, text in enumerate(heads)]
            self.head_rows = 1
            return 1
        start = self.chance.randrange(1, self.columns - 1)
        wide = min(self.chance.randint(2, 3), self.columns - start)
        drawn = self.kind != "borderless"
        for column, text in enumerate(heads):
            inside = start <= column < start + wide
            if column == start:
                self.cells.append(Cell(0, column, self.chance.choice(GROUPS[self.language]), columns=wide, head=True))
            if inside:
                self.cells.append(Cell(1, column, text, head=True))
            elif drawn:
                self.cells.append(Cell(0, column, text, rows=2, head=True))
            else:
                # Nothing says that a cell is two rows high where nothing is drawn.
                self.cells += [Cell(0, column, "", head=True), Cell(1, column, text, head=True)]
        self.head_rows = 2
        return 2

    def truth(self):
        said = [{"rows": list(range(c.row, c.row + c.rows)), "columns": list(range(c.column, c.column + c.columns)),
                 "text": "\n".join(c.lines)} for c in self.cells]
        return sorted(said, key=lambda cell: (cell["rows"][0], cell["columns"][0]))


def broken(text, font, width, language):
    """Lines no wider than that."""
    parts = list(text) if language == "zh" else text.split(" ")
    space = "" if language == "zh" else " "
    lines = [parts[0]]
    for part in parts[1:]:
        longer = lines[-1] + space + part
        if font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def draw_table(pen, table, left, top, width, size, font_file, chance):
    """Draws it and gives its lower edge; None if it does not fit the width."""
    font = ink.face(font_file, size)
    kind, language = table.kind, table.language
    bordered = kind == "bordered"
    pad = chance.uniform(.35, .7) * size if bordered else chance.uniform(.6, 1.3) * size
    line_height = 1.25 * size
    gap = chance.uniform(.25, .6) * size if bordered else chance.uniform(.2, .6) * size
    most = 9 * size
    for cell in table.cells:
        # Cells of several columns have room.
        if cell.text:
            cell.lines = broken(cell.text, font, most * cell.columns, language)
    widths = [2 * size] * table.columns
    for cell in table.cells:
        if cell.columns == 1:
            longest = max([font.getlength(line) for line in cell.lines], default=0)
            widths[cell.column] = max(widths[cell.column], longest + 2 * pad)
    for cell in table.cells:
        if cell.columns > 1:
            longest = max([font.getlength(line) for line in cell.lines], default=0) + 2 * pad
            have = sum(widths[cell.column:cell.column + cell.columns])
            for column in range(cell.column, cell.column + cell.columns):
                widths[column] += max(0, longest - have) / cell.columns
    if sum(widths) > width:
        return None
    spread = chance.choice([1, 1, 1.15, 1.3])
    factor = min(spread, width / sum(widths))
    widths = [w * factor for w in widths]
    heights = [line_height + 2 * gap] * table.rows
    for cell in table.cells:
        if cell.rows == 1:
            heights[cell.row] = max(heights[cell.row], len(cell.lines) * line_height + 2 * gap)
    if not bordered and any(len(cell.lines) > 1 for cell in table.cells):
        # Rows are told from lines by what is between them.
        heights = [height + .5 * size for height in heights]
    xs, ys = [left], [top]
    for w in widths:
        xs.append(xs[-1] + w)
    for h in heights:
        ys.append(ys[-1] + h)
    shade = chance.choice([None, None, (232, 236, 242), (225, 225, 225)])
    if shade and bordered:
        pen.rectangle((xs[0], ys[0], xs[-1], ys[table.head_rows]), fill=shade)
    colour = (chance.choice([0, 30, 60, 120, 150]),) * 3
    thick = chance.randint(1, 3)
    if bordered:
        open_sides = chance.random() < .2
        for cell in table.cells:
            x0, x1 = xs[cell.column], xs[cell.column + cell.columns]
            y0, y1 = ys[cell.row], ys[cell.row + cell.rows]
            pen.line((x0, y0, x1, y0), fill=colour, width=thick)
            pen.line((x0, y1, x1, y1), fill=colour, width=thick)
            if not (open_sides and cell.column == 0):
                pen.line((x0, y0, x0, y1), fill=colour, width=thick)
            if not (open_sides and cell.column + cell.columns == table.columns):
                pen.line((x1, y0, x1, y1), fill=colour, width=thick)
    elif kind == "three_line":
        for y, w in ((ys[0], thick + 1), (ys[table.head_rows], thick), (ys[-1], thick + 1)):
            pen.line((xs[0], y, xs[-1], y), fill=colour, width=w)
        for cell in table.cells:
            if cell.head and cell.columns > 1:
                pen.line((xs[cell.column] + pad / 2, ys[1], xs[cell.column + cell.columns] - pad / 2, ys[1]), fill=colour, width=thick)
    colour = (chance.choice([0, 20, 50]),) * 3
    middle = chance.random() < (.7 if bordered else .3)
    aligned = [chance.choice(("left", "centre")) if kind in ("name", "text", "code", "date") else
               chance.choice(("right", "right", "centre", "left")) for kind in table.kinds]
    for cell in table.cells:
        x0, x1 = xs[cell.column] + pad, xs[cell.column + cell.columns] - pad
        y0, y1 = ys[cell.row], ys[cell.row + cell.rows]
        alignment = "centre" if cell.columns > 1 else aligned[cell.column]
        high = len(cell.lines) * line_height
        y = (y0 + y1 - high) / 2 if middle or cell.rows > 1 else y0 + gap
        for line in cell.lines:
            wide = font.getlength(line)
            x = {"left": x0, "right": x1 - wide, "centre": (x0 + x1 - wide) / 2}[alignment]
            pen.text((x, y), line, font=font, fill=colour)
            y += line_height
    return ys[-1]


def draw_prose(pen, left, top, width, size, font_file, language, lines):
    font = ink.face(font_file, size)
    text = ("" if language == "zh" else " ").join([PROSE[language]] * 3)
    for line in broken(text, font, width, language)[:lines]:
        pen.text((left, top), line, font=font, fill=(20, 20, 20))
        top += 1.45 * size
    return top


def page(kind, seed):
    """A page of that kind, and the cells of its table."""
    chance = random.Random(f"{kind} {seed}")
    language = "zh" if seed % 2 else "en"
    fonts = CHINESE if language == "zh" else LATIN
    while True:
        width = chance.randint(900, 1400)
        size = chance.randint(18, 28)
        font = chance.choice(fonts)
        picture = Image.new("RGB", (width, 2400), (chance.randint(244, 255),) * 3)
        pen = ImageDraw.Draw(picture)
        left, top = chance.randint(50, 110), chance.randint(40, 100)
        inner = width - 2 * left
        if chance.random() < .6:
            title = words(chance, language, 2, 4)
            pen.text((left, top), title.title(), font=ink.face(font, int(size * 1.5)), fill=(10, 10, 10))
            top += 2.8 * size
        if kind == "prose":
            if chance.random() < .5:
                bottom = draw_prose(pen, left, top, inner, size, font, language, chance.randint(6, 14))
            else:
                half = (inner - 2.5 * size) / 2
                lines = chance.randint(8, 20)
                draw_prose(pen, left, top, half, size, font, language, lines)
                bottom = draw_prose(pen, left + half + 2.5 * size, top, half, size, font, language, lines)
            cells = None
        else:
            if chance.random() < .4:
                top = draw_prose(pen, left, top, inner, size, font, language, chance.randint(1, 4)) + size
            table = Table(chance, kind, language)
            bottom = draw_table(pen, table, left, top, inner, size, font, chance)
            if bottom is None:
                continue
            cells = table.truth()
            bottom += 1.5 * size
            if chance.random() < .4:
                bottom = draw_prose(pen, left, bottom, inner, size, font, language, chance.randint(1, 4))
        if bottom > 2300:
            continue
        picture = picture.crop((0, 0, width, int(bottom + chance.randint(40, 120))))
        if seed % 4 >= 2:
            picture = ink.noisy(picture, seed, turn=chance.uniform(-3, 3), blur=chance.uniform(.2, .8),
                                      noise=chance.uniform(1, 7), slant=chance.uniform(0, .03))
        return picture, cells


def committed(folder):
    """The pages of the tests: small, one of each kind."""
    stock = Given("bordered", "zh", ["name", "code", "count", "money"], [
        [("类别", 2, 1), ("编号", 2, 1), ("库存", 1, 2)],
        [("数量",), ("金额",)],
        [("厨房", 2, 1), ("K-017",), ("24",), ("1,280.50",)],
        [("K-021",), ("",), ("96.00",)],
        [("花园",), ("G-003",), ("7",), ("315.00",)],
        [("合计", 1, 2), ("31",), ("1,691.50",)],
    ], head_rows=2)
    visits = Given("three_line", "en", ["name", "count", "count", "share"], [
        [("Museum", 2, 1), ("Visitors", 1, 2), ("Change", 2, 1)],
        [("2024",), ("2025",)],
        [("Clocks",), ("4120",), ("4532",), ("10.0%",)],
        [("Old bridges",), ("880",), ("792",), ("-10.0%",)],
        [("Salt",), ("1500",), ("1530",), ("2.0%",)],
    ], head_rows=2)
    larder = Given("borderless", "en", ["name", "text", "date", "count"], [
        [("Item",), ("Where it is",), ("Bought",), ("Left",)],
        [("Flour",), ("upper shelf at the left of the window",), ("2026-03-14",), ("2",)],
        [("Oil",), ("floor",), ("2026-05-02",), ("1",)],
        [("Rice",), ("upper shelf",), ("",), ("3",)],
        [("=1+1",), ("drawer",), ("2026-06-30",), ("007",)],
    ])
    pages = [("table_bordered", stock, "库存表", CHINESE[0]), ("table_three_line", visits, "Who came", LATIN[2]),
             ("table_borderless", larder, "What there is in the larder", LATIN[0])]
    for seed, (name, table, title, font) in enumerate(pages):
        chance = random.Random(seed)
        picture = Image.new("RGB", (900, 700), (252, 252, 250))
        pen = ImageDraw.Draw(picture)
        pen.text((70, 40), title, font=ink.face(font, 34), fill=(10, 10, 10))
        bottom = draw_table(pen, table, 70, 110, 780, 24, font, chance)
        pen.text((70, bottom + 30), {"zh": "以上数字均为虚构。", "en": "All of this is invented."}[table.language],
                 font=ink.face(font, 24), fill=(10, 10, 10))
        picture = picture.crop((0, 0, 900, int(bottom + 110)))
        ink.save(picture, os.path.join(folder, f"{name}.jpg"))
        if table is stock:
            ink.save(ink.noisy(picture, 60, turn=2, noise=4), os.path.join(folder, f"{name}_noisy.jpg"))


def make(folder, count, first=0):
    os.makedirs(folder, exist_ok=True)
    truth = []
    for kind in KINDS:
        for seed in range(first, first + count):
            picture, cells = page(kind, seed)
            name = f"{kind}_{seed:03}.jpg"
            picture.save(os.path.join(folder, name), quality=[92, 85, 75][seed % 3])
            truth.append({"img": name, "set": kind, "cells": cells})
    with open(os.path.join(folder, "truth.json"), "w", encoding="utf-8") as file:
        json.dump(truth, file, ensure_ascii=False)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        make(sys.argv[1], *map(int, sys.argv[2:]))
    else:
        committed(os.path.dirname(os.path.abspath(__file__)))
