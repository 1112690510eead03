#!/usr/bin/env python3
"""Draws specimens of documents with invented people, clean and noisy, beside this script.

Needs Pillow and numpy, and the Debian packages fonts-dejavu, fonts-liberation and fonts-noto-cjk. The pictures are
committed, so tests do not need any of this; run it only to change them. Nobody in them exists, and no number is
anybody's: they only obey the rules of their kind.
"""
import os
import random
import sys

import numpy
from PIL import Image, ImageDraw, ImageFilter, ImageFont

MONO = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"
LIBERATION_MONO = "/usr/share/fonts/truetype/liberation/LiberationMono-Bold.ttf"
SANS = "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf"
BOLD = "/usr/share/fonts/truetype/liberation/LiberationSans-Bold.ttf"
CHINESE = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
SONG = "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc"
# Of the collection: Japanese, Korean, simplified Chinese.
SIMPLIFIED = 2


def face(font, size):
    return ImageFont.truetype(font, size, index=SIMPLIFIED if font.endswith("ttc") else 0)


def ground(width, height, colour, other):
    """Paper with a fine pattern, as documents have."""
    x, y = numpy.meshgrid(numpy.arange(width), numpy.arange(height))
    wave = (numpy.sin(x / 9 + numpy.sin(y / 23) * 3) + numpy.sin(y / 7 + numpy.sin(x / 31) * 3)) / 4 + 0.5
    colours = [numpy.array(c, dtype=float) for c in (colour, other)]
    pixels = colours[0] + (colours[1] - colours[0]) * wave[..., None]
    return Image.fromarray(pixels.astype("uint8"))


def portrait(picture, box):
    """A head and shoulders of nobody."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    skin, dark = (196, 160, 134), (38, 32, 30)
    photo = Image.new("RGB", (width, height), (226, 230, 234))
    pen = ImageDraw.Draw(photo)
    pen.ellipse((width * .06, height * .66, width * .94, height * 1.5), fill=(52, 60, 78))
    pen.rectangle((width * .42, height * .55, width * .58, height * .74), fill=skin)
    pen.ellipse((width * .26, height * .14, width * .74, height * .64), fill=skin)
    pen.chord((width * .24, height * .1, width * .76, height * .5), 180, 360, fill=dark)
    for side in (.4, .6):
        pen.ellipse((width * side - 4, height * .39, width * side + 4, height * .42), fill=dark)
    pen.line((width * .44, height * .54, width * .56, height * .54), fill=(140, 80, 74), width=3)
    picture.paste(photo, (left, top))


def text(pen, at, words, font, size, colour=(24, 24, 28), spacing=0):
    x, y = at
    if spacing == 0:
        pen.text((x, y), words, font=face(font, size), fill=colour)
        return
    for letter in words:
        pen.text((x, y), letter, font=face(font, size), fill=colour)
        x += spacing


def luhn(digits):
    """With its check digit."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


def mrz_check(field):
    value = lambda c: 0 if c == "<" else int(c) if c.isdigit() else ord(c) - 55
    return str(sum(value(c) * (7, 3, 1)[i % 3] for i, c in enumerate(field)) % 10)


def td3(kind, country, surname, given, number, nationality, birth, sex, expiry, personal):
    first = f"{kind}<{country}{surname}<<{given}".replace(" ", "<").ljust(44, "<")
    number, personal = number.ljust(9, "<"), personal.ljust(14, "<")
    parts = [number + mrz_check(number), birth + mrz_check(birth), expiry + mrz_check(expiry)]
    personal_check = personal + ("<" if set(personal) == {"<"} else mrz_check(personal))
    composite = mrz_check(parts[0] + parts[1] + parts[2] + personal_check)
    return [first, parts[0] + nationality + parts[1] + sex + parts[2] + personal_check + composite]


