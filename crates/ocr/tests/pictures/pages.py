#!/usr/bin/env python3
"""Draws pages of documents, and what they say: `pages.py FOLDER COUNT [FIRST]` makes so many of each kind, clean and as
photographed by hand.

labels: what is filled in stands behind a label with a colon, between running text that has colons too; form: a drawn form
whose cells are labels and what was filled in; report: titles, running text in one column or two, a table, notes, and what
stands at the edges of a page; plain: a table and running text, without any pair. `truth.json` names the kind of each
picture, its pairs of keys and values, and its areas with their types and text, where these are asked about. The same
numbers, from FIRST on (0, if not given), are the same pictures. Everybody and everything on them is invented.

Needs what tables.py needs. Without arguments it draws the few pages that are committed beside it.
"""
import json
import os
import random
import sys

from PIL import Image, ImageDraw

import tables
from specimens import ink

KINDS = ("labels", "form", "report", "plain")
BLACK = (20, 20, 20)
SENTENCES = {
    "en": [
        "The harbour was closed for three days while the old crane was taken apart.",
        "Nobody had counted the boats since the spring of the year before.",
        "The committee spoke for two hours and agreed on very little.",
        "In the end the river decided what the engineers could not.",
        "Prices rose again in the second half of the year, as everybody had expected.",
        "The new bridge carries more than twice as many wagons as the ferry did.",
        "A report on the state of the walls is to follow in autumn.",
        "It is not known who left the lamp burning in the store room.",
        "Most of the garden was replanted with trees that need less water.",
        "The two towns share one market, one station and one quarrel.",
        "Every ticket is checked by hand and kept for seven years.",
        "What was saved on paper was spent on copper.",
    ],
    "zh": [
        "旧起重机拆除期间，港口关闭了三天。", "自去年春天以来，没有人统计过船只的数量。", "委员会讨论了两个小时，几乎没有达成一致。",
        "最后是河流决定了工程师无法决定的事情。", "正如大家所料，下半年的价格再次上涨。", "新桥承载的车辆是渡船的两倍以上。",
        "关于城墙状况的报告将在秋天提交。", "没有人知道是谁让仓库里的灯一直亮着。", "花园的大部分改种了需水较少的树木。",
        "两座城镇共用一个市场、一座车站和一场争论。", "每张车票都由人工检查并保存七年。", "在纸张上节省下来的钱都花在了铜材上。",
    ],
}
# Running text with a colon in it: no pair.
COLONS = {
    "en": ["After a long talk the members of the council agreed on only one thing that evening: the bell would be rung at "
           "noon and at no other hour of the day, whatever the weather.",
           "There were three ways to cross the river at that time of the year: the ferry, the old bridge and the ice, and "
           "only the last of them was free of charge."],
    "zh": ["经过长时间的讨论，委员会的成员在当天晚上只就一件事情达成了一致意见：无论天气如何，钟声只在中午敲响，其他任何时间都不敲。",
           "在一年中的那个季节，要渡过这条河只有三种可以选择的办法：渡船、旧桥和冰面，而其中只有最后一种是不需要付钱的。"],
}
TITLES = {
    "en": ["Report on the Old Harbour", "The State of the Bridges", "What the River Carried", "Market and Station"],
    "zh": ["旧港口状况报告", "桥梁维护情况说明", "河流运输年度总结", "市场与车站调查"],
}
HEADINGS = {
    "en": ["What was found", "How it was counted", "Cost and benefit", "Outlook", "The second survey", "Who took part"],
    "zh": ["调查结果", "统计方法", "成本与效益", "展望", "第二次调查", "参与人员"],
}
SURNAMES = {"en": "Lindqvist Harrow Quill Ashdown Varga Moreau Tanner Okafor".split(), "zh": list("林周陈罗沈顾孟白")}
GIVEN = {"en": "Marta Selma Edwin Tobias Irene Viktor Noor Helen".split(), "zh": "晓舟 清远 若溪 明怡 子衡 安然 知夏 文景".split()}
LONG = {
    "en": ["repair of the roof above the second store room, with new gutters and a coat of paint before the winter",
           "two boxes of copper nails, a spring for the lamp and a handle for the door of the station"],
    "zh": ["维修二号仓库的屋顶，并在冬季之前更换全部的排水管道和外墙涂料，费用由两个部门分担", "铜钉两盒、灯具弹簧一个以及车站大门的把手一副，随下一批货物一起送到东港仓库"],
}


