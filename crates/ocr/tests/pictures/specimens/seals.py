"""Seals: round ones of companies, oval ones for invoices and rectangular ones, stamped on pages with and without text."""
import math

import numpy
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from ink import CHINESE, CHINESE_BOLD, DARK, LIBERATION_MONO, SANS, SONG, centred, face, text
from people import address, company, credit_code, digits, name, spelt, day

# A millimetre, at 200 dots an inch; seals are drawn twice as large and then made smaller.
MM = 7.9
FINE = 2
INKS = ((200, 36, 44), (214, 48, 60), (186, 30, 52), (36, 62, 168), (110, 44, 150))
PURPOSES = ("合同专用章", "财务专用章", "业务专用章", "人事专用章")
STAMPED = ("现金收讫", "银行付讫", "已审核", "作废", "收货专用章", "同意")


def along(mask, words, font, size, half_axes, turns, inward=False):
    """Letters along an ellipse, from one turn to another, in degrees clockwise from the right: upright as seen from
    outside, or from the middle."""
    middle = mask.width / 2, mask.height / 2
    places, each = evenly(half_axes, len(words), turns)
    # Letters are as narrow as they have to be.
    narrow = min(1, each / (size * 1.04)) if not inward else 1
    for letter, turn in zip(words, places):
        x, y = middle[0] + half_axes[0] * math.cos(turn), middle[1] + half_axes[1] * math.sin(turn)
        # At a right angle to the ellipse.
        leans = math.degrees(math.atan2(math.sin(turn) * half_axes[0], math.cos(turn) * half_axes[1])) + (-90 if inward else 90)
        one = Image.new("L", (int(size * 2), int(size * 2)))
        ImageDraw.Draw(one).text((size, size), letter, font=face(font, size), fill=255, anchor="mm")
        if narrow < 1:
            half = int(size * narrow)
            one = one.resize((2 * half, one.height), Image.Resampling.LANCZOS)
            wide = Image.new("L", (one.height, one.height))
            wide.paste(one, (one.height // 2 - half, 0))
            one = wide
        one = one.rotate(-leans, Image.Resampling.BICUBIC)
        mask.paste(255, (int(x - size), int(y - size)), one)


def evenly(half_axes, count, turns):
    """Turns between those, equally far from each other along an ellipse, and how far that is."""
    first, last = turns
    fine = [math.radians(first + (last - first) * at / 400) for at in range(401)]
    places = [(half_axes[0] * math.cos(turn), half_axes[1] * math.sin(turn)) for turn in fine]
    lengths = [0]
    for (x, y), (u, v) in zip(places, places[1:]):
        lengths.append(lengths[-1] + math.hypot(u - x, v - y))
    each = lengths[-1] / count
    return [float(numpy.interp((at + .5) * each, lengths, fine)) for at in range(count)], each


def star(pen, x, y, half):
    turns = [math.radians(-90 + 36 * at) for at in range(10)]
    pen.polygon([(x + (half if at % 2 == 0 else half * .382) * math.cos(turn), y + (half if at % 2 == 0 else half * .382) * math.sin(turn))
                 for at, turn in enumerate(turns)], fill=255)


def line(mask, words, font, size, y, width):
    """A straight line in the middle, no wider than that."""
    while face(font, size).getlength(words) > width:
        size *= .97
    ImageDraw.Draw(mask).text((mask.width / 2, y), words, font=face(font, size), fill=255, anchor="mm")


def company_seal(seal):
    """Round, of 40 to 45 mm, with a star."""
    side = seal["mm"] * MM * FINE
    mask = Image.new("L", (int(side), int(side)))
    pen = ImageDraw.Draw(mask)
    pen.ellipse((2, 2, side - 2, side - 2), outline=255, width=int(seal["stroke"] * MM * FINE))
    star(pen, side / 2, side / 2, side * .15)
    size, half = side * seal["size"], side * (.5 - .03 - seal["size"] * .62)
    reach = min(255 if seal["code"] else 285, len(seal["name"]) * math.degrees(size * 1.25 / half))
    along(mask, seal["name"], seal["font"], size, (half, half), (-90 - reach / 2, -90 + reach / 2))
    if seal["purpose"]:
        line(mask, seal["purpose"], seal["font"], side * .095, side * .74, side * .5)
    if seal["code"]:
        half = side * .445
        along(mask, seal["code"], SANS, side * .05, (half, half), (128, 52), True)
    return mask


def oval_seal(seal):
    """Oval, of 40 by 30 mm, for invoices."""
    width, height = 40 * MM * FINE, 30 * MM * FINE
    mask = Image.new("L", (int(width), int(height)))
    pen = ImageDraw.Draw(mask)
    pen.ellipse((2, 2, width - 2, height - 2), outline=255, width=int(seal["stroke"] * MM * FINE))
    size = height * .135
    reach = min(230, len(seal["name"]) * 17)
    along(mask, seal["name"], seal["font"], size, (width * .5 - size * .95, height * .5 - size * .95), (-90 - reach / 2, -90 + reach / 2))
    line(mask, seal["number"], LIBERATION_MONO if seal["mono"] else SANS, height * .105, height * .53, width * .66)
    line(mask, seal["purpose"], seal["font"], height * .135, height * .75, width * .5)
    return mask


def box_seal(seal):
    """A frame around one line or some."""
    size = 5.2 * MM * FINE
    width = max(face(seal["font"], size).getlength(words) for words in seal["lines"]) + 1.1 * size
    height = (len(seal["lines"]) * 1.35 + .7) * size
    mask = Image.new("L", (int(width), int(height)))
    pen = ImageDraw.Draw(mask)
    pen.rectangle((1, 1, width - 2, height - 2), outline=255, width=int(seal["stroke"] * MM * FINE))
    for row, words in enumerate(seal["lines"]):
        pen.text((width / 2, (.35 + 1.35 * row + .675) * size), words, font=face(seal["font"], size), fill=255, anchor="mm")
    return mask


DRAWN = {"circle": company_seal, "ellipse": oval_seal, "rectangle": box_seal}


def worn(mask, seal):
    """As a hand presses it: unevenly, and with grains of paper."""
    noise = numpy.random.default_rng(seal["noise"])
    coarse = Image.fromarray(noise.uniform(0, 255, (9, 9)).astype("uint8")).resize(mask.size, Image.Resampling.BICUBIC)
    fine = noise.normal(0, 1, (mask.height, mask.width))
    dense = 1 - seal["wear"] * (numpy.asarray(coarse, dtype=float) / 255 * .5 + (fine > 1.2) * .5)
    return Image.fromarray((numpy.asarray(mask, dtype=float) * dense).clip(0, 255).astype("uint8"))


def stamped(picture, seal):
    mask = DRAWN[seal["type"]](seal)
    mask = mask.resize((mask.width // FINE, mask.height // FINE), Image.Resampling.LANCZOS)
    mask = worn(mask, seal).rotate(seal["turn"], Image.Resampling.BICUBIC, expand=True).filter(ImageFilter.GaussianBlur(.5))
    ink = Image.new("RGB", mask.size, tuple(seal["ink"]))
    x, y = int(seal["at"][0] - mask.width / 2), int(seal["at"][1] - mask.height / 2)
    below = picture.crop((x, y, x + mask.width, y + mask.height))
    picture.paste(ImageChops.multiply(below, ink), (x, y), mask)


def page(card):
    picture = Image.new("RGB", (1400, 1000), card["_paper"])
    pen = ImageDraw.Draw(picture)
    if card["_lines"]:
        centred(pen, 700, 60, card["_lines"][0], CHINESE_BOLD, 40)
        for row, words in enumerate(card["_lines"][1:]):
            text(pen, (90, 150 + row * 72), words, card["_font"], 28)
        pen.line((90, 940, 1310, 940), fill=DARK, width=2)
    for seal in card["_seals"]:
        stamped(picture, seal)
    return picture


def any_seal(chance, kind):
    common = {"type": kind, "ink": chance.choice(INKS[:3] if chance.random() < .75 else INKS[3:]), "font": chance.choice((CHINESE, SONG, CHINESE_BOLD)),
              "turn": chance.uniform(-14, 14), "wear": chance.uniform(0, .5), "noise": chance.getrandbits(32), "stroke": chance.uniform(.7, 1.2)}
    if kind == "circle":
        seal = {"name": company(chance), "mm": chance.uniform(40, 45), "size": chance.uniform(.105, .125), "purpose": chance.choice(PURPOSES + ("", "")),
                "code": digits(chance, 13) if chance.random() < .4 else ""}
        words = [seal["name"], seal["purpose"], seal["code"]]
    elif kind == "ellipse":
        seal = {"name": company(chance), "number": credit_code(chance), "purpose": "发票专用章", "mono": chance.random() < .4}
        words = [seal["name"], seal["number"], seal["purpose"]]
    else:
        lines = chance.choice(([name(chance) + "印"], [chance.choice(STAMPED)], [company(chance)[:8], chance.choice(STAMPED)],
                               [chance.choice(STAMPED), spelt(day(chance, 2015, 2026))]))
        seal, words = {"lines": lines}, lines
    return {**common, **seal, "words": [each for each in words if each]}


def any_page(chance, kinds=None):
    kinds = kinds or [chance.choice(("circle", "circle", "ellipse", "rectangle")) for _ in range(chance.choice((1, 1, 2, 3)))]
    places = [(330, 300), (1050, 300), (330, 700), (1050, 700)]
    seals = [any_seal(chance, kind) for kind in kinds]
    for seal, (x, y) in zip(seals, chance.sample(places, len(seals))):
        seal["at"] = (x + chance.uniform(-90, 90), y + chance.uniform(-40, 20) * (1 if y < 500 else -1))
    lines = []
    if chance.random() < .65:
        lines = [chance.choice(("采购合同", "收款收据", "证明", "服务协议"))]
        lines += [chance.choice((f"甲方：{company(chance)}    乙方：{company(chance)}", f"地址：{address(chance)}", f"经办人：{name(chance)}    日期：{spelt(day(chance, 2015, 2026))}",
                                 f"双方于{spelt(day(chance, 2015, 2026))}达成如下协议，共同遵守。", f"账号：{digits(chance, 19)}    金额：￥{digits(chance, 5)}.00")) for _ in range(chance.randint(4, 10))]
    # What is to be read of each, from the top: its shape, and its texts.
    said = {f"seal_{at + 1}": "|".join((seal["type"], *seal["words"])) for at, seal in enumerate(sorted(seals, key=lambda seal: seal["at"][1]))}
    return {**said, "_seals": seals, "_lines": lines, "_font": chance.choice((CHINESE, SONG)), "_paper": chance.choice(((255, 255, 255), (250, 250, 247), (246, 240, 228)))}


def page_of_each_shape(chance):
    return any_page(chance, list(DRAWN))