def citizen(body):
    """A number of GB 11643 with its check character."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights)) % 11]


def vin_of(body):
    """With the check digit of its ninth place."""
    values = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9)))
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    rest = sum((int(c) if c.isdigit() else values[c]) * w for c, w in zip(body, weights)) % 11
    return body[:8] + ("X" if rest == 10 else str(rest)) + body[9:]


def vin():
    picture = ground(860, 260, (196, 200, 204), (176, 180, 186))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((20, 20, 840, 240), 16, outline=(90, 94, 100), width=4)
    text(pen, (60, 46), "INVENTED MOTORS  MODEL S-17", BOLD, 26)
    text(pen, (60, 196), "GROSS MASS 1890 kg   2021/06", SANS, 24)
    text(pen, (60, 112), vin_of("LZZBA41K0M7512086"), LIBERATION_MONO, 68, spacing=44)
    return picture


def passport():
    picture = ground(1250, 880, (238, 232, 222), (220, 226, 224))
    pen = ImageDraw.Draw(picture)
    label = lambda at, words: text(pen, at, words, SANS, 17, (92, 84, 96))
    value = lambda at, words: text(pen, at, words, BOLD, 29)
    text(pen, (60, 40), "PASSPORT", BOLD, 40, (60, 40, 90))
    text(pen, (420, 40), "UTOPIA", BOLD, 40, (60, 40, 90))
    portrait(picture, (60, 150, 370, 560))
    rows = [
        (410, 130, "Type", "P"), (560, 130, "Country code", "UTO"), (840, 130, "Passport No.", "K3Z90417B"),
        (410, 205, "Surname", "LINDQVIST"), (410, 280, "Given names", "MARTA SELMA"),
        (410, 355, "Nationality", "UTOPIAN"), (410, 430, "Date of birth", "14 MAR 1988"),
        (760, 430, "Sex", "F"), (870, 430, "Place of birth", "ZENITH"),
        (410, 505, "Date of issue", "09 SEP 2021"), (760, 505, "Authority", "PASSPORT OFFICE"),
        (410, 580, "Date of expiry", "08 SEP 2031"),
    ]
    for x, y, name, words in rows:
        label((x, y), name)
        value((x, y + 24), words)
    for row, line in enumerate(td3("P", "UTO", "LINDQVIST", "MARTA SELMA", "K3Z90417B", "UTO", "880314", "F", "310908", "")):
        text(pen, (50, 735 + 58 * row), line, MONO, 42, spacing=26)
    return picture


def passport_chn():
    picture = ground(1250, 880, (236, 226, 228), (224, 230, 236))
    pen = ImageDraw.Draw(picture)
    label = lambda at, words: text(pen, at, words, CHINESE, 17, (92, 84, 96))
    value = lambda at, words: text(pen, at, words, CHINESE, 28)
    text(pen, (60, 40), "护照 PASSPORT", CHINESE, 38, (60, 40, 90))
    text(pen, (420, 40), "中华人民共和国", CHINESE, 34, (60, 40, 90))
    text(pen, (420, 86), "PEOPLE'S REPUBLIC OF CHINA", SANS, 20, (60, 40, 90))
    portrait(picture, (60, 150, 370, 560))
    rows = [
        (410, 130, "类型/Type", "P"), (560, 130, "国家码/Country Code", "CHN"), (840, 130, "护照号/Passport No.", "EX7402916"),
        (410, 205, "姓名/Name", "林晓舟"), (410, 295, "性别/Sex", "女/F"), (570, 295, "国籍/Nationality", "中国/CHINESE"),
        (860, 295, "出生日期/Date of birth", "27 NOV 1993"), (410, 370, "出生地点/Place of birth", "浙江/ZHEJIANG"),
        (860, 370, "签发日期/Date of issue", "16 5月/MAY 2022"), (410, 445, "签发地点/Place of issue", "浙江/ZHEJIANG"),
        (860, 445, "有效期至/Date of expiry", "15 5月/MAY 2032"),
        (410, 520, "签发机关/Authority", "国家移民管理局"),
    ]
    for x, y, name, words in rows:
        label((x, y), name)
        value((x, y + 24), words)
    text(pen, (410, 263), "LIN, XIAOZHOU", BOLD, 26)
    text(pen, (410, 580), "National Immigration Administration, PRC", SANS, 24)
    lines = td3("P", "CHN", "LIN", "XIAOZHOU", "EX7402916", "CHN", "931127", "F", "320515", "MBNFLNKJ<<<<A9")
    for row, line in enumerate(lines):
        text(pen, (50, 735 + 58 * row), line, MONO, 42, spacing=26)
    return picture


def bankcard():
    picture = ground(1000, 630, (150, 30, 44), (176, 48, 58))
    pen = ImageDraw.Draw(picture)
    light = (246, 240, 232)
    text(pen, (70, 50), "中国工商银行", CHINESE, 44, light)
    text(pen, (70, 112), "INDUSTRIAL AND COMMERCIAL BANK OF CHINA", SANS, 22, light)
    pen.rounded_rectangle((80, 210, 200, 300), 12, fill=(212, 190, 120))
    number = luhn("622202100012345678")
    text(pen, (80, 330), " ".join(number[i:i + 4] for i in range(0, 19, 4)), LIBERATION_MONO, 54, light)
    text(pen, (420, 430), "VALID THRU", SANS, 20, light)
    text(pen, (560, 416), "09/31", LIBERATION_MONO, 40, light)
    text(pen, (80, 500), "SPECIMEN HOLDER", LIBERATION_MONO, 36, light)
    text(pen, (760, 480), "UnionPay", BOLD, 44, light)
    text(pen, (790, 530), "银联", CHINESE, 40, light)
    return picture


def bankcard_visa():
    picture = ground(1000, 630, (30, 50, 110), (44, 70, 140))
    pen = ImageDraw.Draw(picture)
    light = (236, 240, 248)
    text(pen, (70, 50), "招商银行", CHINESE, 44, light)
    text(pen, (320, 60), "CHINA MERCHANTS BANK", SANS, 26, light)
    number = luhn("439225010203040")
    text(pen, (80, 330), " ".join(number[i:i + 4] for i in range(0, 16, 4)), LIBERATION_MONO, 60, light)
    text(pen, (300, 420), "VALID FROM", SANS, 18, light)
    text(pen, (420, 410), "11/23", LIBERATION_MONO, 36, light)
    text(pen, (580, 420), "GOOD THRU", SANS, 18, light)
    text(pen, (700, 410), "11/28", LIBERATION_MONO, 36, light)
    text(pen, (80, 500), "A INVENTED", LIBERATION_MONO, 36, light)
    text(pen, (790, 500), "VISA", BOLD, 64, light)
    return picture


def id_front():
    picture = ground(1000, 630, (222, 232, 238), (232, 226, 224))
    pen = ImageDraw.Draw(picture)
    label = lambda at, words: text(pen, at, words, CHINESE, 27, (70, 110, 160))
    value = lambda at, words: text(pen, at, words, CHINESE, 34)
    label((66, 74), "姓 名")
    value((176, 64), "林晓舟")
    label((66, 146), "性 别")
    value((176, 138), "女")
    label((290, 146), "民 族")
    value((400, 138), "汉")
    label((66, 216), "出 生")
    value((176, 208), "1993")
    label((276, 216), "年")
    value((326, 208), "11")
    label((382, 216), "月")
    value((432, 208), "27")
    label((490, 216), "日")
    label((66, 290), "住 址")
    value((176, 282), "浙江省无名市云外区星河路")
    value((176, 332), "88号3幢502室")
    label((66, 536), "公民身份号码")
    text(pen, (330, 524), citizen("33999919931127104"), LIBERATION_MONO, 44, spacing=30)
    portrait(picture, (650, 90, 930, 440))
    return picture


def id_back():
    picture = ground(1000, 630, (226, 236, 234), (236, 228, 226))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((60, 60, 230, 230), fill=(196, 60, 52))
    text(pen, (300, 70), "中华人民共和国", CHINESE, 62)
    text(pen, (300, 170), "居 民 身 份 证", CHINESE, 70)
    text(pen, (230, 448), "签发机关", CHINESE, 28, (40, 40, 44))
    text(pen, (400, 444), "无名市公安局云外分局", CHINESE, 34)
    text(pen, (230, 528), "有效期限", CHINESE, 28, (40, 40, 44))
    text(pen, (400, 524), "2019.05.06-2039.05.06", CHINESE, 34)
    return picture


def id_both():
    """Copied onto one sheet."""
    picture = Image.new("RGB", (1100, 1400), (252, 252, 252))
    picture.paste(id_front(), (50, 40))
    picture.paste(id_back(), (50, 720))
    return picture


def poster():
    picture = Image.new("RGB", (900, 620), (250, 214, 90))
    pen = ImageDraw.Draw(picture)
    text(pen, (60, 40), "BIG SUMMER SALE", BOLD, 64, (150, 20, 30))
    text(pen, (60, 140), "全场五折起", CHINESE, 60, (30, 30, 30))
    pen.rectangle((40, 260, 860, 580), fill=(255, 255, 255))
    text(pen, (70, 290), "收件人：林晓舟", CHINESE, 36)
    text(pen, (70, 360), "电话：13900001234", CHINESE, 36)
    text(pen, (70, 430), "地址：浙江省杭州市西湖区星河路88号3幢502室", CHINESE, 32)
    return picture


def noisy(picture, seed, turn=3.0, blur=0.7, noise=6, slant=0.04):
    """Photographed by hand: in perspective, turned, a little out of focus, with grain."""
    chance = random.Random(seed)
    picture = picture.resize((int(picture.width * .8), int(picture.height * .8)), Image.Resampling.LANCZOS)
    width, height = picture.size
    table = Image.new("RGB", (int(width * 1.16), int(height * 1.2)), (84, 74, 66))
    table.paste(picture, (int(width * .08), int(height * .1)))
    w, h = table.size
    d = lambda side: side * slant * chance.uniform(.4, 1)
    corners = [(-d(w), -d(h)), (w + d(w) * .2, -d(h) * .3), (w + d(w), h + d(h) * .6), (-d(w) * .3, h + d(h))]
    source, target = corners, [(0, 0), (w, 0), (w, h), (0, h)]
    rows = []
    for (x, y), (u, v) in zip(target, source):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    factors = numpy.linalg.solve(numpy.array(rows, dtype=float), numpy.array([c for p in source for c in p], dtype=float))
    bent = table.transform((w, h), Image.Transform.PERSPECTIVE, factors, Image.Resampling.BICUBIC, fillcolor=(84, 74, 66))
    bent = bent.rotate(turn, Image.Resampling.BICUBIC, expand=True, fillcolor=(84, 74, 66))
    bent = bent.filter(ImageFilter.GaussianBlur(blur))
    grain = numpy.random.default_rng(seed).normal(0, noise, (bent.height, bent.width, 1))
    pixels = numpy.asarray(bent, dtype=float) * numpy.linspace(1.04, .86, bent.width)[None, :, None] + grain
    return Image.fromarray(pixels.clip(0, 255).astype("uint8"))


def save(picture, path, limit_bytes=60_000):
    """As a JPEG of at most so many bytes."""
    for quality in range(88, 20, -6):
        picture.save(path, quality=quality, optimize=True)
        if os.path.getsize(path) <= limit_bytes:
            return
    raise SystemExit(f"{path} does not fit")


if __name__ == "__main__":
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    # A number as it may be cut out of a form: a line of eight pixels.
    line = Image.new("RGB", (420, 64), (252, 252, 250))
    text(ImageDraw.Draw(line), (10, 2), "2026 1107 593", SANS.replace("Regular", "Italic"), 50, (30, 40, 120))
    save(line.resize((53, 8), Image.Resampling.LANCZOS), os.path.join(folder, "line_small.jpg"))
    for draw in (vin, passport, passport_chn, bankcard, bankcard_visa, id_front, id_both, poster):
        save(draw(), os.path.join(folder, f"{draw.__name__}.jpg"))
    for seed, draw in enumerate((vin, passport, passport_chn, bankcard, bankcard_visa, id_front, id_back)):
        save(noisy(draw(), 40 + seed), os.path.join(folder, f"{draw.__name__}_noisy.jpg"))