def person(chance, language):
    names = [chance.choice(GIVEN[language]), chance.choice(SURNAMES[language])]
    return " ".join(names) if language == "en" else names[1] + names[0]


def day(chance, language):
    year, month, date = chance.randint(2019, 2026), chance.randint(1, 12), chance.randint(1, 28)
    if language == "zh":
        return f"{year}年{month}月{date}日"
    return f"{year}-{month:02}-{date:02}"


def invented(chance, language, what):
    """What may be filled in behind a label."""
    en = language == "en"
    number = chance.randint
    return {
        "person": lambda: person(chance, language),
        "date": lambda: day(chance, language),
        "number": lambda: f"{chance.choice('ABKLMTX')}{chance.choice('CDEFGH')}-{number(10000, 99999)}",
        "phone": lambda: f"0{number(100, 999)}-{number(1000000, 9999999)}",
        "place": lambda: (f"{number(2, 99)} {chance.choice(['Mill', 'Quay', 'Garden', 'Copper'])} Street, Zenith" if en
                          else f"无名市云外区{chance.choice(['星河', '南桥', '花园', '铜井'])}路{number(2, 99)}号{number(2, 9)}幢"),
        "company": lambda: (f"{chance.choice(['Harrow', 'Zenith', 'Quay'])} {chance.choice(['Lamp', 'Paper', 'Valve'])} Works" if en
                            else f"无名市{chance.choice(['云帆', '星桥', '远岸'])}{chance.choice(['灯具', '纸业', '阀门'])}有限公司"),
        "money": lambda: f"{chance.uniform(10, 90000):,.2f}" + ("" if en else "元"),
        "count": lambda: str(number(2, 400)),
        "sex": lambda: chance.choice(["female", "male"] if en else ["女", "男"]),
        "time": lambda: f"{number(10, 23)}:{number(10, 59)}",
        "mail": lambda: f"{chance.choice(['office', 'desk', 'post'])}{number(2, 99)}@example.com",
        "thing": lambda: tables.words(chance, language, 1, 2),
        "long": lambda: chance.choice(LONG[language]),
    }[what]()


# Labels, each with what is filled in behind it.
LABELS = {
    "en": {"Name": "person", "Customer": "company", "Date": "date", "Order No.": "number", "Phone": "phone", "Address": "place",
           "Total": "money", "Quantity": "count", "Sex": "sex", "Time": "time", "E-mail": "mail", "Product": "thing",
           "Contact person": "person", "Date of birth": "date", "Invoice number": "number", "Delivered by": "company",
           "Remarks": "long", "Department": "thing", "Supplier": "company", "Unit price": "money", "Signature": "person"},
    "zh": {"姓名": "person", "客户名称": "company", "日期": "date", "订单编号": "number", "联系电话": "phone", "地址": "place",
           "总金额": "money", "数量": "count", "性别": "sex", "时间": "time", "邮箱": "mail", "产品名称": "thing", "联系人": "person",
           "出生日期": "date", "发票号码": "number", "供应商": "company", "备注": "long", "部门": "thing", "单价": "money",
           "经办人": "person", "送货单位": "company"},
}
# Words for labels of forms that are in no list of labels anywhere.
RARE = {"en": {"Kind of boat": "thing", "Lamp oil": "count", "Mooring": "number"},
        "zh": {"船只种类": "thing", "灯油": "count", "泊位": "number"}}


