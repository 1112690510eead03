"""How specimens are drawn: fonts, paper, portraits, and what a photograph by hand does to a picture."""
import os
import random

import numpy
from PIL import Image, ImageDraw, ImageFilter, ImageFont

MONO = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"
LIBERATION_MONO = "/usr/share/fonts/truetype/liberation/LiberationMono-Bold.ttf"
SANS = "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf"
BOLD = "/usr/share/fonts/truetype/liberation/LiberationSans-Bold.ttf"
CHINESE = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
CHINESE_BOLD = "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc"
SONG = "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc"
# Of the collection: Japanese, Korean, simplified Chinese.
SIMPLIFIED = 2

DARK = (24, 24, 28)
RED = (190, 40, 44)
TABLE = (84, 74, 66)


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


def text(pen, at, words, font, size, colour=DARK, spacing=0):
    x, y = at
    if spacing == 0:
        pen.text((x, y), words, font=face(font, size), fill=colour)
        return
    for letter in words:
        pen.text((x, y), letter, font=face(font, size), fill=colour)
        x += spacing


def centred(pen, middle, top, words, font, size, colour=DARK):
    pen.text((middle - face(font, size).getlength(words) / 2, top), words, font=face(font, size), fill=colour)


def wrapped(pen, at, words, font, size, width, colour=DARK, leading=1.35):
    """A text in lines of at most that width; where the next line would begin."""
    x, y = at
    line = ""
    for letter in words:
        if face(font, size).getlength(line + letter) > width:
            text(pen, (x, y), line, font, size, colour)
            line, y = "", y + size * leading
        line += letter
    text(pen, (x, y), line, font, size, colour)
    return y + size * leading


def bars(pen, box, chance):
    """A bar code of nothing."""
    left, top, right, bottom = box
    x = left
    while x < right:
        width = chance.choice((2, 2, 3, 5))
        pen.rectangle((x, top, min(x + width - 1, right), bottom), fill=DARK)
        x += width + chance.choice((2, 3, 4))


def squares(pen, box, chance, across=25):
    """A square code of nothing."""
    left, top, right, _ = box
    side = (right - left) / across
    for row in range(across):
        for column in range(across):
            if chance.random() < .5:
                x, y = left + column * side, top + row * side
                pen.rectangle((x, y, x + side - 1, y + side - 1), fill=DARK)
    for row, column in ((0, 0), (0, across - 7), (across - 7, 0)):
        x, y = left + column * side, top + row * side
        pen.rectangle((x, y, x + 7 * side, y + 7 * side), fill=(255, 255, 255))
        pen.rectangle((x, y, x + 7 * side, y + 7 * side), outline=DARK, width=int(side))
        pen.rectangle((x + 2 * side, y + 2 * side, x + 5 * side, y + 5 * side), fill=DARK)


def noisy(picture, seed, turn=3.0, blur=0.7, noise=6, slant=0.04):
    """Photographed by hand: in perspective, turned, a little out of focus, with grain."""
    chance = random.Random(seed)
    picture = picture.resize((int(picture.width * .8), int(picture.height * .8)), Image.Resampling.LANCZOS)
    width, height = picture.size
    table = Image.new("RGB", (int(width * 1.16), int(height * 1.2)), TABLE)
    table.paste(picture, (int(width * .08), int(height * .1)))
    w, h = table.size
    d = lambda side: side * slant * chance.uniform(.4, 1)
    corners = [(-d(w), -d(h)), (w + d(w) * .2, -d(h) * .3), (w + d(w), h + d(h) * .6), (-d(w) * .3, h + d(h))]
    source, target = corners, [(0, 0), (w, 0), (w, h), (0, h)]
    rows = []
    for (x, y), (u, v) in zip(target, source):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    factors = numpy.linalg.solve(numpy.array(rows, dtype=float), numpy.array([c for p in source for c in p], dtype=float))
    bent = table.transform((w, h), Image.Transform.PERSPECTIVE, factors, Image.Resampling.BICUBIC, fillcolor=TABLE)
    bent = bent.rotate(turn, Image.Resampling.BICUBIC, expand=True, fillcolor=TABLE)
    bent = bent.filter(ImageFilter.GaussianBlur(blur))
    grain = numpy.random.default_rng(seed).normal(0, noise, (bent.height, bent.width, 1))
    pixels = numpy.asarray(bent, dtype=float) * numpy.linspace(1.04, .86, bent.width)[None, :, None] + grain
    return Image.fromarray(pixels.clip(0, 255).astype("uint8"))


def save(picture, path, limit_bytes=60_000):
    """As a JPEG of at most so many bytes: smaller rather than of bad quality."""
    for scale, least in ((1, 22), (.8, 40), (.65, 30)):
        size = (int(picture.width * scale), int(picture.height * scale))
        scaled = picture if scale == 1 else picture.resize(size, Image.Resampling.LANCZOS)
        for quality in range(88, least - 1, -6):
            scaled.save(path, quality=quality, optimize=True)
            if os.path.getsize(path) <= limit_bytes:
                return
    raise SystemExit(f"{path} does not fit")