class Sheet:
    """A page that is being drawn, from its top, and what stands on it."""

    def __init__(self, chance, seed, width, size):
        self.chance, self.language, self.width, self.size = chance, "zh" if seed % 2 else "en", width, size
        self.font = chance.choice(tables.CHINESE if self.language == "zh" else tables.LATIN)
        self.picture = Image.new("RGB", (width, 3200), (chance.randint(246, 255),) * 3)
        self.pen = ImageDraw.Draw(self.picture)
        self.left, self.top = chance.randint(70, 120), chance.randint(50, 90)
        self.inner = width - 2 * self.left
        self.pairs, self.areas = [], []

    def room(self, heights):
        self.top += heights * self.size

    def wide(self, words, size=None):
        return ink.face(self.font, size or self.size).getlength(words)

    def put(self, x, y, words, size=None):
        self.pen.text((x, y), words, font=ink.face(self.font, size or self.size), fill=BLACK)

    def lines(self, words, width, size=None):
        return tables.broken(words, ink.face(self.font, size or self.size), width, self.language)

    def area(self, kind, words):
        self.areas.append([kind, words])

    def line(self, kind, words, size=None, align="left"):
        """One line by itself."""
        wide = self.wide(words, size)
        x = {"left": self.left, "centre": (self.width - wide) / 2, "right": self.left + self.inner - wide}[align]
        self.put(x, self.top, words, size)
        self.top += 1.3 * (size or self.size)
        self.area(kind, words)

    def paragraph(self, words, left=None, width=None, indent=0, size=None, kind="text", leading=1.45):
        left, width, size = self.left if left is None else left, width or self.inner, size or self.size
        first = ("　" * indent + words) if self.language == "zh" else words
        for line in self.lines(first, width, size):
            self.put(left, self.top, line, size)
            self.top += leading * size
        self.area(kind, words)

    def prose(self, least=2, most=5):
        chosen = self.chance.sample(SENTENCES[self.language], self.chance.randint(least, most))
        return (" " if self.language == "en" else "").join(chosen)

    def colon(self):
        return self.chance.choice([":", ": ", "："]) if self.language == "zh" else ": "

    def done(self):
        return self.picture.crop((0, 0, self.width, int(self.top + self.chance.randint(50, 110))))


def chosen(chance, language, count, without=()):
    labels = [label for label in LABELS[language] if LABELS[language][label] not in without]
    return chance.sample(labels, min(count, len(labels)))


def labels(sheet):
    """Labels with colons: one below the other, beside each other, or with what is filled in set apart."""
    chance, language = sheet.chance, sheet.language
    sheet.line("title", chance.choice(TITLES[language]), int(sheet.size * 1.5), chance.choice(("left", "centre")))
    sheet.room(1)
    if chance.random() < .5:
        sheet.paragraph(chance.choice(COLONS[language]))
        sheet.room(.8)
    style = chance.choice(("list", "list", "beside", "apart"))
    names = chosen(chance, language, chance.randint(4, 10), ("long",) if style == "beside" else ())
    filled = [(name, invented(chance, language, LABELS[language][name])) for name in names]
    leading = chance.uniform(1.4, 2.0)
    if style == "beside":
        half = sheet.inner / 2
        for pair in [filled[at:at + 2] for at in range(0, len(filled), 2)]:
            for column, (name, value) in enumerate(pair):
                sheet.put(sheet.left + column * half, sheet.top, name + sheet.colon() + value)
            sheet.top += leading * sheet.size
    else:
        start = max(sheet.wide(name) for name in names) + chance.uniform(1.5, 4) * sheet.size
        for name, value in filled:
            if style == "apart":
                sheet.put(sheet.left, sheet.top, name + ("：" if language == "zh" else ":"))
            else:
                name_with_colon = name + sheet.colon()
                sheet.put(sheet.left, sheet.top, name_with_colon)
                start = sheet.wide(name_with_colon)
            for line in sheet.lines(value, sheet.inner - start):
                sheet.put(sheet.left + start, sheet.top, line)
                sheet.top += 1.3 * sheet.size
            sheet.top += (leading - 1.3) * sheet.size
    sheet.pairs = [list(pair) for pair in filled]
    sheet.room(1)
    if chance.random() < .6:
        sheet.paragraph(sheet.prose())
        sheet.room(.5)
    if chance.random() < .4:
        sheet.paragraph(chance.choice(COLONS[language]))
    sheet.areas = None


def form(sheet):
    """A drawn form: rows of labels and what was filled in, some of them empty, some over the whole width."""
    chance, language = sheet.chance, sheet.language
    sheet.line("title", chance.choice(TITLES[language]), int(sheet.size * 1.5), "centre")
    sheet.room(1)
    across = chance.choice((1, 2, 2, 2, 3) if language == "zh" else (1, 2, 2))
    count = chance.randint(2, 6) * across
    names = chosen(chance, language, count, ("long",))
    known = {**LABELS[language], **RARE[language]}
    if len(names) >= 6 and chance.random() < .5:
        names[chance.randrange(2, len(names))] = chance.choice(list(RARE[language]))
    colon = chance.choice(("", "", "：" if language == "zh" else ":"))
    filled = [(name, invented(chance, language, known[name]) if chance.random() < .9 else "") for name in names]
    rows = [filled[at:at + across] for at in range(0, len(filled), across) if len(filled[at:at + across]) == across]
    if chance.random() < .6:
        label = "备注" if language == "zh" else "Remarks"
        rows.append([(label, chance.choice(LONG[language]))])
    label_width = max(sheet.wide(name + colon) for row in rows for name, _ in row) + 1.2 * sheet.size
    value_width = sheet.inner / across - label_width
    pad, said = .5 * sheet.size, []
    thick, shade = chance.randint(1, 3), chance.choice((None, (232, 236, 242)))
    for row in rows:
        wide = value_width if len(row) == across else sheet.inner - label_width
        cells = [(name, sheet.lines(value, wide - 2 * pad) if value else []) for name, value in row]
        high = max(max(len(lines) for _, lines in cells), 1) * 1.25 * sheet.size + chance.uniform(.6, 1.2) * sheet.size
        x = sheet.left
        for name, lines in cells:
            if shade:
                sheet.pen.rectangle((x, sheet.top, x + label_width, sheet.top + high), fill=shade)
            for box in ((x, x + label_width), (x + label_width, x + label_width + wide)):
                sheet.pen.rectangle((box[0], sheet.top, box[1], sheet.top + high), outline=(40, 40, 40), width=thick)
            sheet.put(x + pad, sheet.top + (high - 1.25 * sheet.size) / 2, name + colon)
            y = sheet.top + (high - 1.25 * sheet.size * len(lines)) / 2
            for line in lines:
                sheet.put(x + label_width + pad, y, line)
                y += 1.25 * sheet.size
            x += label_width + wide
        said += [part for (name, _), (_, value) in zip(cells, row) for part in (name + colon, value)]
        sheet.pairs += [[name, value] for name, value in row if value]
        sheet.top += high
    sheet.area("form", "".join(said))
    sheet.room(1)
    if chance.random() < .6:
        sheet.paragraph(sheet.prose(2, 3))


def plain_table(sheet, numbered):
    """A table, perhaps with its number and name above it."""
    chance, language = sheet.chance, sheet.language
    table = tables.Table(chance, chance.choice(("bordered", "three_line")), language, columns=chance.randint(3, 4),
                         rows=chance.randint(3, 5))
    size = int(sheet.size * .92)
    if numbered:
        name = tables.words(chance, language, 2, 3)
        words = f"表{numbered} {name}" if language == "zh" else f"Table {numbered}. {name.capitalize()}"
        sheet.line("table_caption", words, size)
        sheet.room(.4)
    bottom = tables.draw_table(sheet.pen, table, sheet.left, sheet.top, sheet.inner, size, sheet.font, chance)
    if bottom is None:
        return False
    sheet.top = bottom
    sheet.area("table", "".join("".join(cell.lines) for cell in table.cells))
    sheet.room(1.4)
    return True


def report(sheet):
    chance, language = sheet.chance, sheet.language
    small = int(sheet.size * .78)
    if chance.random() < .7:
        sheet.line("header", {"en": "Annual papers of the harbour office", "zh": "港务办公室年度文件汇编"}[language], small,
                   chance.choice(("left", "centre", "right")))
        if chance.random() < .5:
            sheet.pen.line((sheet.left, sheet.top + 4, sheet.left + sheet.inner, sheet.top + 4), fill=(60, 60, 60), width=2)
        sheet.room(2.2)
    sheet.line("title", chance.choice(TITLES[language]), int(sheet.size * chance.uniform(1.6, 2)), chance.choice(("centre", "left")))
    sheet.room(1.2)
    in_two = chance.random() < .3
    indent = 2 if language == "zh" and chance.random() < .7 else 0
    between = .25 if indent else chance.uniform(.7, 1)
    numbering = chance.choice(("number", "none", "chinese" if language == "zh" else "number"))
    heads = chance.sample(HEADINGS[language], 4 if in_two else chance.randint(2, 3))

    def section(number, left, width, has_table=False):
        head = heads[number]
        head = {"number": f"{number + 1}. {head}", "none": head, "chinese": f"{'一二三四'[number]}、{head}"}[numbering]
        size = int(sheet.size * chance.uniform(1.25, 1.35))
        sheet.put(left, sheet.top, head, size)
        sheet.area("sub_title", head)
        sheet.top += 1.3 * size + .5 * sheet.size
        for _ in range(chance.randint(1, 2)):
            sheet.paragraph(sheet.prose(3 if in_two else 2, 4), left, width, indent)
            sheet.room(between)
        sheet.room(.6)
        return not has_table or plain_table(sheet, chance.choice((0, number + 1)))

    if in_two:
        half = (sheet.inner - 2.5 * sheet.size) / 2
        top, bottoms = sheet.top, []
        for column in range(2):
            sheet.top = top
            for number in (2 * column, 2 * column + 1):
                section(number, sheet.left + column * (half + 2.5 * sheet.size), half)
            bottoms.append(sheet.top)
        sheet.top = max(bottoms)
    else:
        at = chance.randrange(-1, len(heads))
        for number in range(len(heads)):
            if not section(number, sheet.left, sheet.inner, number == at):
                return False
    if chance.random() < .4:
        sheet.room(1.2)
        if chance.random() < .7:
            sheet.pen.line((sheet.left, sheet.top, sheet.left + .3 * sheet.inner, sheet.top), fill=(40, 40, 40), width=2)
            sheet.room(.5)
        for mark in "①②"[:chance.randint(1, 2)] if language == "zh" else "12"[:chance.randint(1, 2)]:
            words = mark + " " + chance.choice(SENTENCES[language])
            sheet.paragraph(words, size=small, kind="footnote", leading=1.5)
    sheet.room(2.5)
    number = chance.randint(2, 140)
    page_number = chance.choice([f"{number}", f"- {number} -", *([f"第{number}页", f"第{number}页 共{number + 40}页"] if language == "zh"
                                                                else [f"Page {number}", f"Page {number} of {number + 40}"])])
    at_edge = chance.random()
    if at_edge < .35:
        sheet.line("page_number", page_number, small, "centre")
    elif at_edge < .75:
        top = sheet.top
        sheet.line("footer", {"en": "Harbour office, Zenith", "zh": "无名市港务办公室"}[language], small)
        sheet.top = top
        sheet.line("page_number", page_number, small, "right")
    return True


def plain(sheet):
    """Running text and a table: nothing on it is a pair."""
    sheet.paragraph(sheet.prose())
    sheet.room(1.4)
    if not plain_table(sheet, 0):
        return False
    sheet.paragraph(sheet.chance.choice(COLONS[sheet.language]))
    sheet.areas = None
    return True


def page(kind, seed):
    """A page of that kind, its pairs and its areas."""
    chance = random.Random(f"{kind} {seed}")
    while True:
        sheet = Sheet(chance, seed, chance.randint(1000, 1400), chance.randint(20, 26))
        if {"labels": labels, "form": form, "report": report, "plain": plain}[kind](sheet) is not False and sheet.top < 3000:
            return sheet


def noisy(picture, seed):
    chance = random.Random(seed)
    return ink.noisy(picture, seed, turn=chance.uniform(-3, 3), blur=chance.uniform(.3, .7), noise=chance.uniform(2, 7),
                     slant=chance.uniform(.005, .03))


def make(folder, count, first=0):
    os.makedirs(folder, exist_ok=True)
    truth = []
    for kind in KINDS:
        for seed in range(first, first + count):
            sheet, is_noisy = page(kind, seed), seed % 4 >= 2
            picture = sheet.done()
            name = f"{kind}_{seed:03}.jpg"
            picture = noisy(picture, seed) if is_noisy else picture
            picture.save(os.path.join(folder, name), quality=70 if is_noisy else 88)
            truth.append({"img": name, "set": kind, "noisy": is_noisy, "language": sheet.language, "pairs": sheet.pairs,
                          "areas": sheet.areas})
    with open(os.path.join(folder, "truth.json"), "w", encoding="utf-8") as file:
        json.dump(truth, file, ensure_ascii=False)


# The numbers of the committed ones: none that the bench draws.
COMMITTED = {"page_labels": ("labels", 9020), "page_form": ("form", 9081), "page_report": ("report", 9084)}


def committed(folder):
    for name, (kind, seed) in COMMITTED.items():
        sheet = page(kind, seed)
        picture = sheet.done()
        ink.save(picture, os.path.join(folder, f"{name}.jpg"))
        ink.save(noisy(picture, seed), os.path.join(folder, f"{name}_noisy.jpg"))
        print(name, json.dumps({"pairs": sheet.pairs, "areas": sheet.areas}, ensure_ascii=False))


if __name__ == "__main__":
    if len(sys.argv) > 2:
        make(sys.argv[1], *map(int, sys.argv[2:]))
    else:
        committed(os.path.dirname(os.path.abspath(__file__)))
